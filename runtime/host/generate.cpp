#include "runtime/host/generate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace heddle::runtime {

const char* finish_name(Finish finish) {
  switch (finish) {
    case Finish::kLength:
      return "length";
    case Finish::kEndToken:
      return "end-token";
    case Finish::kContext:
      return "context";
  }
  return "";
}

Generated generate(TokenModel& model, std::span<const std::uint32_t> prompt, const GenerateOptions& options,
                   const std::function<void(std::uint32_t token)>& on_token) {
  Sampler sampler(options.sampling);
  if (prompt.size() > model.context()) {
    throw std::runtime_error(fmt::format("the prompt has {} tokens, more than the model's context of {}",
                                         prompt.size(), model.context()));
  }
  Generated out;
  out.tokens.assign(prompt.begin(), prompt.end());
  out.prompt_tokens = prompt.size();
  std::vector<float> logits = model.prefill(prompt, 0, false);
  for (std::uint32_t made = 0; made < options.tokens;) {
    const std::uint32_t token = sampler.next(logits);
    out.tokens.push_back(token);
    ++made;
    if (on_token) on_token(token);
    const auto& ends = options.end_tokens;
    if (std::find(ends.begin(), ends.end(), token) != ends.end()) {
      out.finish = Finish::kEndToken;
      break;
    }
    if (made == options.tokens) break;
    if (out.tokens.size() > model.context()) {  // the token just chosen has no place left
      out.finish = Finish::kContext;
      break;
    }
    logits = model.decode(token, static_cast<std::uint32_t>(out.tokens.size() - 1));
  }
  return out;
}

}  // namespace heddle::runtime
