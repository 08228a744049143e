// A plain stream: memory is read from one end to the other, which is what the memory and LOAD can do.
#pragma once
#include <cstdint>

#include "compiler/tiles/program.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

constexpr const char* kStreamProgram = "stream";
constexpr const char* kStreamData = "data";      // bytes, read
constexpr const char* kStreamOutput = "output";  // bytes: the last piece that was read

/// Bytes of a LOAD of the stream: half of A.
std::uint64_t stream_piece(const isa::Config& config);

/// Reads `bytes`, rounded up to two pieces, piece by piece into the halves of A in turn, and writes the last
/// piece back. Throws std::runtime_error when bytes is not positive.
Module lower_stream(std::uint64_t bytes, const isa::Config& config);

}  // namespace heddle::tiles
