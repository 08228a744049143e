// What a board has to show after it was loaded: its memory, every instruction, one layer of a model, each
// compared with the golden model.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/drivers/serial/serial_driver.hpp"

namespace heddle::cli {

struct SelfTestOptions {
  std::string port;
  std::uint32_t baud = runtime::kSerialBaud;
  std::uint64_t memory_bytes = 0;  // of memory to test; 0: all
  int programs = 16;               // random programs, of each kind: legal, and at fault somewhere
  std::uint64_t seed = 1;
  std::string layer_config = "tiny";  // machine around the board, for the layer
  std::int64_t layer_rows = 4;
  std::function<void(const std::string&)> progress;  // what is going on
  std::function<void(const std::string&)> message;   // a line that stays
};

struct SelfTestResult {
  std::uint64_t memory_bytes = 0;
  int programs = 0, faults = 0;  // faults: programs that stopped where the golden model did
  std::uint64_t layer_products = 0, layer_macs = 0;
  std::uint64_t exchanges = 0, sent_again = 0;
};

/// `config`: of the board. Throws std::runtime_error saying what differed where and with which seed, or what
/// went wrong on the line.
SelfTestResult self_test(const isa::NamedConfig& config, const SelfTestOptions& options);

/// Four lines for people.
std::string self_test_text(const SelfTestResult& result);

}  // namespace heddle::cli
