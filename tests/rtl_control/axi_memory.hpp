// The memory behind the AXI4 ports of the bench: one array of bytes in the addresses of the device's bus,
// spread over the ports as heddle_axi_read says. Checks the masters' side of the protocol.
#pragma once
#include <cstdint>
#include <deque>
#include <random>
#include <utility>
#include <vector>

#include "Vbench.h"
#include "heddle_config.hpp"
#include "isa/registers.hpp"

namespace heddle::tests {

class AxiMemory {
 public:
  static constexpr int kPorts = hls::kAxiPorts;
  static constexpr int kPortBytes = hls::kBusBytes / kPorts;

  AxiMemory(std::size_t bytes, std::uint64_t seed) : memory(bytes), random_(seed) {}

  std::vector<std::uint8_t> memory;
  int latency = 10;                              // cycles from an address to its first beat or answer
  int stall_permille = 0;                        // chance that a channel stalls in a cycle
  bool hang = false;                             // nothing is accepted or answered
  std::uint64_t error_first = 0, error_end = 0;  // these addresses answer with an error
  const isa::StartArguments* windows = nullptr;  // every access is held against these
  std::uint64_t read_beats = 0, write_beats = 0;

  /// Drives the memory's outputs for the coming cycle.
  void drive(Vbench& dut);
  /// Takes the handshakes of the cycle; inputs are settled, the clock edge has not come.
  void sample(Vbench& dut, std::uint64_t cycle);
  bool idle() const;

 private:
  struct Burst {
    std::uint64_t address;  // of the port
    int beats, done = 0;
    std::uint64_t ready_at;
  };
  struct Beat {
    std::vector<std::uint8_t> data, strobes;
    bool last;
  };
  struct Channel {  // what must stand still while valid waits for ready
    bool waiting = false;
    std::vector<std::uint8_t> payload;
  };
  struct Port {
    std::deque<Burst> reads, writes;
    std::deque<Beat> beats;
    std::deque<std::pair<std::uint64_t, int>> answers;  // ready at, response
    bool read_valid = false, answer_valid = false;
    int write_error = 0;
    Channel ar, aw, w;
  };
  bool stalls() { return hang || static_cast<int>(random_() % 1000) < stall_permille; }
  std::uint64_t bus_address(std::uint64_t port_address, int port) const;
  bool fails(std::uint64_t address) const;
  bool permitted(std::uint64_t address, std::uint64_t bytes, bool write) const;
  void check_stable(Channel& channel, bool valid, bool ready, std::vector<std::uint8_t> payload,
                    const char* name);
  void check_burst(std::uint64_t address, int beats, int size, int burst, const char* name);
  void sample_reads(Vbench& dut, int p, std::uint64_t cycle);
  void sample_writes(Vbench& dut, int p, std::uint64_t cycle);
  void write_beat(Port& port, int p, std::uint64_t cycle);

  Port ports_[kPorts];
  std::mt19937_64 random_;
};

}  // namespace heddle::tests
