// The float reference as a target: the same interface that a compiled model on a device has.
#pragma once
#include "compiler/graph/reference.hpp"
#include "runtime/host/token_model.hpp"

namespace heddle::cli {

class ReferenceTarget : public runtime::TokenModel {
 public:
  explicit ReferenceTarget(const graph::LanguageModel& model);
  std::uint32_t vocab_size() const override { return static_cast<std::uint32_t>(reference_.vocab()); }
  std::uint32_t context() const override { return static_cast<std::uint32_t>(reference_.context()); }
  std::vector<float> prefill(std::span<const std::uint32_t> tokens, std::uint32_t start,
                             bool all_logits) override;
  std::vector<float> decode(std::uint32_t token, std::uint32_t position) override;

 private:
  graph::ReferenceModel reference_;
};

}  // namespace heddle::cli
