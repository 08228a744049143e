#include <fmt/core.h>

#include <set>
#include <stdexcept>

#include "tests/support/tiny_models.hpp"

namespace heddle::test {

namespace {

std::string utf8(unsigned code) {
  if (code < 0x80) return std::string(1, static_cast<char>(code));
  return {static_cast<char>(0xC0 | (code >> 6)), static_cast<char>(0x80 | (code & 0x3F))};
}

/// GPT-2's letters for bytes: printable ones stand for themselves, the others follow from U+0100.
std::vector<std::string> byte_letters() {
  std::vector<std::string> letters(256);
  unsigned other = 0x100;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
    letters[byte] = printable ? utf8(byte) : utf8(other++);
  }
  return letters;
}

class Vocabulary {
 public:
  explicit Vocabulary(int most) : most_(most) {}
  bool full() const { return static_cast<int>(ids_.size()) >= most_; }
  void add(const std::string& token) {
    if (!full() && ids_.emplace(token, ids_.size()).second) order_.push_back(token);
  }
  /// Merges of `letters` until the vocabulary is full: first pairs of what there is, in a fixed order.
  void merge(const std::vector<std::string>& letters) {
    std::vector<std::string> parts = letters;
    for (std::size_t end = 1; !full(); ++end) {
      if (end >= parts.size())
        throw std::runtime_error("no letters to fill the vocabulary of a tiny model with");
      for (std::size_t i = 0; i < end && !full(); ++i) {
        for (const auto& [a, b] : {std::pair(parts[i], parts[end]), std::pair(parts[end], parts[i])}) {
          if (full() || ids_.count(a) == 0 || ids_.count(b) == 0 || ids_.count(a + b) != 0) continue;
          add(a + b);
          merges_.push_back({a, b});
          parts.push_back(a + b);
        }
      }
    }
  }
  nlohmann::json ids() const { return ids_; }
  nlohmann::json merges() const { return merges_; }
  const std::string& token(std::size_t id) const { return order_.at(id); }

 private:
  int most_;
  std::map<std::string, std::size_t> ids_;
  std::vector<std::string> order_;
  std::vector<std::vector<std::string>> merges_;
};

nlohmann::json special(int id, const std::string& content) {
  return {{"id", id},        {"content", content},  {"single_word", false}, {"lstrip", false},
          {"rstrip", false}, {"normalized", false}, {"special", true}};
}

const std::string kCommon = "etaoinshrdlucmfwypvbgk.,'!?\"TASHWIBjxqz";

nlohmann::json byte_level_tokenizer(int vocab) {
  const std::vector<std::string> letters = byte_letters();
  std::vector<std::string> common = {letters[' ']};
  for (const char c : kCommon) common.push_back(letters[static_cast<unsigned char>(c)]);
  Vocabulary vocabulary(vocab - 1);
  for (const std::string& letter : common) vocabulary.add(letter);
  for (const std::string& letter : letters) vocabulary.add(letter);
  vocabulary.merge(common);
  const nlohmann::json level = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", nlohmann::json::array({special(vocab - 1, "<|endoftext|>")})},
          {"normalizer", nullptr},
          {"pre_tokenizer", level},
          {"post_processor", nullptr},
          {"decoder", level},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", nullptr},
            {"continuing_subword_prefix", ""},
            {"end_of_word_suffix", ""},
            {"fuse_unk", false},
            {"byte_fallback", false},
            {"vocab", vocabulary.ids()},
            {"merges", vocabulary.merges()}}}};
}

nlohmann::json byte_fallback_tokenizer(int vocab) {
  const std::string space = "\xE2\x96\x81";  // U+2581
  std::vector<std::string> common = {space};
  for (const char c : kCommon) common.emplace_back(1, c);
  Vocabulary vocabulary(vocab);
  for (const char* token : {"<unk>", "<s>", "</s>"}) vocabulary.add(token);
  for (int byte = 0; byte < 256; ++byte) vocabulary.add(fmt::format("<0x{:02X}>", byte));
  for (const std::string& letter : common) vocabulary.add(letter);
  if (!vocabulary.full()) vocabulary.merge(common);
  const nlohmann::json replace = {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", space}};
  const nlohmann::json restore = {{"type", "Replace"}, {"pattern", {{"String", space}}}, {"content", " "}};
  const nlohmann::json prepend = {{"type", "Prepend"}, {"prepend", space}};
  const nlohmann::json strip = {{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}};
  nlohmann::json decoders = nlohmann::json::array();
  decoders.push_back(restore);
  decoders.push_back(nlohmann::json::object({{"type", "ByteFallback"}}));
  decoders.push_back(nlohmann::json::object({{"type", "Fuse"}}));
  decoders.push_back(strip);
  nlohmann::json added = nlohmann::json::array();
  for (int id = 0; id < 3 && id < vocab; ++id)
    added.push_back(special(id, vocabulary.token(static_cast<std::size_t>(id))));
  return {{"version", "1.0"},
          {"truncation", nullptr},
          {"padding", nullptr},
          {"added_tokens", added},
          {"normalizer", {{"type", "Sequence"}, {"normalizers", nlohmann::json::array({prepend, replace})}}},
          {"pre_tokenizer", nullptr},
          {"post_processor", nullptr},
          {"decoder", {{"type", "Sequence"}, {"decoders", decoders}}},
          {"model",
           {{"type", "BPE"},
            {"dropout", nullptr},
            {"unk_token", "<unk>"},
            {"continuing_subword_prefix", nullptr},
            {"end_of_word_suffix", nullptr},
            {"fuse_unk", true},
            {"byte_fallback", true},
            {"vocab", vocabulary.ids()},
            {"merges", vocabulary.merges()}}}};
}

}  // namespace

nlohmann::json tiny_tokenizer(int vocab, bool byte_level) {
  return byte_level ? byte_level_tokenizer(vocab) : byte_fallback_tokenizer(vocab);
}

}  // namespace heddle::test
