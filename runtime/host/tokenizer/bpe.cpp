#include "runtime/host/tokenizer/bpe.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <queue>
#include <stdexcept>

#include "runtime/host/tokenizer/utf8.hpp"

namespace heddle::runtime {
namespace {

using nlohmann::json;

constexpr std::uint32_t kMaxId = 1u << 24;  // far above every vocabulary; a larger id is a damaged file

bool flag(const json& model, const char* field) {
  const auto found = model.find(field);
  return found != model.end() && found->is_boolean() && found->get<bool>();
}

void require_absent(const json& model, const char* field) {
  const auto found = model.find(field);
  if (found == model.end() || found->is_null() || *found == "" || *found == 0.0) return;
  throw std::runtime_error(fmt::format("model.{}: {} is not supported", field, found->dump()));
}

std::uint64_t pair_key(std::uint32_t left, std::uint32_t right) {
  return (static_cast<std::uint64_t>(left) << 32) | right;
}

}  // namespace

Bpe::Bpe(const json& model) {
  const std::string type = model.value("type", model.contains("merges") ? "BPE" : "none");
  if (type != "BPE") {
    throw std::runtime_error(fmt::format("model.type: '{}' is not supported, only BPE is", type));
  }
  for (const char* field : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
    require_absent(model, field);
  }
  byte_fallback_ = flag(model, "byte_fallback");
  fuse_unknown_ = flag(model, "fuse_unk");
  ignore_merges_ = flag(model, "ignore_merges");
  const auto vocab = model.find("vocab");
  if (vocab == model.end() || !vocab->is_object() || vocab->empty()) {
    throw std::runtime_error("model.vocab: must be an object of tokens and ids");
  }
  for (const auto& [token, id] : vocab->items()) {
    if (!id.is_number_unsigned() || id.get<std::uint64_t>() >= kMaxId) {
      throw std::runtime_error(fmt::format("model.vocab: the id of '{}' is {}", token, id.dump()));
    }
    const std::uint32_t number = id.get<std::uint32_t>();
    if (number >= tokens_.size()) tokens_.resize(number + 1);
    tokens_[number] = token;
    ids_[token] = number;
  }
  if (const auto unknown = model.find("unk_token"); unknown != model.end() && unknown->is_string()) {
    unknown_ = find(unknown->get<std::string>());
    if (!unknown_) throw std::runtime_error("model.unk_token: is not in the vocabulary");
  }
  if (byte_fallback_) {
    for (int byte = 0; byte < 256; ++byte) {
      const auto id = find(fmt::format("<0x{:02X}>", byte));
      if (!id)
        throw std::runtime_error(fmt::format("model.byte_fallback: the vocabulary lacks <0x{:02X}>", byte));
      byte_ids_.push_back(*id);
    }
  }
  const auto merges = model.find("merges");
  if (merges == model.end() || !merges->is_array()) throw std::runtime_error("model.merges: must be a list");
  read_merges(*merges);
}

void Bpe::read_merges(const json& merges) {
  std::uint32_t rank = 0;
  for (const json& entry : merges) {
    std::string left, right;
    if (entry.is_string()) {
      const auto& text = entry.get_ref<const std::string&>();
      const std::size_t space = text.find(' ');
      if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
        left = text.substr(0, space);
        right = text.substr(space + 1);
      }
    } else if (entry.is_array() && entry.size() == 2 && entry[0].is_string() && entry[1].is_string()) {
      left = entry[0].get<std::string>();
      right = entry[1].get<std::string>();
    }
    const auto a = find(left), b = find(right), joined = find(left + right);
    if (!a || !b || !joined) {
      throw std::runtime_error(fmt::format(
          "model.merges[{}]: {} is not a pair of tokens that join to a token", rank, entry.dump()));
    }
    merges_.emplace(pair_key(*a, *b), Merge{rank, *joined});
    ++rank;
  }
}

std::optional<std::uint32_t> Bpe::find(const std::string& token) const {
  const auto found = ids_.find(token);
  if (found == ids_.end()) return std::nullopt;
  return found->second;
}

void Bpe::encode(std::string_view piece, std::vector<std::uint32_t>* ids) const {
  if (ignore_merges_) {
    if (const auto whole = find(std::string(piece))) {
      ids->push_back(*whole);
      return;
    }
  }
  std::vector<std::uint32_t> symbols;
  bool after_unknown = false;
  for (std::size_t at = 0; at < piece.size();) {
    const auto length = static_cast<std::size_t>(utf8_length(piece, at));
    const std::string character(piece.substr(at, length));
    at += length;
    bool unknown = false;
    if (const auto id = find(character)) {
      symbols.push_back(*id);
    } else if (byte_fallback_) {
      for (const char byte : character) symbols.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
    } else if (unknown_) {
      unknown = true;
      if (!(after_unknown && fuse_unknown_)) symbols.push_back(*unknown_);
    } else {
      throw std::runtime_error(fmt::format("the tokenizer has no token for '{}'", character));
    }
    after_unknown = unknown;
  }
  merge(&symbols);
  ids->insert(ids->end(), symbols.begin(), symbols.end());
}

// Always the merge of lowest rank, the leftmost of equals. A heap of candidates over a linked list: a piece
// may be a whole file, since byte-fallback tokenizers do not cut their text.
void Bpe::merge(std::vector<std::uint32_t>* symbols) const {
  struct Node {
    std::uint32_t id;
    std::int64_t previous, next;
    bool alive;
  };
  struct Candidate {
    std::uint32_t rank;
    std::int64_t left;
    std::uint32_t left_id, right_id, id;
    bool operator>(const Candidate& other) const {
      return rank != other.rank ? rank > other.rank : left > other.left;
    }
  };
  const auto count = static_cast<std::int64_t>(symbols->size());
  std::vector<Node> nodes(symbols->size());
  for (std::int64_t i = 0; i < count; ++i)
    nodes[i] = {(*symbols)[i], i - 1, i + 1 < count ? i + 1 : -1, true};
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> heap;
  const auto consider = [&](std::int64_t left) {
    if (left < 0 || nodes[left].next < 0) return;
    const std::uint32_t a = nodes[left].id, b = nodes[nodes[left].next].id;
    const auto found = merges_.find(pair_key(a, b));
    if (found != merges_.end()) heap.push({found->second.rank, left, a, b, found->second.id});
  };
  for (std::int64_t i = 0; i < count; ++i) consider(i);
  while (!heap.empty()) {
    const Candidate best = heap.top();
    heap.pop();
    Node& left = nodes[best.left];
    if (!left.alive || left.id != best.left_id || left.next < 0 || nodes[left.next].id != best.right_id)
      continue;
    Node& right = nodes[left.next];
    right.alive = false;
    left.id = best.id;
    left.next = right.next;
    if (left.next >= 0) nodes[left.next].previous = best.left;
    consider(left.previous);
    consider(best.left);
  }
  symbols->clear();
  for (std::int64_t i = count > 0 ? 0 : -1; i >= 0; i = nodes[i].next) symbols->push_back(nodes[i].id);
}

}  // namespace heddle::runtime
