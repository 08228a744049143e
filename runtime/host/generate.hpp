// Generation: a prompt in, tokens out, one at a time.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "runtime/host/sampling.hpp"
#include "runtime/host/token_model.hpp"

namespace heddle::runtime {

struct GenerateOptions {
  std::uint32_t tokens = 64;              // at most so many new ones
  std::vector<std::uint32_t> end_tokens;  // generation ends after one of these
  SamplingOptions sampling;
};

enum class Finish { kLength, kEndToken, kContext };
/// "length", "end-token" or "context".
const char* finish_name(Finish finish);

struct Generated {
  std::vector<std::uint32_t> tokens;  // the prompt's, then the new ones
  std::size_t prompt_tokens = 0;
  Finish finish = Finish::kLength;
};

/// Runs the prompt, then one token after another. The last token chosen is not run. `on_token` is called with
/// each new token, in order, as soon as it is chosen. Throws std::runtime_error when the prompt is empty,
/// longer than the context, or has an id out of range.
Generated generate(TokenModel& model, std::span<const std::uint32_t> prompt, const GenerateOptions& options,
                   const std::function<void(std::uint32_t token)>& on_token = {});

}  // namespace heddle::runtime
