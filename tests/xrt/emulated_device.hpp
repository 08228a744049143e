// A device behind the Xilinx Runtime, emulated by the hls, and small programs for it.
#pragma once
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <string>

#include "isa/instruction.hpp"
#include "isa/program.hpp"
#include "runtime/drivers/registry/registry.hpp"

namespace heddle::runtime {

/// Why the target cannot be tested here; empty when it can.
inline std::string why_not(const std::string& target) {
  for (const TargetInfo& info : device_targets()) {
    if (info.name == target) return info.available ? "" : info.reason;
  }
  return "there is no such target";
}

inline std::unique_ptr<Device> open_emulated(const std::string& target, const std::string& xclbin = "",
                                             const std::string& config = "tiny") {
  OpenOptions options;
  options.xclbin = xclbin;
  if (xclbin.empty()) options.emulated = "hls";
  return open_device(target, isa::load_config(config), options);
}

/// A program of one instruction on a device of its own memory.
class SmallProgram {
 public:
  SmallProgram(Device& device, int opcode) : device_(device), base_(device.allocate(8192)) {
    struct {
      isa::ProgramHeader header;
      isa::ScalarInstruction instruction = {};
    } program;
    program.header.config_hash = isa::config_hash(device.info().config);
    program.header.code_quads = 1;
    program.instruction.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    device.write(base_, {reinterpret_cast<const std::uint8_t*>(&program), sizeof program});
    arguments_.program = base_;
    arguments_.record = base_ + 4096;
    arguments_.watchdog = 0;
    arguments_.window_base[0] = base_;
    arguments_.window_size[0] = 8192;
  }
  void start() { device_.start(arguments_); }
  isa::CompletionRecord run() {
    start();
    return device_.wait();
  }

 private:
  Device& device_;
  std::uint64_t base_;
  isa::StartArguments arguments_;
};

constexpr int kEnds = isa::kOpHalt;
constexpr int kNeverEnds = isa::kOpBranchEq;  // to itself

/// What an action throws; empty when it throws nothing.
template <typename Action>
std::string error_of(Action action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace heddle::runtime
