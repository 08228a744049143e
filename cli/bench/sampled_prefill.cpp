#include "cli/bench/sampled_prefill.hpp"

#include <algorithm>
#include <chrono>
#include <future>

#include "cli/bench/timed_model.hpp"

namespace heddle::cli {
namespace {

constexpr auto kFew = kSampledLayers[0], kMore = kSampledLayers[1];

/// What `layers` layers have, given what the sampled ones have. Differences are whole numbers of either sign.
std::uint64_t predict(std::uint64_t few, std::uint64_t more, std::int64_t layers) {
  const auto low = static_cast<std::int64_t>(few), difference = static_cast<std::int64_t>(more) - low;
  return static_cast<std::uint64_t>(
      std::max<std::int64_t>(low + difference * (layers - kFew) / (kMore - kFew), 0));
}

}  // namespace

SampledPrefill sample_prefill(runtime::Device& device, runtime::Device& checker, std::int64_t layers,
                              std::uint64_t sequence, std::uint64_t watchdog,
                              const std::function<isa::Image(std::int64_t)>& image) {
  const auto simulate = [&](runtime::Device& on, std::int64_t count) {
    const isa::Image with = image(count);
    TimedModel model(on, with, watchdog);
    runtime::PhaseTotals totals;
    const std::uint64_t rows = prefill_rows(with);
    for (std::uint64_t done = 0; done < sequence; done += rows) {
      const std::uint64_t length = std::min(rows, sequence - done);
      const TimedModel::Run run = model.run("prefill", done, length);
      totals.add(run.record, 0, useful_macs(with, done, length), run.seconds);
    }
    return totals;
  };
  const auto begin = std::chrono::steady_clock::now();
  auto checking = std::async(std::launch::async, simulate, std::ref(checker), kCheckedLayers);
  const runtime::PhaseTotals few = simulate(device, kFew), more = simulate(device, kMore),
                             check = checking.get();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  SampledPrefill out;
  for (std::size_t c = 0; c < out.counters.size(); ++c)
    out.counters[c] = predict(few.counters[c], more.counters[c], layers);
  out.useful_macs = predict(few.useful_macs, more.useful_macs, layers);
  out.simulated_cycles = few.cycles() + more.cycles() + check.cycles();
  out.wall_seconds = seconds.count();
  out.check_simulated = check.cycles();
  out.check_predicted = predict(few.cycles(), more.cycles(), kCheckedLayers);
  return out;
}

}  // namespace heddle::cli
