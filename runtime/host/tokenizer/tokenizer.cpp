#include "runtime/host/tokenizer/tokenizer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace heddle::runtime {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

json read_json(const fs::path& path, bool required) {
  std::ifstream file(path);
  if (!file) {
    if (!required && !fs::exists(path)) return json::object();
    throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
  }
  json content;
  try {
    content = json::parse(file);
  } catch (const json::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
  }
  if (!content.is_object()) throw std::runtime_error(fmt::format("{}: must be a JSON object", path.string()));
  return content;
}

json part_of(const json& object, const char* field) {
  const auto found = object.find(field);
  return found == object.end() ? json() : *found;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word(const std::string& text, std::size_t at) {
  const auto c = static_cast<unsigned char>(text[at]);
  return std::isalnum(c) != 0 || c == '_' || c >= 0x80;
}

}  // namespace

Tokenizer Tokenizer::load(const std::string& directory) {
  const fs::path root(directory);
  const json tokenizer = read_json(root / "tokenizer.json", true);
  json config = read_json(root / "config.json", false);
  const json generation = read_json(root / "generation_config.json", false);
  if (generation.contains("eos_token_id")) config["eos_token_id"] = generation["eos_token_id"];
  const json tokenizer_config = read_json(root / "tokenizer_config.json", false);
  try {
    return Tokenizer(tokenizer, config, tokenizer_config);
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", (root / "tokenizer.json").string(), error.what()));
  }
}

Tokenizer::Tokenizer(const json& tokenizer, const json& config, const json& tokenizer_config)
    : bpe_(tokenizer.contains("model") ? tokenizer["model"] : throw std::runtime_error("model: is missing")),
      normalizer_(part_of(tokenizer, "normalizer")),
      pre_tokenizer_(part_of(tokenizer, "pre_tokenizer")),
      decoder_(part_of(tokenizer, "decoder")) {
  read_added(part_of(tokenizer, "added_tokens"));
  read_post_processor(part_of(tokenizer, "post_processor"));
  // Tokenizers of the Llama kind open every text with BOS, even where no post-processor says so.
  const json bos = part_of(config, "bos_token_id");
  const json add_bos = part_of(tokenizer_config, "add_bos_token");
  const bool wanted = add_bos.is_boolean() ? add_bos.get<bool>() : bpe_.byte_fallback();
  if (!has_template_ && wanted && bos.is_number_unsigned()) before_.push_back(bos.get<std::uint32_t>());
  const json eos = part_of(config, "eos_token_id");
  for (const json& id : eos.is_array() ? eos : json::array({eos})) {
    if (id.is_number_unsigned()) eos_.push_back(id.get<std::uint32_t>());
  }
}

void Tokenizer::read_added(const json& tokens) {
  if (tokens.is_null()) return;
  for (const json& token : tokens) {
    AddedToken added{token.at("id").get<std::uint32_t>(), token.at("content").get<std::string>(),
                     token.value("special", false),       token.value("lstrip", false),
                     token.value("rstrip", false),        token.value("single_word", false)};
    if (added.content.empty()) continue;
    const bool normalized = token.value("normalized", !added.special);
    (normalized ? normalized_added_ : raw_added_).push_back(std::move(added));
  }
}

void Tokenizer::read_post_processor(const json& processor) {
  if (processor.is_null()) return;
  const std::string type = processor.value("type", "");
  if (type == "Sequence") {
    for (const json& part : processor.at("processors")) read_post_processor(part);
  } else if (type == "TemplateProcessing") {
    has_template_ = true;
    bool behind = false;
    for (const json& item : processor.at("single")) {
      if (item.contains("Sequence")) {
        behind = true;
        continue;
      }
      const std::string name = item.at("SpecialToken").at("id").get<std::string>();
      for (const json& id : processor.at("special_tokens").at(name).at("ids")) {
        (behind ? after_ : before_).push_back(id.get<std::uint32_t>());
      }
    }
  } else if (type != "ByteLevel") {
    throw std::runtime_error(fmt::format(
        "post_processor: type '{}' is not supported (Sequence, TemplateProcessing and ByteLevel are)", type));
  }
}

