#include "isa/kernel.hpp"

#include <fmt/format.h>

namespace heddle::isa {
namespace {

// A reserved argument register, which ignores what the runtime writes there.
constexpr std::uint32_t kRegisterMemory = kRegisterWatchdog + 8;
static_assert(kRegisterMemory + 8 <= kRegisterWindow, "the register of `memory` is reserved");

}  // namespace

const std::vector<KernelArgument>& kernel_arguments() {
  static const std::vector<KernelArgument> all = [] {
    std::vector<KernelArgument> out = {{"program", kRegisterProgram, false},
                                       {"record", kRegisterRecord, false},
                                       {"watchdog", kRegisterWatchdog, false},
                                       {"memory", kRegisterMemory, true}};
    for (std::uint32_t i = 0; i < kWindows; ++i) {
      out.push_back({fmt::format("window{}_base", i), kRegisterWindow + 16 * i, false});
      out.push_back({fmt::format("window{}_size", i), kRegisterWindow + 16 * i + 8, false});
    }
    for (std::uint32_t i = 0; i < kArguments; ++i) {
      out.push_back({fmt::format("argument{}", i), kRegisterArgument + 8 * i, false});
    }
    return out;
  }();
  return all;
}

}  // namespace heddle::isa
