// One run of a program of an image, without the session of a language model.
#pragma once
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "isa/image.hpp"
#include "isa/registers.hpp"
#include "runtime/device/device.hpp"
#include "runtime/host/measure.hpp"

namespace heddle::cli {

struct ImageRun {
  isa::CompletionRecord record;
  std::vector<std::uint8_t> arena;  // after the run
  double seconds = 0;               // of the run, copies left out
};

/// Copies the image into the device, runs the program with these arguments (argument 0, the arena, is set
/// here) and this watchdog, in cycles, and reads everything back. Throws std::runtime_error with status,
/// program counter and operation when the device reports an error.
ImageRun run_image(runtime::Device& device, const isa::Image& image, const std::string& program,
                   const std::vector<std::uint64_t>& arguments = {},
                   std::uint64_t watchdog = isa::StartArguments().watchdog);

/// The cycles of the program, counted by the fast model with the configuration's memory. Nothing is computed.
std::int64_t count_cycles(const isa::NamedConfig& config, const isa::Image& image,
                          const std::string& program);

}  // namespace heddle::cli
