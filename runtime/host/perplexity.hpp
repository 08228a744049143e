// How well a model predicts a text, and how far a quantised model's predictions lie from the float
// reference's.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "runtime/host/token_model.hpp"

namespace heddle::runtime {

/// ln of each probability: logits minus the logarithm of their summed exponentials, in double.
std::vector<double> log_softmax(std::span<const float> logits);

/// Sums over predicted tokens.
struct PredictionTotals {
  std::uint64_t tokens = 0;   // predicted
  double negative_log = 0.0;  // nats: of the probability given to the token that came
  double reference_negative_log = 0.0;
  double divergence = 0.0;  // nats: KL(reference || model) of the next token
  std::uint64_t same_most_likely = 0;

  /// One place, whose next token is `next`. `reference` may be empty.
  void add(std::span<const float> logits, std::span<const float> reference, std::uint32_t next);
};

struct PerplexityOptions {
  std::optional<std::uint32_t> bos;  // opens every window
  std::uint64_t limit = 0;           // at most so many tokens are predicted; 0: all
  /// Called after each window with the tokens predicted so far and in all.
  std::function<void(std::uint64_t done, std::uint64_t all)> progress;
};

struct PerplexityResult {
  std::uint64_t tokens = 0;
  double perplexity = 0.0;
  // With a reference:
  std::optional<double> reference_perplexity;
  std::optional<double> divergence;      // nats, mean
  std::optional<double> top1_agreement;  // share of places with the same most likely token
};

/// Cuts the text into windows of the model's context, each opened by `bos` where there is one, and predicts
/// each token of a window (its first excepted) from those before it in the window. `reference`, or null, is
/// asked the same. Throws std::runtime_error when the text has nothing to predict.
PerplexityResult perplexity(TokenModel& model, TokenModel* reference, std::span<const std::uint32_t> text,
                            const PerplexityOptions& options);

}  // namespace heddle::runtime
