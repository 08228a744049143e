#include "cli/bench/sampled_prefill.hpp"

#include <algorithm>

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

SampledPrefill sample_prefill(runtime::Device& device, std::int64_t layers, std::uint64_t sequence,
                              const std::function<isa::Image(std::int64_t)>& image) {
  SampledPrefill out;
  std::uint64_t macs = 0;  // of the last model simulated
  const auto simulate = [&](std::int64_t count) {
    const isa::Image with = image(count);
    TimedModel model(device, with);
    runtime::PhaseTotals totals;
    const std::uint64_t rows = prefill_rows(with);
    for (std::uint64_t done = 0; done < sequence; done += rows) {
      const std::uint64_t length = std::min(rows, sequence - done);
      const TimedModel::Run run = model.run("prefill", done, length);
      totals.add(run.record, 0, useful_macs(with, done, length), run.seconds);
    }
    out.simulated_cycles += totals.cycles();
    out.wall_seconds += totals.wall_seconds;
    macs = totals.useful_macs;
    return totals.counters;
  };
  const runtime::Counters few = simulate(kFew);
  const std::uint64_t few_macs = macs;
  const runtime::Counters more = simulate(kMore);
  for (std::size_t c = 0; c < out.counters.size(); ++c) out.counters[c] = predict(few[c], more[c], layers);
  out.useful_macs = predict(few_macs, macs, layers);
  out.check_simulated = simulate(kCheckedLayers)[isa::kCounter_cycles];
  out.check_predicted = predict(few[isa::kCounter_cycles], more[isa::kCounter_cycles], kCheckedLayers);
  return out;
}

}  // namespace heddle::cli
