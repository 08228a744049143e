// A compiled language model in device memory, for runs whose time alone counts.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "isa/image.hpp"
#include "isa/program.hpp"
#include "runtime/device/device.hpp"

namespace heddle::cli {

/// The image in device memory; what is not program reads as zero and takes no host memory. Given back at the
/// end. Runs end after `watchdog` cycles without progress (0: never).
class TimedModel {
 public:
  TimedModel(runtime::Device& device, const isa::Image& image, std::uint64_t watchdog);
  ~TimedModel();
  TimedModel(const TimedModel&) = delete;
  TimedModel& operator=(const TimedModel&) = delete;

  /// Writes the first words of a binding.
  void write(const std::string& binding, const std::vector<std::uint32_t>& words);

  struct Run {
    isa::CompletionRecord record;
    double seconds;  // of the host
  };
  /// Runs a program for `length` tokens from position `start`. Throws std::runtime_error when it does not end
  /// well.
  Run run(const std::string& program, std::uint64_t start, std::uint64_t length);

 private:
  runtime::Device& device_;
  const isa::Image& image_;
  std::uint64_t arena_, watchdog_;
};

/// Tokens that a run of `prefill` takes at most.
std::uint64_t prefill_rows(const isa::Image& image);

/// Multiply-accumulates of attention over `length` tokens from position `start`, and of the weights for each.
std::uint64_t useful_macs(const isa::Image& image, std::uint64_t start, std::uint64_t length);

}  // namespace heddle::cli
