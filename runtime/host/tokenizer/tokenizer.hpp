// Text to token ids and back, as a Hugging Face directory's tokenizer.json says.
//
// Byte-pair encoding in its two common kinds: byte-level (GPT-2, Qwen2, Llama 3) and byte-fallback (Llama,
// llama2.c). Everything else is refused with a message that names it.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/host/tokenizer/bpe.hpp"
#include "runtime/host/tokenizer/decoder.hpp"
#include "runtime/host/tokenizer/normalizer.hpp"
#include "runtime/host/tokenizer/pre_tokenizer.hpp"
#include "runtime/host/tokenizer/utf8.hpp"

namespace heddle::runtime {

class Tokenizer {
 public:
  /// Reads tokenizer.json, the token ids of config.json and generation_config.json, and
  /// tokenizer_config.json's add_bos_token where there is one. Throws std::runtime_error naming file and
  /// field.
  static Tokenizer load(const std::string& directory);
  /// From the parsed files; `config` and `tokenizer_config` may be empty objects.
  Tokenizer(const nlohmann::json& tokenizer, const nlohmann::json& config,
            const nlohmann::json& tokenizer_config);

  /// The ids of a text; with `add_special` also those that open (or close) every text of this model. Special
  /// tokens written out in the text become their ids. Throws when the text is not UTF-8.
  std::vector<std::uint32_t> encode(const std::string& text, bool add_special = true) const;
  /// The text of ids, always valid UTF-8; special tokens are left out, and ids that the
  /// tokenizer does not know (vocabularies are padded) stand for nothing.
  std::string decode(const std::vector<std::uint32_t>& ids) const;

  /// The id that a text begins with, where this model's do.
  std::optional<std::uint32_t> bos() const;
  /// Ids after which generation ends; may be empty.
  const std::vector<std::uint32_t>& eos() const { return eos_; }
  /// One more than the largest id.
  std::uint32_t size() const;

 private:
  friend class TextStream;
  struct AddedToken {
    std::uint32_t id;
    std::string content;
    bool special, lstrip, rstrip, single_word;
  };
  struct Part {  // of a text: an added token, or what lies between
    std::optional<std::uint32_t> id;
    std::string text;
    bool first;
  };
  void read_added(const nlohmann::json& tokens);
  void read_post_processor(const nlohmann::json& json);
  static std::vector<Part> split_added(const std::vector<Part>& parts, const std::vector<AddedToken>& tokens);
  std::string token_bytes(std::uint32_t id, bool first) const;
  bool is_special(std::uint32_t id) const;

  Bpe bpe_;
  Normalizer normalizer_;
  PreTokenizer pre_tokenizer_;
  Decoder decoder_;
  std::vector<AddedToken> raw_added_;          // found in the text as it is
  std::vector<AddedToken> normalized_added_;   // found in the text as normalised
  std::vector<std::uint32_t> before_, after_;  // every text
  std::vector<std::uint32_t> eos_;
  bool has_template_ = false;
};

/// Decodes ids as they come.
class TextStream {
 public:
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}
  /// The text that this id completes: valid UTF-8, possibly empty.
  std::string push(std::uint32_t id);
  /// What an unfinished character leaves.
  std::string finish() { return utf8_.finish(); }

 private:
  const Tokenizer& tokenizer_;
  Utf8Stream utf8_;
  bool first_ = true;
};

}  // namespace heddle::runtime
