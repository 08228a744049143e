// The "decoder" of a tokenizer.json: what text a token stands for.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace heddle::runtime {

/// ByteLevel, Metaspace, and a Sequence of Replace, ByteFallback, Fuse and a Strip at the start. Works token
/// by token, so that text can be shown as it comes.
class Decoder {
 public:
  Decoder() = default;
  /// Throws std::runtime_error naming a type that is not supported.
  explicit Decoder(const nlohmann::json& json);
  /// The bytes of a token; `first` when nothing came before it.
  std::string bytes(const std::string& token, bool first) const;

 private:
  void add(const nlohmann::json& json);

  bool byte_level_ = false, byte_fallback_ = false, fuse_ = false, space_between_ = false;
  std::vector<std::pair<std::string, std::string>> replacements_;
  std::string strip_;            // this, at the start of the text,
  std::size_t strip_count_ = 0;  // is taken away at most so often
};

}  // namespace heddle::runtime
