// A model whose logits are known: after token t the next is most likely t + 1.
#pragma once
#include <algorithm>
#include <vector>

#include "runtime/host/token_model.hpp"

namespace heddle::runtime {

class FakeModel : public TokenModel {
 public:
  FakeModel(std::uint32_t vocab, std::uint32_t context, float certainty)
      : vocab_(vocab), context_(context), certainty_(certainty) {}
  std::uint32_t vocab_size() const override { return vocab_; }
  std::uint32_t context() const override { return context_; }
  std::vector<float> prefill(std::span<const std::uint32_t> tokens, std::uint32_t start,
                             bool all_logits) override {
    runs.push_back({tokens.begin(), tokens.end()});
    starts.push_back(start);
    std::vector<float> out;
    for (const std::uint32_t token : all_logits ? tokens : tokens.last(1)) {
      std::vector<float> row(vocab_, 0.0f);
      row[(token + 1) % vocab_] = certainty_;
      out.insert(out.end(), row.begin(), row.end());
    }
    return out;
  }
  std::vector<float> decode(std::uint32_t token, std::uint32_t position) override {
    return prefill({&token, 1}, position, false);
  }
  std::vector<std::vector<std::uint32_t>> runs;
  std::vector<std::uint32_t> starts;

 private:
  std::uint32_t vocab_, context_;
  float certainty_;
};

}  // namespace heddle::runtime
