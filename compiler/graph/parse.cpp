#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <unordered_map>

#include "compiler/graph/text.hpp"

namespace heddle::graph {

namespace {

/// A recursive-descent parser over the characters; the grammar stands in text.hpp.
class Parser {
 public:
  Parser(const std::string& text, const std::string& source) : text_(text), source_(source) {}

  Graph parse() {
    expect_word("graph");
    graph_.name = quoted();
    expect("{");
    while (!accept("}")) statement();
    skip();
    if (at_ < text_.size()) fail("the end of the text");
    return std::move(graph_);
  }

 private:
  [[noreturn]] void fail(const std::string& expected) const {
    int line = 1;
    for (std::size_t i = 0; i < at_ && i < text_.size(); ++i) line += text_[i] == '\n';
    std::string found = text_.substr(std::min(at_, text_.size()), 20);
    found = found.substr(0, found.find('\n'));
    throw std::runtime_error(fmt::format("{}:{}: expected {}, found \"{}\"", source_, line, expected, found));
  }

  void skip() {
    while (at_ < text_.size()) {
      if (text_[at_] == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (std::strchr(" \t\r\n", text_[at_]) != nullptr && text_[at_] != '\0') {
        ++at_;
      } else {
        return;
      }
    }
  }

  bool accept(const char* token) {
    skip();
    const std::size_t length = std::strlen(token);
    if (text_.compare(at_, length, token) != 0) return false;
    at_ += length;
    return true;
  }

  void expect(const char* token) {
    if (!accept(token)) fail(fmt::format("'{}'", token));
  }

  static bool is_word(char c, bool first) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_') return true;
    return !first && ((c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-');
  }

  char peek() {
    skip();
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  std::string word(const char* what) {
    skip();
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end], end == at_)) ++end;
    if (end == at_) fail(what);
    std::string out = text_.substr(at_, end - at_);
    at_ = end;
    return out;
  }

  bool accept_word(const char* expected) {
    if (!is_word(peek(), true)) return false;
    const std::size_t start = at_;
    if (word("a word") == expected) return true;
    at_ = start;
    return false;
  }

  void expect_word(const char* expected) {
    if (!accept_word(expected)) fail(fmt::format("'{}'", expected));
  }

  std::string quoted() {
    if (!accept("\"")) fail("a string in quotes");
    std::string out;
    for (; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] != '\\') {
        out += text_[at_];
        continue;
      }
      ++at_;
      const char escape = at_ < text_.size() ? text_[at_] : '\0';
      if (escape == 'x' && at_ + 2 < text_.size() &&
          std::isxdigit(static_cast<unsigned char>(text_[at_ + 1])) != 0 &&
          std::isxdigit(static_cast<unsigned char>(text_[at_ + 2])) != 0) {
        out += static_cast<char>(std::stoi(text_.substr(at_ + 1, 2), nullptr, 16));
        at_ += 2;
      } else if (escape == '"' || escape == '\\') {
        out += escape;
      } else {
        fail("\\\", \\\\ or \\xHH");
      }
    }
    if (at_ >= text_.size()) fail("the closing quote");
    ++at_;
    return out;
  }

  std::string name(const char* what) { return peek() == '"' ? quoted() : word(what); }

  /// An integer, or where `real` allows it a number with point or exponent.
  Attribute number(bool real) {
    skip();
    std::size_t end = at_;
    while (end < text_.size() && std::strchr("+-.eE0123456789infa", text_[end]) != nullptr &&
           text_[end] != '\0') {
      // "1 .. 512": two points end a number.
      if (text_.compare(end, 2, "..") == 0) break;
      ++end;
    }
    const std::string digits = text_.substr(at_, end - at_);
    char* stop = nullptr;
    errno = 0;
    if (!digits.empty() && digits.find_first_not_of("+-0123456789") == std::string::npos) {
      const long long value = std::strtoll(digits.c_str(), &stop, 10);
      if (*stop != '\0' || errno != 0) fail("an integer of 64 bits");
      at_ = end;
      return static_cast<std::int64_t>(value);
    }
    if (!real) fail("an integer");
    const double value = std::strtod(digits.c_str(), &stop);
    if (digits.empty() || *stop != '\0') fail("a number");
    at_ = end;
    return value;
  }

  std::int64_t integer() { return std::get<std::int64_t>(number(false)); }

