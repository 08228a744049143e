// The way from the device's memory bus through register slices and AXI4 ports to memory and back
// (rtl/control/heddle_bus, heddle_axi_read, heddle_axi_write over sim/dram), request by request.
//
// Nothing on that way ever holds back what goes out: the bus has at most 32 reads under way, as many as a
// port takes, and write data follow their address. So a request that the bus accepts in cycle c is an address
// handshake on every port in c + 2, and the memory says at once when its beats arrive. Only what comes back
// may wait: a bus beat is complete once every port has delivered its part, and a port's register slice holds
// two parts.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <vector>

#include "isa/config.hpp"
#include "sim/dram/axi_timing.hpp"
#include "sim/fast/program_memory.hpp"
#include "sim/fast/windows.hpp"

namespace heddle::sim::fast {

class AxiPath {
 public:
  explicit AxiPath(const isa::Config& config)
      : bus_(config.bus_bytes),
        ports_(config.axi_ports),
        width_(config.bus_bytes / config.axi_ports),
        max_beats_(config.dma_burst_beats()) {
    while (1u << bus_bits_ < bus_) ++bus_bits_;
  }

  /// Nothing under way. Accesses that end past `memory_bytes` are answered with an error. `external`, if not
  /// null, is asked instead of `model`.
  void begin(dram::MemoryModel& model, std::uint64_t memory_bytes, ExternalMemory* external) {
    model_ = &model;
    external_ = external;
    memory_bytes_ = memory_bytes;
    maps_.clear();
    for (std::uint32_t p = 0; p < ports_; ++p) maps_.emplace_back(model, p, ports_, width_);
    trace_size_ = model.trace_size(max_beats_, bus_bits_);
    traces_.resize(std::size_t{kPlaces} * trace_size_);
    beat_cycles_.resize(kPlaces * max_beats_);
    reads_.begin(ports_);
    answers_.begin(ports_);
    writes_.clear();
    done_.clear();
  }

  static constexpr std::uint32_t kPlaces = 32;  // reads under way

  /// Whether beats_until() is wanted, which costs something where there is more than one port.
  void track(bool beats) { track_ = beats; }

  /// Cycles in which the beats of a read reach the device.
  struct Read {
    std::uint64_t first, last;
    std::uint64_t error;  // of the first one with an error; kNever if none
  };
  /// The bus accepts a read of `beats` beats from `address` (a multiple of the bus) in `cycle`. `place`: a
  /// number below kPlaces that no other read under way has.
  Read read(std::uint64_t address, std::uint32_t beats, std::uint64_t cycle, std::size_t place) {
    const std::uint64_t taken = cycle + 2;
    while (!writes_.empty() && writes_.front().taken < taken) write_first(0, ports_);
    const bool together = !writes_.empty() && writes_.front().taken == taken;
    const bool errors = address + std::uint64_t{beats} * bus_ > memory_bytes_;
    Place& kept = places_[place];
    kept = {address, reads_.last(), beats, ports_ == 1 && !errors && external_ == nullptr};
    if (kept.one_port) {
      const dram::Completion times = model_->read_beats(address, beats, bus_bits_, taken + 1, kept.before,
                                                        &traces_[place * trace_size_]);
      reads_.ran(times.last);
      if (together) write_first(0, 1);
      return {times.first, times.last, kNever};
    }
    ready_.resize(std::size_t{ports_} * beats);
    bool failed = false;
    for (std::uint32_t p = 0; p < ports_; ++p) {
      std::uint64_t* ready = &ready_[std::size_t{p} * beats];
      if (external_ != nullptr) {
        failed |= external_->access(false, p, address / ports_, beats, taken, ready);
      } else {
        maps_[p].access(false, address / ports_, beats, taken,
                        [&](std::uint64_t cycle_there) { *ready++ = cycle_there; });
      }
      if (together) write_first(p, p + 1);
    }
    Read times = {0, 0, kNever};
    for (std::uint32_t b = 0; b < beats; ++b) {
      times.last = reads_.join([&](std::uint32_t p) { return ready_[std::size_t{p} * beats + b]; });
      if (b == 0) times.first = times.last;
      if (track_) beat_cycles_[place * max_beats_ + b] = times.last;
      if (times.error == kNever && (failed || address + std::uint64_t{b + 1} * bus_ > memory_bytes_))
        times.error = times.last;
    }
    return times;
  }

  /// How many beats of the read in `place`, the oldest under way, have reached the device up to `cycle`.
  std::uint32_t beats_until(std::size_t place, std::uint64_t cycle) const {
    const Place& read = places_[place];
    if (read.one_port)
      return model_->beats_until(cycle, read.address, read.beats, bus_bits_, read.before,
                                 &traces_[place * trace_size_]);
    const std::uint64_t* cycles = &beat_cycles_[place * max_beats_];
    return static_cast<std::uint32_t>(std::upper_bound(cycles, cycles + read.beats, cycle) - cycles);
  }

