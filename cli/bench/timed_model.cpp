#include "cli/bench/timed_model.hpp"

#include <chrono>

#include "isa/image_start.hpp"
#include "runtime/host/session.hpp"

namespace heddle::cli {

TimedModel::TimedModel(runtime::Device& device, const isa::Image& image, std::uint64_t watchdog)
    : device_(device), image_(image), arena_(device.allocate(image.arena_bytes)), watchdog_(watchdog) {
  device_.write(arena_, image.constants);
}

TimedModel::~TimedModel() { device_.release(arena_); }

void TimedModel::write(const std::string& binding, const std::vector<std::uint32_t>& words) {
  device_.write(arena_ + image_.binding(binding).offset,
                {reinterpret_cast<const std::uint8_t*>(words.data()), words.size() * sizeof words[0]});
}

TimedModel::Run TimedModel::run(const std::string& program, std::uint64_t start, std::uint64_t length) {
  const isa::ImageProgram& code = image_.program(program);
  isa::StartArguments arguments = isa::start_arguments(image_, code, arena_);
  arguments.watchdog = watchdog_;
  arguments.argument[isa::kArgumentStart] = start;
  arguments.argument[isa::kArgumentLength] = length;
  const auto begin = std::chrono::steady_clock::now();
  device_.start(arguments);
  const isa::CompletionRecord record = device_.wait();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  runtime::require_ok(device_, image_, code, record);
  return {record, seconds.count()};
}

std::uint64_t prefill_rows(const isa::Image& image) {
  return static_cast<std::uint64_t>(image.binding("token_ids").shape.at(0));
}

std::uint64_t useful_macs(const isa::Image& image, std::uint64_t start, std::uint64_t length) {
  const std::uint64_t positions = length * start + length * (length + 1) / 2;
  return length * image.model.macs_per_token + positions * image.model.macs_per_context;
}

}  // namespace heddle::cli