  Type type() {
    Type out;
    const std::size_t start = at_;
    const std::string dtype = word("a type");
    int index = 0;
    while (index < kDTypes && dtype != dtype_name(static_cast<DType>(index))) ++index;
    if (index == kDTypes) {
      at_ = start;
      skip();
      fail("a type (f32, f16, bf16, i8, i32, i64, u32, bool)");
    }
    out.dtype = static_cast<DType>(index);
    expect("[");
    if (accept("]")) return out;
    do {
      if (peek() >= '0' && peek() <= '9') {
        out.shape.emplace_back(integer());
      } else {
        out.shape.emplace_back(name("an extent"));
      }
    } while (accept(","));
    expect("]");
    return out;
  }

  Location location() {
    Location out;
    if (!accept_word("loc")) return out;
    expect("(");
    out.file = quoted();
    expect(",");
    out.name = quoted();
    expect(")");
    return out;
  }

  std::string new_value_name() {
    expect("%");
    std::string out = name("a value's name");
    if (ids_.count(out) != 0) throw std::runtime_error(fmt::format("{}: %{} is defined twice", source_, out));
    return out;
  }

  ValueId use() {
    expect("%");
    const std::size_t start = at_;
    const auto found = ids_.find(name("a value's name"));
    if (found == ids_.end()) {
      at_ = start;
      fail("a value that is defined above");
    }
    return found->second;
  }

  ValueId define(std::string name, ValueKind kind, Type type, Location location = {}) {
    const ValueId id = graph_.add_value(name, kind, std::move(type), std::move(location));
    ids_.emplace(std::move(name), id);
    return id;
  }

  void declaration(ValueKind kind) {
    std::string name = new_value_name();
    expect(":");
    Type declared = type();
    define(std::move(name), kind, std::move(declared), location());
  }

  Attribute attribute() {
    if (peek() == '"') return quoted();
    if (!accept("[")) return number(true);
    std::vector<std::int64_t> list;
    if (accept("]")) return list;
    do {
      list.push_back(integer());
    } while (accept(","));
    expect("]");
    return list;
  }

  Op op() {
    const std::size_t start = at_;
    const std::string found = word("an operation");
    for (int i = 0; i < kOps; ++i) {
      if (found == op_name(static_cast<Op>(i))) return static_cast<Op>(i);
    }
    at_ = start;
    skip();
    fail("an operation");
  }

  void node() {
    Node node;
    std::vector<std::string> results;
    do {
      results.push_back(new_value_name());
    } while (accept(","));
    expect("=");
    node.op = op();
    expect("(");
    if (!accept(")")) {
      do {
        node.operands.push_back(use());
      } while (accept(","));
      expect(")");
    }
    if (accept("{")) {
      do {
        std::string key = name("an attribute's name");
        expect("=");
        if (!node.attributes.emplace(key, attribute()).second) fail("no second attribute " + key);
      } while (accept(","));
      expect("}");
    }
    expect(":");
    for (std::size_t i = 0; i < results.size(); ++i) {
      if (i > 0) expect(",");
      if (ids_.count(results[i]) != 0) fail("results of different names");
      node.results.push_back(define(results[i], ValueKind::kResult, type()));
      graph_.values.back().producer = static_cast<NodeId>(graph_.nodes.size());
    }
    node.name = accept_word("name") ? quoted() : results[0];
    node.location = location();
    graph_.nodes.push_back(std::move(node));
  }

  void statement() {
    if (peek() == '%') return node();
    if (accept_word("symbol")) {
      Symbol symbol;
      symbol.name = name("a symbol's name");
      symbol.minimum = integer();
      expect("..");
      symbol.maximum = integer();
      graph_.symbols.push_back(std::move(symbol));
    } else if (accept_word("input")) {
      declaration(ValueKind::kInput);
    } else if (accept_word("constant")) {
      declaration(ValueKind::kConstant);
    } else if (accept_word("state")) {
      declaration(ValueKind::kState);
    } else if (accept_word("output")) {
      do {
        graph_.outputs.push_back(use());
      } while (accept(","));
    } else {
      fail("symbol, input, constant, state, output, a node or '}'");
    }
  }

  const std::string& text_;
  const std::string& source_;
  std::size_t at_ = 0;
  Graph graph_;
  std::unordered_map<std::string, ValueId> ids_;
};

}  // namespace

Graph parse_graph(const std::string& text, const std::string& source) { return Parser(text, source).parse(); }

}  // namespace heddle::graph
