// Byte-pair encoding of one piece of text with a fixed vocabulary and a ranked list of merges.
#pragma once
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace heddle::runtime {

class Bpe {
 public:
  /// `model` is the "model" object of a tokenizer.json. Throws std::runtime_error naming the field.
  explicit Bpe(const nlohmann::json& model);

  /// Appends the ids of a piece. Throws when a character is neither in the vocabulary, nor can be spelled in
  /// bytes, nor has an unknown token to stand for it.
  void encode(std::string_view piece, std::vector<std::uint32_t>* ids) const;

  std::optional<std::uint32_t> find(const std::string& token) const;
  /// Tokens by id; empty strings where the vocabulary has no such id.
  const std::vector<std::string>& tokens() const { return tokens_; }
  /// Characters outside the vocabulary become tokens <0x00> to <0xFF> (the Llama family).
  bool byte_fallback() const { return byte_fallback_; }

 private:
  struct Merge {
    std::uint32_t rank, id;
  };
  void read_merges(const nlohmann::json& merges);
  void merge(std::vector<std::uint32_t>* symbols) const;

  std::vector<std::string> tokens_;
  std::unordered_map<std::string, std::uint32_t> ids_;
  std::unordered_map<std::uint64_t, Merge> merges_;  // key: left id << 32 | right id
  std::vector<std::uint32_t> byte_ids_;              // of <0x00>..<0xFF>, or empty
  std::optional<std::uint32_t> unknown_;
  bool byte_fallback_ = false, fuse_unknown_ = false, ignore_merges_ = false;
};

}  // namespace heddle::runtime
