#include "eval/baseline/measure.hpp"

#include <algorithm>
#include <chrono>

namespace heddle::eval {
namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Energy counters move every 20 to 100 ms; over a second that is an error of a few percent.
constexpr double kEnergySeconds = 1.0;

std::optional<MeasuredPower> measure_power(Device& device, Prepared& prepared) {
  const std::optional<double> first = device.energy_joules();
  if (!first) return std::nullopt;
  const double start = now();
  while (now() - start < kEnergySeconds) prepared.run();
  const std::optional<double> last = device.energy_joules();
  const double seconds = now() - start;
  if (!last || *last <= *first) return std::nullopt;
  return MeasuredPower{(*last - *first) / seconds, seconds};
}

}  // namespace

BaselineResult measure(Device& device, const Workload& workload, const Repetition& repetition) {
  const Operands operands = make_operands(workload);
  const std::unique_ptr<Prepared> prepared = device.prepare(workload, operands);
  BaselineResult result;
  result.workload = workload;
  result.implementation = prepared->implementation();
  const double warm_start = now();
  do {
    prepared->run();
    ++result.warm_up;
  } while (result.warm_up < repetition.warm_up && now() - warm_start < repetition.seconds);
  const auto read = [&](std::uint64_t offset, std::uint64_t count, double* into) {
    prepared->read(offset, count, into);
  };
  check_results(workload, operands, read);  // before time is spent on a wrong kernel

  std::vector<double> kernel, wall;
  const double start = now();
  for (std::uint64_t i = 0; i < repetition.repeat; ++i) {
    if (i >= 3 && now() - start > repetition.seconds) break;
    const Timing timing = prepared->run();
    wall.push_back(timing.wall_seconds);
    if (timing.kernel_seconds) kernel.push_back(*timing.kernel_seconds);
  }
  result.repetitions = wall.size();
  result.wall_seconds = spread(wall);
  if (kernel.size() == wall.size()) result.kernel_seconds = spread(kernel);
  result.power = measure_power(device, *prepared);
  result.check = check_results(workload, operands, read);  // of the last timed run
  return result;
}

}  // namespace heddle::eval
