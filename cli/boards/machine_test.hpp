// What a complete machine has to show after it was loaded: its memory, a layer of a model, a step of
// decoding, compared with the golden model. Between them they use every unit, all ways of MATRIX and VECTOR's
// functions, loops, branches and patches.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/drivers/registry/registry.hpp"

namespace heddle::cli {

struct MachineTestOptions {
  std::string target = "xrt";
  runtime::OpenOptions open;
  std::uint64_t memory_bytes = 16 << 20;  // of memory to test
  std::uint64_t seed = 1;
  std::function<void(const std::string&)> progress;  // what is going on
};

struct MachineTestResult {
  std::uint64_t memory_bytes = 0;
  std::uint64_t layer_instructions = 0, decode_instructions = 0;  // tile instructions
  std::uint64_t layer_macs = 0, decode_macs = 0;
};

/// Throws std::runtime_error saying what differed where, or what went wrong.
MachineTestResult machine_test(const isa::NamedConfig& config, const MachineTestOptions& options);

/// Three lines for people.
std::string machine_test_text(const MachineTestResult& result);

}  // namespace heddle::cli
