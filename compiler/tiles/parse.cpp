#include <fmt/core.h>

#include <charconv>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <vector>

#include "compiler/tiles/config_fields.hpp"
#include "compiler/tiles/text.hpp"
#include "compiler/tiles/verify.hpp"
#include "isa/numerics/fp32.hpp"

namespace heddle::tiles {
namespace {

/// Words of a line: separated by spaces and commas; quoted text is one word.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false, any = false;
  for (const char c : line) {
    if (c == '"') {
      quoted = !quoted;
      any = true;
    } else if (!quoted && (c == ' ' || c == '\t' || c == '\r')) {
      if (any) words.push_back(word);
      word.clear();
      any = false;
    } else {
      word += c;
      any = true;
    }
  }
  if (any) words.push_back(word);
  return words;
}

class Parser {
 public:
  Parser(const std::string& text, std::string source) : source_(std::move(source)) {
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t end = std::min(text.find('\n', at), text.size());
      lines_.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }

  Module module() {
    if (next() != std::vector<std::string>{"tiles", "1"}) fail("\"tiles 1\" is expected");
    while (more()) {
      const std::vector<std::string> words = next();
      const std::string& head = words[0];
      if (head == "config") {
        config(words);
      } else if (head == "operation" && words.size() == 3) {
        module_.operations.push_back(words[2]);
      } else if (head == "segment" && words.size() == 5) {
        module_.segments.push_back(
            {words[2], static_cast<std::uint64_t>(number(words[4])), words[3] == "state"});
      } else if (head == "program" && words.size() == 3 && words[2] == "{") {
        program(words[1]);
      } else {
        fail(fmt::format("unexpected \"{}\"", head));
      }
    }
    return std::move(module_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(fmt::format("{}:{}: {}", source_, line_, what));
  }

  /// Whether a line with words follows; skips empty ones and comments.
  bool more() {
    while (line_ < lines_.size()) {
      const std::size_t first = lines_[line_].find_first_not_of(" \t\r");
      if (first != std::string::npos && lines_[line_][first] != '#') return true;
      ++line_;
    }
    return false;
  }
  std::vector<std::string> next() {
    if (!more()) fail("the text ends too early");
    return split(lines_[line_++]);
  }

  std::int64_t number(const std::string& text) const {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || text.empty()) {
      fail(fmt::format("\"{}\" is no integer", text));
    }
    return value;
  }

  void config(const std::vector<std::string>& words) {
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::size_t equals = words[i].find('=');
      if (equals == std::string::npos) fail(fmt::format("\"{}\" is no name=value", words[i]));
      const std::string name = words[i].substr(0, equals);
      const std::int64_t value = number(words[i].substr(equals + 1));
      bool found = name == "memory_bytes";
      if (found) module_.config.memory_bytes = static_cast<std::uint64_t>(value);
      for (const ConfigField& field : kConfigFields) {
        if (name != field.name) continue;
        module_.config.*field.member = static_cast<std::uint32_t>(value);
        found = true;
      }
      if (!found) fail(fmt::format("a configuration has no \"{}\"", name));
    }
    const char* field = nullptr;
    if (const char* problem = isa::check_config(module_.config, &field)) {
      fail(fmt::format("configuration: {} {}", field, problem));
    }
  }

  void program(const std::string& name) {
    module_.programs.emplace_back();
    program_ = &module_.programs.back();
    program_->name = name;
    registers_.clear();
    regions_.clear();
    while (more()) {
      const std::size_t start = line_;
      const std::vector<std::string> words = next();
      if (words[0] == "register" && words.size() == 5 && words[2][0] == 's') {
        program_->registers.push_back({words[1].substr(1), static_cast<int>(number(words[2].substr(1))),
                                       number(words[3]), number(words[4])});
        registers_[words[1]] = static_cast<int>(program_->registers.size());
      } else if (words[0] == "region" && words.size() == 5) {
        int memory = 0;
        while (memory < kMemories && words[2] != memory_name(static_cast<Memory>(memory))) ++memory;
        if (memory == kMemories) fail(fmt::format("there is no memory \"{}\"", words[2]));
        program_->regions.push_back({words[1], static_cast<Memory>(memory),
                                     static_cast<std::uint32_t>(number(words[3])),
                                     static_cast<std::uint32_t>(number(words[4]))});
        regions_[words[1]] = static_cast<int>(program_->regions.size()) - 1;
      } else {
        line_ = start;
        break;
      }
    }
    block(&program_->body);
  }

  int reg(std::string name) const {
    if (!name.empty() && name.back() == ',') name.pop_back();
    if (name == "%zero") return 0;
    const auto found = registers_.find(name);
    if (found == registers_.end()) fail(fmt::format("there is no register {}", name));
    return found->second;
  }

  std::uint16_t semaphores(const std::string& list) const {
    std::uint16_t mask = 0;
    std::size_t at = 0;
    while (at <= list.size()) {
      const std::size_t end = std::min(list.find(',', at), list.size());
      const std::string name = list.substr(at, end - at);
      int s = 0;
      while (s < kNamedSemaphores && name != semaphore_name(s)) ++s;
      if (s == kNamedSemaphores) {
        s = static_cast<int>(number(name));
        if (s < 0 || s >= isa::kSemaphores) fail(fmt::format("there is no semaphore {}", name));
      }
      mask |= bit(s);
      at = end + 1;
    }
    return mask;
  }

