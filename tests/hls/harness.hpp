// What the tests of the HLS accelerator share: a library per configuration, an arena, floats and bytes at
// hand.
#pragma once
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "isa/numerics/functions.hpp"
#include "isa/numerics/reduction.hpp"
#include "isa/status.hpp"
#include "tests/hls/assembler.hpp"
#include "tests/hls/fields.hpp"
#include "tests/hls/library.hpp"

namespace heddle::tests {

/// The configuration of that name; "rect" is the tests' own.
inline isa::Config test_config(const std::string& name) {
  const std::string own = std::string(HEDDLE_SOURCE_DIR) + "/tests/configs/" + name + ".json";
  return isa::load_config(name == "rect" ? own : name).config;
}

/// Path of a configuration's device library: the golden model, or what HEDDLE_LIBRARY_PREFIX of the
/// environment names (another design of the same configurations).
inline std::string library_path(const std::string& config_name) {
  const char* other = std::getenv("HEDDLE_LIBRARY_PREFIX");
  return (other != nullptr ? other : HEDDLE_LIBRARY_PREFIX) + config_name + ".so";
}

/// Memory: program at 0, data from kData, record at the end. One window over all of it.
class Machine {
 public:
  static constexpr std::uint64_t kData = 1 << 16;
  explicit Machine(const std::string& config_name)
      : config(test_config(config_name)), library(library_path(config_name)), memory(4 << 20) {
    arguments.record = memory.size() - sizeof(isa::CompletionRecord);
    arguments.window_size[0] = memory.size();
  }

  isa::CompletionRecord run(Assembler code) {
    const std::vector<std::uint8_t> bytes = code.program(config);
    std::memcpy(memory.data() + arguments.program, bytes.data(), bytes.size());
    return library.run(memory, arguments, options);
  }

  template <class T>
  T* at(std::uint64_t address) {
    return reinterpret_cast<T*>(memory.data() + address);
  }

  isa::Config config;
  Library library;
  std::vector<std::uint8_t> memory;
  isa::StartArguments arguments;
  heddle_run_options options = {};
};

/// One linear LOAD or STORE of `bytes` at byte `local` of a buffer, memory address `address`.
inline isa::TileInstruction linear(bool store, int buffer, std::uint32_t local, std::uint64_t address,
                                   std::uint32_t bytes) {
  DmaFields x;
  x.buffer = buffer;
  x.row_bytes = bytes;
  x.mem_offset = static_cast<std::uint32_t>(address);
  x.local_addr = local;
  return x.encode(store);
}

class HlsTest : public testing::TestWithParam<const char*> {
 protected:
  HlsTest() : machine(GetParam()), config(machine.config) {}
  Machine machine;
  const isa::Config& config;
  std::mt19937 random{1};
};

inline std::string config_test_name(const testing::TestParamInfo<const char*>& info) { return info.param; }

#define HEDDLE_HLS_SUITE(suite)                                                     \
  INSTANTIATE_TEST_SUITE_P(Configs, suite, testing::Values("tiny", "edge", "rect"), \
                           heddle::tests::config_test_name)

}  // namespace heddle::tests
