#include "eval/work/parallel.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <stdexcept>

#include "eval/work/parameters.hpp"

namespace heddle::eval {
namespace {

[[noreturn]] void fail(const char* field, const std::string& text) {
  throw std::runtime_error(fmt::format("split: field '{}' {}", field, text));
}

}  // namespace

void check(const Parallel& parallel, const Model& model) {
  for (const auto& [field, value] :
       {std::pair{"tensor", parallel.tensor}, std::pair{"expert", parallel.expert},
        std::pair{"data", parallel.data}, std::pair{"pipeline", parallel.pipeline}}) {
    if (value == 0) fail(field, "is 0; must be at least 1");
  }
  if (parallel.tensor > model.attention.heads) {
    fail("tensor", fmt::format("is {}, more than the {} heads of {}", parallel.tensor, model.attention.heads,
                               model.name));
  }
  if (parallel.expert > 1) {
    if (!model.experts)
      fail("expert", fmt::format("is {}, but {} has no experts", parallel.expert, model.name));
    if (parallel.expert > model.experts->experts) {
      fail("expert", fmt::format("is {}, more than the {} experts", parallel.expert, model.experts->experts));
    }
    if (parallel.stage_devices() % parallel.expert != 0) {
      fail("expert", fmt::format("is {}, which does not divide the {} devices of a stage", parallel.expert,
                                 parallel.stage_devices()));
    }
  }
  if (parallel.pipeline > model.layers) {
    fail("pipeline",
         fmt::format("is {}, more than the {} layers of {}", parallel.pipeline, model.layers, model.name));
  }
  if (parallel.stage_shares.empty()) return;
  if (parallel.stage_shares.size() != parallel.pipeline) {
    fail("stage_shares",
         fmt::format("has {} entries for {} stages", parallel.stage_shares.size(), parallel.pipeline));
  }
  for (const double share : parallel.stage_shares) {
    if (!(share > 0) || !std::isfinite(share))
      fail("stage_shares", fmt::format("holds {}; shares must be positive", share));
  }
}

std::vector<LayerSpan> stages(const Parallel& parallel, const Model& model) {
  check(parallel, model);
  std::vector<double> shares = parallel.stage_shares;
  if (shares.empty()) shares.assign(parallel.pipeline, 1.0);
  const double all = std::accumulate(shares.begin(), shares.end(), 0.0);
  // Every stage has one layer; the rest goes by share, whole parts first, then the largest fractions.
  const std::uint64_t rest = model.layers - shares.size();
  std::vector<std::uint64_t> counts(shares.size(), 1);
  std::vector<std::pair<double, std::size_t>> fractions;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double wanted = std::max(0.0, model.layers * shares[i] / all - 1);
    const std::uint64_t whole = std::min<std::uint64_t>(static_cast<std::uint64_t>(wanted), rest - given);
    counts[i] += whole;
    given += whole;
    fractions.emplace_back(wanted - static_cast<double>(whole), i);
  }
  std::stable_sort(fractions.begin(), fractions.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  for (std::size_t i = 0; given < rest; i = (i + 1) % fractions.size(), ++given)
    ++counts[fractions[i].second];

  std::vector<LayerSpan> spans;
  std::uint64_t first = 0;
  for (const std::uint64_t count : counts) {
    spans.push_back({first, first + count});
    first += count;
  }
  return spans;
}

double device_weight_bytes(const Model& model, const Precision& precision, const Parallel& parallel,
                           std::size_t stage) {
  const LayerSpan span = stages(parallel, model).at(stage);
  const double tensor = parallel.tensor;
  // A key head that several devices need is on all of them.
  const double key_share = 1.0 / std::min<double>(tensor, static_cast<double>(model.attention.kv_heads));
  double linear = 0, wide = 0;
  for (std::uint64_t layer = span.first; layer < span.last; ++layer) {
    const LayerParameters parameters = layer_parameters(model, layer);
    linear += static_cast<double>(parameters.attention_heads) / tensor +
              static_cast<double>(parameters.attention_keys) * key_share +
              static_cast<double>(parameters.attention_shared) +
              static_cast<double>(parameters.feed_forward) / tensor +
              static_cast<double>(parameters.experts) / parallel.stage_devices();
    wide += static_cast<double>(parameters.wide());
  }
  const double embedding = static_cast<double>(embedding_parameters(model));
  if (stage == 0) wide += embedding / tensor;
  if (stage + 1 == parallel.pipeline) {
    wide += static_cast<double>(head_parameters(model)) / tensor;
    // A tied head away from the embedding is a copy of it.
    if (model.tied && stage != 0) wide += static_cast<double>(model.vocabulary * model.hidden) / tensor;
  }
  return linear * precision.weights.bytes_per_element() + wide * precision.head.bytes_per_element();
}

double device_cache_bytes(const Model& model, Format cache, const Parallel& parallel, std::uint64_t batch,
                          std::uint64_t context, std::size_t stage) {
  if (!model.attention.causal) return 0;
  const LayerSpan span = stages(parallel, model).at(stage);
  const std::uint64_t sequences = (batch + parallel.data - 1) / parallel.data;
  // Every head reads the whole latent, so that tensor splits copy it.
  const double share =
      model.attention.latent
          ? 1.0
          : 1.0 / std::min<double>(parallel.tensor, static_cast<double>(model.attention.kv_heads));
  return static_cast<double>(span.count() * model.attention.cache_elements()) * bytes(cache) * share *
         static_cast<double>(sequences) * static_cast<double>(context);
}

}  // namespace heddle::eval
