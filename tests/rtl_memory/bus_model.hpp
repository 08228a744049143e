// A memory behind the device's internal bus: in-order reads and writes, set latency, random stalls, pages
// that answer with an error. It watches the protocol: aligned requests of 1 to 256 beats that cross no
// boundary of 4096 * AXI_PORTS, payload that is stable while it waits.
#pragma once
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "heddle_config.hpp"
#include "tests/rtl_memory/random.hpp"

namespace heddle::test {

constexpr int kBus = hls::kBusBytes;

/// Signals of one cycle, device to memory and back.
struct BusSignals {
  bool rd_req_valid, wr_req_valid, wr_valid, wr_last;
  std::uint64_t rd_req_addr, wr_req_addr;
  int rd_req_beats, wr_req_beats;
  const std::uint8_t* wr_data;
  const std::uint8_t* wr_strb;  // one bit a byte
};

class BusModel {
 public:
  std::uint64_t base = 0;  // first address; all outside [base, base + bytes.size()) is an error
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint64_t> bad;  // addresses whose beats are errors
  int latency = 10, stall_permille = 0;
  std::string complaint;  // of the protocol, if any
  std::uint64_t reads = 0, writes = 0;
  std::vector<std::uint64_t> touched;  // beats of all requests since it was cleared

  // Back to the device, for the present cycle.
  bool rd_req_ready = false, rd_valid = false, rd_last = false, rd_error = false;
  bool wr_req_ready = false, wr_ready = false, wr_done = false, wr_error = false;
  std::uint8_t rd_data[kBus] = {};

  bool idle() const { return requests_.empty() && writes_.empty() && data_.empty() && answers_.empty(); }

  /// Sets what the device sees in this cycle, before its clock edge.
  void drive(Random& random) {
    ++now_;
    const auto go = [&] { return !random.chance(stall_permille); };
    rd_req_ready = requests_.size() < 64 && go();
    wr_req_ready = writes_.size() < 4 && go();
    wr_ready = go();
    rd_valid = !requests_.empty() && requests_.front().ready <= now_ && go();
    if (rd_valid) {
      Request& request = requests_.front();
      rd_last = request.beats == 1;
      rd_error = is_bad(request.addr);
      for (int b = 0; b < kBus; ++b) rd_data[b] = rd_error ? 0xEE : bytes[request.addr + b - base];
      request.addr += kBus;
      if (--request.beats == 0) requests_.pop_front();
      ++reads;
    } else {
      rd_last = random.chance(500);
      rd_error = random.chance(500);
    }
    wr_done = !answers_.empty() && answers_.front().ready <= now_ && go();
    wr_error = random.chance(500);
    if (wr_done) {
      wr_error = answers_.front().error;
      answers_.pop_front();
    }
  }

  /// Takes what the device offered in this cycle.
  void accept(const BusSignals& device) {
    check(device);
    if (device.rd_req_valid && rd_req_ready) {
      requests_.push_back(
          {device.rd_req_addr, device.rd_req_beats, now_ + static_cast<std::uint64_t>(latency), false});
      for (int i = 0; i < device.rd_req_beats; ++i) touched.push_back(device.rd_req_addr + i * kBus);
    }
    if (device.wr_req_valid && wr_req_ready) {
      writes_.push_back({device.wr_req_addr, device.wr_req_beats, 0, false});
      for (int i = 0; i < device.wr_req_beats; ++i) touched.push_back(device.wr_req_addr + i * kBus);
    }
    if (device.wr_valid && wr_ready) {
      Beat beat;
      std::memcpy(beat.data, device.wr_data, kBus);
      std::memcpy(beat.strobe, device.wr_strb, (kBus + 7) / 8);
      beat.last = device.wr_last;
      data_.push_back(beat);
      if (writes_.empty()) complaint = "write data without a request";
    }
    while (!writes_.empty() && !data_.empty()) {
      Request& request = writes_.front();
      const Beat& beat = data_.front();
      if (beat.last != (request.beats == 1)) complaint = "wr_last in the wrong beat";
      if (is_bad(request.addr)) {
        request.error = true;
      } else {
        for (int b = 0; b < kBus; ++b) {
          if (beat.strobe[b / 8] >> b % 8 & 1) bytes[request.addr + b - base] = beat.data[b];
        }
      }
      ++writes;
      request.addr += kBus;
      if (--request.beats == 0) {
        answers_.push_back({0, 0, now_ + static_cast<std::uint64_t>(latency), request.error});
        writes_.pop_front();
      }
      data_.pop_front();
    }
  }

  bool is_bad(std::uint64_t beat) const {
    if (beat < base || beat + kBus > base + bytes.size()) return true;
    for (std::uint64_t address : bad) {
      if (address / kBus == beat / kBus) return true;
    }
    return false;
  }

 private:
  struct Request {
    std::uint64_t addr;
    int beats;
    std::uint64_t ready;
    bool error;
  };
  struct Beat {
    std::uint8_t data[kBus], strobe[(kBus + 7) / 8];
    bool last;
  };

  void check_request(bool valid, bool ready, std::uint64_t addr, int beats, std::uint64_t* waiting,
                     const char* name) {
    if (*waiting != 0 && (!valid || (addr ^ static_cast<std::uint64_t>(beats) << 48) != *waiting)) {
      complaint = std::string(name) + " request changed while it waited";
    }
    *waiting = valid && !ready ? addr ^ static_cast<std::uint64_t>(beats) << 48 : 0;
    if (!valid) return;
    const std::uint64_t page = 4096ull * hls::kAxiPorts;
    if (addr % kBus != 0 || beats < 1 || beats > 256 || addr / page != (addr + beats * kBus - 1) / page) {
      complaint = std::string(name) + " request is not legal";
    }
  }

  void check(const BusSignals& device) {
    check_request(device.rd_req_valid, rd_req_ready, device.rd_req_addr, device.rd_req_beats, &read_waiting_,
                  "read");
    check_request(device.wr_req_valid, wr_req_ready, device.wr_req_addr, device.wr_req_beats, &write_waiting_,
                  "write");
    if (data_waiting_ && (!device.wr_valid || std::memcmp(device.wr_data, waiting_data_, kBus) != 0)) {
      complaint = "write data changed while it waited";
    }
    data_waiting_ = device.wr_valid && !wr_ready;
    if (data_waiting_) std::memcpy(waiting_data_, device.wr_data, kBus);
  }

  std::deque<Request> requests_, writes_, answers_;
  std::deque<Beat> data_;
  std::uint64_t now_ = 0, read_waiting_ = 0, write_waiting_ = 0;
  bool data_waiting_ = false;
  std::uint8_t waiting_data_[kBus] = {};
};

}  // namespace heddle::test