  void condition(Operation& op, const std::vector<std::string>& words, std::size_t at) {
    if (words.size() < at + 3) fail("a condition is: eq, ne, lt or ge and two registers");
    op.opcode = opcode_of_name("branch_" + words[at]);
    if (op.opcode < 0) fail(fmt::format("\"{}\" is no condition", words[at]));
    op.ra = reg(words[at + 1]);
    op.rb = reg(words[at + 2]);
  }

  /// Operations up to the line that begins with a closing brace; returns its words.
  std::vector<std::string> block(std::vector<Operation>* out) {
    for (;;) {
      const std::vector<std::string> words = next();
      if (words[0] == "}") return words;
      Operation op;
      if (words[0] == "loop" && words.size() == 3 && words[2] == "{") {
        op.kind = Kind::kLoop;
        op.opcode = isa::kOpLoop;
        op.rd = reg(words[1]);
        block(&op.body);
      } else if (words[0] == "repeat") {
        op.kind = Kind::kRepeat;
        const std::vector<std::string> end = block(&op.body);
        if (end.size() != 5 || end[1] != "while") fail("\"} while condition\" is expected");
        condition(op, end, 2);
      } else if (words[0] == "if") {
        op.kind = Kind::kIf;
        condition(op, words, 1);
        const std::vector<std::string> end = block(&op.body);
        if (end.size() == 3 && end[1] == "else") block(&op.otherwise);
      } else {
        instruction(op, words);
      }
      out->push_back(std::move(op));
    }
  }

  void instruction(Operation& op, const std::vector<std::string>& words) {
    op.opcode = opcode_of_name(words[0]);
    if (op.opcode < 0) fail(fmt::format("there is no operation \"{}\"", words[0]));
    if (isa::is_tile_opcode(op.opcode)) {
      tile(op, words);
      return;
    }
    op.kind = Kind::kScalar;
    if (op.opcode == isa::kOpHalt || op.opcode == isa::kOpFence) return;
    if (op.opcode == isa::kOpWait || op.opcode == isa::kOpSignal) {
      if (words.size() != 2) fail("names of semaphores are expected");
      (op.opcode == isa::kOpWait ? op.wait : op.signal) = semaphores(words[1]);
      return;
    }
    if (words.size() != 4) fail("two registers and a register or number are expected");
    op.rd = reg(words[1]);
    op.ra = reg(words[2]);
    const std::string& last = words[3];
    if (last[0] == '%') {
      op.rb = reg(last);
      return;
    }
    op.has_immediate = true;
    if (last[0] != '&') {
      op.immediate = number(last);
      return;
    }
    const std::size_t plus = last.find('+');
    if (plus == std::string::npos) fail("a segment is: &index+offset");
    op.segment = static_cast<int>(number(last.substr(1, plus - 1)));
    op.immediate = number(last.substr(plus + 1));
  }

  void tile(Operation& op, std::vector<std::string> words) {
    std::size_t at = 1;
    const auto is_end = [&] { return at > 0 && words[at - 1].back() == ':'; };
    const auto word = [&]() -> std::string {
      if (at >= words.size()) fail("the instruction ends too early");
      std::string text = words[at++];
      if (text.back() == ':') text.pop_back();
      return text;
    };
    const std::string tag = word();
    if (tag[0] != '@') fail("a tag is expected: @number");
    op.tag = static_cast<int>(number(tag.substr(1)));
    while (!is_end()) {
      const std::string role = word(), list = word();
      if (role == "wait") {
        op.wait = semaphores(list);
      } else if (role == "signal") {
        op.signal = semaphores(list);
      } else {
        fail(fmt::format("\"{}\" stands where wait, signal or a colon is expected", role));
      }
    }
    for (; at < words.size(); ++at) {
      const std::size_t equals = words[at].find('=');
      if (equals == std::string::npos) fail(fmt::format("\"{}\" is no field=value", words[at]));
      const Field field = find_field(op.opcode, words[at].substr(0, equals));
      if (field == Field::kCount) {
        fail(fmt::format("{} has no field \"{}\"", words[0], words[at].substr(0, equals)));
      }
      op.set(field, value(field, words[at].substr(equals + 1)));
    }
  }

  Value value(Field field, const std::string& text) const {
    const FieldType type = field_info(field).type;
    if (type == FieldType::kFloat) {
      char* end = nullptr;
      const float parsed = std::strtof(text.c_str(), &end);
      if (end != text.c_str() + text.size()) fail(fmt::format("\"{}\" is no number", text));
      return Value(isa::bits_of(parsed));
    }
    const std::int64_t word = field_value_of_word(type, text);
    if (word >= 0) return Value(word);
    Value out;
    std::size_t at = 0;
    while (at <= text.size()) {
      const std::size_t end = std::min(text.find('+', at), text.size());
      const std::string part = text.substr(at, end - at);
      const auto region = regions_.find(part);
      if (!part.empty() && part[0] == '%') {
        out.reg = reg(part);
      } else if (region != regions_.end()) {
        out.region = region->second;
      } else {
        out.constant = number(part);
      }
      at = end + 1;
    }
    return out;
  }

  std::string source_;
  std::vector<std::string> lines_;
  std::size_t line_ = 0;  // of the next line; its number is that of the line just read
  Module module_;
  Program* program_ = nullptr;
  std::map<std::string, int> registers_, regions_;
};

}  // namespace

Module parse(const std::string& text, const std::string& source) {
  Module module = Parser(text, source).module();
  verify(module);
  return module;
}

}  // namespace heddle::tiles
