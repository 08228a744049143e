#include "cli/bench/image_run.hpp"

#include <chrono>

#include "isa/image_start.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "runtime/host/session.hpp"

namespace heddle::cli {

ImageRun run_image(runtime::Device& device, const isa::Image& image, const std::string& program,
                   const std::vector<std::uint64_t>& arguments, std::uint64_t watchdog) {
  const isa::ImageProgram& code = image.program(program);
  const std::uint64_t arena = device.allocate(image.arena_bytes);
  device.write(arena, image.constants);
  isa::StartArguments start = isa::start_arguments(image, code, arena);
  start.watchdog = watchdog;
  for (std::size_t i = isa::kArgumentArena + 1; i < arguments.size(); ++i) start.argument[i] = arguments[i];

  ImageRun out;
  const auto begin = std::chrono::steady_clock::now();
  device.start(start);
  out.record = device.wait();
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  runtime::require_ok(device, image, code, out.record);
  out.arena.resize(image.arena_bytes);
  device.read(arena, out.arena);
  device.release(arena);
  return out;
}

std::int64_t count_cycles(const isa::NamedConfig& config, const isa::Image& image,
                          const std::string& program) {
  runtime::OpenOptions open;
  open.timing_only = true;
  const ImageRun run = run_image(*runtime::open_device("fast", config, open), image, program);
  return static_cast<std::int64_t>(run.record.counters[isa::kCounter_cycles]);
}

}  // namespace heddle::cli
