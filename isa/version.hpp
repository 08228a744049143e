// The version of the contract. A program carries it, a device refuses another's.
#pragma once
#include <cstdint>

namespace heddle {
namespace isa {

/// Raised whenever an instruction, register, record or numeric rule changes meaning.
constexpr std::uint32_t kIsaVersion = 2;

/// Value of the read-only register kRegisterMagic: "HDL1".
constexpr std::uint32_t kDeviceMagic = 0x314C4448u;

}  // namespace isa
}  // namespace heddle
