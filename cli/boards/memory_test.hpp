// Whether a device's memory holds what is written.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "runtime/device/device.hpp"

namespace heddle::cli {

/// Random words in `bytes` from `begin` on, then their complement: each bit holds both values while its
/// neighbours hold others, and a word that answers for two addresses shows. Throws std::runtime_error naming
/// the first byte that differs. `progress` may be empty.
void test_memory(runtime::Device& device, std::uint64_t begin, std::uint64_t bytes, std::uint64_t seed,
                 const std::function<void(const std::string&)>& progress);

}  // namespace heddle::cli
