// What generation and perplexity need of a language model, whether a device runs it or a reference does.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace heddle::runtime {

class TokenModel {
 public:
  virtual ~TokenModel() = default;
  virtual std::uint32_t vocab_size() const = 0;
  /// Most tokens that a sequence can have.
  virtual std::uint32_t context() const = 0;
  /// Runs tokens at positions start, start + 1, ... and returns logits, row-major, `vocab_size` floats a row:
  /// of the last token, or with `all_logits` of each. Positions before `start` must have been run. Throws
  /// std::runtime_error when there are none, when they pass the context, or when an id is out of range.
  virtual std::vector<float> prefill(std::span<const std::uint32_t> tokens, std::uint32_t start,
                                     bool all_logits) = 0;
  /// Runs one token; returns its logits. Throws like prefill.
  virtual std::vector<float> decode(std::uint32_t token, std::uint32_t position) = 0;
};

/// Throws std::runtime_error when a run of these tokens is impossible: the message says why.
void check_tokens(std::span<const std::uint32_t> tokens, std::uint32_t start, const TokenModel& model);

}  // namespace heddle::runtime
