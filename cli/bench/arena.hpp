// The device memory of two runs.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "isa/image.hpp"

namespace heddle::cli {

/// Where the arenas of two runs differ, their completion records aside; empty when they agree.
std::string arena_difference(const isa::Image& image, const std::vector<std::uint8_t>& expected,
                             const std::vector<std::uint8_t>& actual);

}  // namespace heddle::cli
