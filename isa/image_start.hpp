// How a program of an image is started: where it lies, and what it may reach.
#pragma once
#include "isa/image.hpp"
#include "isa/registers.hpp"

namespace heddle::isa {

/// For `program` of the image whose arena lies at address `arena` (bytes): the windows of constants and of
/// state, the record and the argument that names the arena. Further arguments and the watchdog are the
/// caller's. Throws std::runtime_error when the image has no record.
StartArguments start_arguments(const Image& image, const ImageProgram& program, std::uint64_t arena);

}  // namespace heddle::isa
