#include "cli/reference_target.hpp"

#include <algorithm>
#include <thread>

namespace heddle::cli {

ReferenceTarget::ReferenceTarget(const graph::LanguageModel& model)
    : reference_(model, static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))) {}

std::vector<float> ReferenceTarget::prefill(std::span<const std::uint32_t> tokens, std::uint32_t start,
                                            bool all_logits) {
  runtime::check_tokens(tokens, start, *this);
  return reference_.run({tokens.begin(), tokens.end()}, start,
                        all_logits ? graph::LogitRows::kAll : graph::LogitRows::kLast);
}

std::vector<float> ReferenceTarget::decode(std::uint32_t token, std::uint32_t position) {
  return prefill({&token, 1}, position, false);
}

}  // namespace heddle::cli
