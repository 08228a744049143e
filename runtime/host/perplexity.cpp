#include "runtime/host/perplexity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "runtime/host/sampling.hpp"

namespace heddle::runtime {

std::vector<double> log_softmax(std::span<const float> logits) {
  const double top = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - top);
  const double shift = top + std::log(sum);
  std::vector<double> out(logits.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<double>(logits[i]) - shift;
  return out;
}

void PredictionTotals::add(std::span<const float> logits, std::span<const float> reference,
                           std::uint32_t next) {
  const std::uint32_t best = most_likely(logits);  // also refuses what is not a number
  const std::vector<double> ours = log_softmax(logits);
  ++tokens;
  negative_log -= ours.at(next);
  if (reference.empty()) return;
  const std::uint32_t reference_best = most_likely(reference);
  const std::vector<double> theirs = log_softmax(reference);
  reference_negative_log -= theirs.at(next);
  for (std::size_t i = 0; i < theirs.size(); ++i) divergence += std::exp(theirs[i]) * (theirs[i] - ours[i]);
  same_most_likely += best == reference_best ? 1 : 0;
}

PerplexityResult perplexity(TokenModel& model, TokenModel* reference, std::span<const std::uint32_t> text,
                            const PerplexityOptions& options) {
  const std::uint32_t context = model.context();
  const std::uint32_t opening = options.bos ? 1 : 0;
  if (context <= opening || context < 2) {
    throw std::runtime_error(fmt::format("a context of {} tokens leaves nothing to predict", context));
  }
  const std::size_t stride = context - opening;  // tokens of the text in a window
  // A window without an opening token cannot predict its first.
  const auto predicted_of = [&](std::size_t taken) {
    return opening ? taken : taken - std::min<std::size_t>(taken, 1);
  };
  std::uint64_t all = 0;
  for (std::size_t at = 0; at < text.size(); at += stride)
    all += predicted_of(std::min(stride, text.size() - at));
  if (options.limit != 0) all = std::min<std::uint64_t>(all, options.limit);
  if (all == 0)
    throw std::runtime_error(fmt::format("a text of {} tokens leaves nothing to predict", text.size()));

  PredictionTotals totals;
  const std::uint32_t vocab = model.vocab_size();
  for (std::size_t at = 0; at < text.size() && totals.tokens < all; at += stride) {
    std::size_t taken = std::min(stride, text.size() - at);
    taken = std::min<std::size_t>(taken, all - totals.tokens + 1 - opening);
    if (predicted_of(taken) == 0) continue;
    std::vector<std::uint32_t> window;
    if (options.bos) window.push_back(*options.bos);
    window.insert(window.end(), text.begin() + at, text.begin() + at + taken);
    // The last token is only predicted, never run.
    const std::span<const std::uint32_t> run(window.data(), window.size() - 1);
    const std::vector<float> logits = model.prefill(run, 0, true);
    std::vector<float> expected;
    if (reference != nullptr) expected = reference->prefill(run, 0, true);
    for (std::size_t i = 0; i < run.size(); ++i) {
      const std::span<const float> ours(logits.data() + i * vocab, vocab);
      const std::span<const float> theirs = reference != nullptr
                                                ? std::span<const float>(expected.data() + i * vocab, vocab)
                                                : std::span<const float>();
      totals.add(ours, theirs, window[i + 1]);
    }
    if (options.progress) options.progress(totals.tokens, all);
  }
  const auto count = static_cast<double>(totals.tokens);
  PerplexityResult result;
  result.tokens = totals.tokens;
  result.perplexity = std::exp(totals.negative_log / count);
  if (reference != nullptr) {
    result.reference_perplexity = std::exp(totals.reference_negative_log / count);
    result.divergence = totals.divergence / count;
    result.top1_agreement = static_cast<double>(totals.same_most_likely) / count;
  }
  return result;
}

}  // namespace heddle::runtime