  /// The last beat of a write is taken by the ports in `cycle`, later than every read accepted so far asks.
  void write(std::uint64_t address, std::uint32_t beats, std::uint64_t cycle) {
    writes_.push_back({address, cycle, beats, address + std::uint64_t{beats} * bus_ > memory_bytes_});
  }
  /// Hands on writes that no read can overtake any more: those taken up to `cycle` + 1.
  void settle(std::uint64_t cycle) {
    while (!writes_.empty() && writes_.front().taken <= cycle + 1) write_first(0, ports_);
  }
  /// The first cycle, from the last that was settled on, in which a write moves; kNever if none does.
  std::uint64_t next_event() const {
    return std::min(next_settlement(), done_.empty() ? kNever : done_.front().cycle);
  }
  /// The cycle after which settle() has something to do; kNever if nothing.
  std::uint64_t next_settlement() const { return writes_.empty() ? kNever : writes_.front().taken; }

  /// Answers to writes, in order.
  struct Answer {
    std::uint64_t cycle;  // in which it reaches the device
    bool error;
  };
  bool has_answer() const { return !done_.empty(); }
  const Answer& next_answer() const { return done_.front(); }
  void pop_answer() { done_.pop_front(); }

 private:
  struct Write {
    std::uint64_t address, taken;
    std::uint32_t beats;
    bool error;
  };

  /// A read under way: `before`, the last beat of the one before it.
  struct Place {
    std::uint64_t address = 0, before = 0;
    std::uint32_t beats = 0;
    bool one_port = false;  // and no error
  };

  /// What the ports deliver, joined: each port through a register slice of two entries.
  class Join {
   public:
    void begin(std::uint32_t ports) {
      taken_.assign(ports, 0);
      last_ = before_ = 0;
      any_ = false;
    }
    /// The cycle of the next element, whose part on port p is there from cycle ready(p) on.
    template <class Ready>
    std::uint64_t join(Ready ready) {
      std::uint64_t latest = 0;
      for (std::uint32_t p = 0; p < taken_.size(); ++p) {
        std::uint64_t cycle = ready(p);
        if (any_) cycle = std::max(cycle, taken_[p] + 1);
        cycle = std::max(cycle, before_ + 1);  // the element before the last has left the slice
        taken_[p] = cycle;
        latest = std::max(latest, cycle);
      }
      before_ = last_;
      last_ = std::max(latest + 1, last_ + 1);
      any_ = true;
      return last_;
    }
    /// The cycle of the last element.
    std::uint64_t last() const { return last_; }
    /// One port: elements passed, the last one in cycle `last`. Only that one counts for it: the slice never
    /// holds up what leaves it at once.
    void ran(std::uint64_t last) {
      last_ = last;
      before_ = last - 1;
      taken_[0] = last - 1;
      any_ = true;
    }

   private:
    std::vector<std::uint64_t> taken_;     // cycle in which the port's last part was taken
    std::uint64_t last_ = 0, before_ = 0;  // of the last element and of the one before it
    bool any_ = false;
  };

  /// Ports [from, to) of the oldest write, which then is done.
  void write_first(std::uint32_t from, std::uint32_t to) {
    Write& write = writes_.front();
    written_.resize(ports_);
    for (std::uint32_t p = from; p < to; ++p) {
      std::uint64_t written = 0;
      if (external_ != nullptr) {
        write.error |= external_->access(true, p, write.address / ports_, write.beats, write.taken, &written);
      } else if (ports_ == 1) {
        written = model_->write_beats(write.address, write.beats, bus_bits_, write.taken + 1);
      } else {
        maps_[p].access(true, write.address / ports_, write.beats, write.taken,
                        [&](std::uint64_t ready) { written = std::max(written, ready); });
      }
      written_[p] = written;
    }
    if (to != ports_) return;
    done_.push_back({answers_.join([&](std::uint32_t p) { return written_[p]; }), write.error});
    writes_.pop_front();
  }

  std::uint32_t bus_, ports_, width_;
  std::uint32_t max_beats_;  // of a read
  std::uint32_t bus_bits_ = 0;
  dram::MemoryModel* model_ = nullptr;
  ExternalMemory* external_ = nullptr;
  std::uint64_t memory_bytes_ = 0;
  std::vector<dram::AxiPortMap> maps_;
  Join reads_, answers_;
  std::vector<std::uint64_t> ready_, written_;
  Place places_[kPlaces];
  std::vector<std::uint64_t> traces_;  // of each place, see MemoryModel::read_beats()
  std::size_t trace_size_ = 0;
  std::vector<std::uint64_t> beat_cycles_;  // of each place, where there is more than one port, if tracked
  bool track_ = false;
  std::deque<Write> writes_;
  std::deque<Answer> done_;
};

}  // namespace heddle::sim::fast