std::vector<Tokenizer::Part> Tokenizer::split_added(const std::vector<Part>& parts,
                                                    const std::vector<AddedToken>& tokens) {
  std::vector<Part> out;
  for (const Part& part : parts) {
    if (part.id || tokens.empty()) {
      out.push_back(part);
      continue;
    }
    const std::string& text = part.text;
    std::size_t done = 0;
    bool first = part.first;
    const auto text_until = [&](std::size_t end) {
      if (end > done) out.push_back({std::nullopt, text.substr(done, end - done), first});
    };
    for (std::size_t at = 0; at < text.size();) {
      const AddedToken* best = nullptr;  // the longest that stands here
      for (const AddedToken& token : tokens) {
        if (text.compare(at, token.content.size(), token.content) != 0) continue;
        const std::size_t end = at + token.content.size();
        if (token.single_word &&
            ((at > 0 && is_word(text, at - 1)) || (end < text.size() && is_word(text, end)))) {
          continue;
        }
        if (best == nullptr || token.content.size() > best->content.size()) best = &token;
      }
      if (best == nullptr) {
        ++at;
        continue;
      }
      std::size_t begin = at, end = at + best->content.size();
      while (best->lstrip && begin > done && is_space(text[begin - 1])) --begin;
      while (best->rstrip && end < text.size() && is_space(text[end])) ++end;
      text_until(begin);
      out.push_back({best->id, {}, false});
      first = false;
      at = done = end;
    }
    text_until(text.size());
  }
  return out;
}

std::vector<std::uint32_t> Tokenizer::encode(const std::string& text, bool add_special) const {
  if (!valid_utf8(text)) throw std::runtime_error("the text is not valid UTF-8");
  std::vector<std::uint32_t> ids;
  if (add_special) ids = before_;
  std::vector<Part> parts = split_added({{std::nullopt, text, true}}, raw_added_);
  for (Part& part : parts) {
    if (!part.id) part.text = normalizer_.apply(std::move(part.text));
  }
  for (const Part& part : split_added(parts, normalized_added_)) {
    if (part.id) {
      ids.push_back(*part.id);
      continue;
    }
    if (part.text.empty()) continue;
    for (const std::string& piece : pre_tokenizer_.cut(part.text, part.first)) bpe_.encode(piece, &ids);
  }
  if (add_special) ids.insert(ids.end(), after_.begin(), after_.end());
  return ids;
}

std::string Tokenizer::decode(const std::vector<std::uint32_t>& ids) const {
  TextStream stream(*this);
  std::string text;
  for (const std::uint32_t id : ids) text += stream.push(id);
  return text + stream.finish();
}

std::optional<std::uint32_t> Tokenizer::bos() const {
  if (before_.empty()) return std::nullopt;
  return before_.front();
}

std::uint32_t Tokenizer::size() const {
  auto size = static_cast<std::uint32_t>(bpe_.tokens().size());
  for (const auto* added : {&raw_added_, &normalized_added_}) {
    for (const AddedToken& token : *added) size = std::max(size, token.id + 1);
  }
  return size;
}

bool Tokenizer::is_special(std::uint32_t id) const {
  for (const auto* added : {&raw_added_, &normalized_added_}) {
    for (const AddedToken& token : *added) {
      if (token.id == id) return token.special;
    }
  }
  return false;
}

std::string Tokenizer::token_bytes(std::uint32_t id, bool first) const {
  for (const auto* added : {&raw_added_, &normalized_added_}) {
    for (const AddedToken& token : *added) {
      if (token.id == id) return token.content;
    }
  }
  // A model's vocabulary may be padded beyond the tokenizer's tokens: such ids stand for nothing.
  return id < bpe_.tokens().size() ? decoder_.bytes(bpe_.tokens()[id], first) : std::string();
}

std::string TextStream::push(std::uint32_t id) {
  if (tokenizer_.is_special(id)) return {};
  const std::string bytes = tokenizer_.token_bytes(id, first_);
  first_ = false;
  return utf8_.push(bytes);
}

}  // namespace heddle::runtime
