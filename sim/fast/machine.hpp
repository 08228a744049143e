// The accelerator's timing, cycle by cycle where something happens and not otherwise: rtl/control and
// rtl/memory as they are, rtl/array and rtl/vector as durations of their instructions, over the DRAM model of
// sim/dram. The cycles, counters and events of a run are those of the RTL.
//
// Nothing here moves data. Whoever wants results executes each tile instruction when it starts (Values),
// which is late enough for what it reads and early enough for who reads it: tokens order both.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>

#include "isa/config.hpp"
#include "isa/device_library.h"
#include "sim/dram/memory_model.hpp"
#include "sim/fast/axi_path.hpp"
#include "sim/fast/front_end.hpp"
#include "sim/fast/issue.hpp"
#include "sim/fast/load.hpp"
#include "sim/fast/matrix_timing.hpp"
#include "sim/fast/store.hpp"
#include "sim/fast/vector_timing.hpp"

namespace heddle::sim::fast {

struct RunOptions {
  /// A memory of somebody else's, or null. Neither `memory` nor the bytes that run() is given count then.
  ExternalMemory* external = nullptr;
  /// Time of the memory; none: `memory_latency` cycles, any number of accesses at once.
  std::optional<dram::Timing> memory;
  std::uint32_t core_mhz = 1;  // of the cycles, against that memory's clock
  std::uint32_t memory_latency = 0;
  std::uint64_t cycle_limit = 0;  // 0: none. Reaching it ends the run with kStatusWatchdog.
  /// A tile instruction starts in its unit; its data are to be moved now. May be empty.
  std::function<void(int unit, const Dispatched&)> execute;
  std::function<void(const heddle_unit_event&)> event;  // a tile instruction has finished; may be empty
  std::function<bool(std::uint64_t cycles)> progress;   // now and then; true cancels the run; may be empty
  std::uint64_t progress_interval = std::uint64_t{1} << 20;  // cycles between two calls of it, at least
};

class Machine {
 public:
  /// A device after reset. `config` must have passed isa::check_config().
  explicit Machine(const isa::Config& config);

  /// Runs from START to done. `memory` holds the program and what it reads; an access at or past
  /// `memory_bytes` is a bus error. Returns what the device reports; writes nothing to memory.
  isa::CompletionRecord run(const std::uint8_t* memory, std::uint64_t memory_bytes,
                            const isa::StartArguments& arguments, const RunOptions& options);

  /// Whether the device wrote the record of the last run to memory.
  bool record_written() const { return record_written_; }

 private:
  static constexpr std::size_t kReads = AxiPath::kPlaces;  // requests for reads under way on the bus

  enum class State { kRun, kDrain, kDone };
  struct Response {
    std::uint64_t first, last, error;  // cycles of its beats; error: of the first one with an error
    std::uint32_t beats;
    std::uint8_t owner;
  };
  /// Reads under way, in order: a ring.
  class Responses {
   public:
    bool empty() const { return count_ == 0; }
    std::size_t size() const { return count_; }
    const Response& front() const { return ring_[first_]; }
    const Response& second() const { return ring_[(first_ + 1) % kReads]; }
    std::size_t front_place() const { return first_; }
    std::size_t free_place() const { return (first_ + count_) % kReads; }
    void clear() { first_ = count_ = 0; }
    void pop_front() {
      first_ = (first_ + 1) % kReads;
      --count_;
    }
    void push_back(const Response& response) {
      ring_[free_place()] = response;
      ++count_;
    }

   private:
    Response ring_[kReads];
    std::size_t first_ = 0, count_ = 0;
  };

  /// What reaches the device in a cycle.
  struct Arrivals {
    std::size_t reads = 0;                             // under way at the beginning of the cycle
    bool left = false;                                 // the last beat of a read arrives
    bool any = false;                                  // it does, or an answer to a write
    bool filled = false, word = false, error = false;  // of that read
    std::uint32_t loaded = 0;                          // its beats, if it is LOAD's
    bool load_error = false;                           // a beat with an error for LOAD
    bool answered = false, answer_error = false;

    bool bus_freed() const { return reads == kReads && left; }
  };

  void begin(const std::uint8_t* memory, std::uint64_t memory_bytes, const isa::StartArguments& arguments,
             const RunOptions& options);
  void cycle();
  Arrivals arrivals(std::uint64_t now);
  void arrive(std::uint64_t now, Arrivals& a);
  void accept(std::uint8_t owner, std::uint64_t address, std::uint32_t beats);
  void start_units(unsigned started);
  std::uint32_t unit_status(int unit) const;
  std::uint64_t active_until(int unit, std::uint64_t cycle) const;
  void finish(std::uint32_t status, std::uint64_t pc);
  bool expired(std::uint64_t now);
  bool without_issue();
  int grant(std::size_t reads);
  static bool reaches_front(const Arrivals& arrived, int granted);
  void step_front(FrontEnd::Inputs& in, const Arrivals& arrived, int granted);
  std::uint64_t alone_until(std::uint64_t others) const;
  void move_load(bool granted, std::uint32_t loaded, bool error, bool stop);
  void move_store(bool answered, bool error, bool stop);
  void move(const Arrivals& arrived, bool load_granted, bool stop);
  void only_read(std::uint64_t others);
  void only_units(std::uint64_t others);
  void exchange_reads(std::uint64_t end);
  void leave(const Response& front);
  void next_cycle();
  std::uint64_t next_arrival() const;
  std::uint64_t next_event(std::uint64_t others);
  std::uint64_t others_move() const;
  bool meets_issue() const;
  isa::CompletionRecord report(const isa::StartArguments& arguments);

  isa::Config config_;
  Windows windows_;
  std::optional<dram::MemoryModel> model_;
  AxiPath path_;
  FrontEnd front_;
  Issue issue_;
  Load load_;
  Store store_;
  const RunOptions* options_ = nullptr;
  bool fresh_ = true;  // after reset, before the first run

  // The run.
  std::uint64_t now_ = 0;
  std::uint64_t limit_ = 0;  // RunOptions::cycle_limit; kNever if none
  std::uint64_t look_ = 0;   // the cycle from which on RunOptions::progress is called next
  State state_ = State::kDone;
  std::uint32_t outcome_ = 0;
  std::uint64_t outcome_pc_ = 0, watchdog_ = 0;
  std::uint64_t progress_ = 0;  // the last cycle in which something moved, as far as it was looked at
  bool expired_ = false;        // the bus was silent while draining
  bool record_written_ = false;

  // The bus: requests under way, in order.
  Responses responses_;

  // MATRIX and VECTOR.
  MatrixRun matrix_;
  VectorRun vector_;
  std::uint64_t unit_done_[isa::kUnits] = {};         // kNever while that is not in sight
  std::uint64_t matrix_rows_ = 0, vector_steps_ = 0;  // of finished instructions
  std::uint64_t load_beats_ = 0;                      // of bursts that have arrived
  std::uint64_t reported_[isa::kUnits] = {};          // active cycles of events

  // Who has to be looked at in the next cycle.
  bool issue_awake_ = false, load_awake_ = false, store_awake_ = false;

  // Counters.
  std::uint64_t read_beats_ = 0, write_beats_ = 0;
  std::uint64_t load_bytes_ = 0, store_bytes_ = 0;
};

}  // namespace heddle::sim::fast
