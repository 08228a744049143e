// A plain stream of memory as an image.
#pragma once
#include <cstdint>

#include "isa/config.hpp"
#include "isa/image.hpp"

namespace heddle::emit {

/// The image of compiler/tiles/stream.hpp with its bindings and "record"; the data are zero so far. Throws
/// std::runtime_error when they do not fit the device's memory.
isa::Image compile_stream(std::uint64_t bytes, const isa::Config& config);

}  // namespace heddle::emit
