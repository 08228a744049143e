#include <fmt/core.h>

#include <iterator>

#include "compiler/tiles/config_fields.hpp"
#include "compiler/tiles/text.hpp"
#include "isa/numerics/fp32.hpp"

namespace heddle::tiles {
namespace {

class Printer {
 public:
  explicit Printer(const Program& program) : program_(program) {}

  void block(const std::vector<Operation>& operations, int indent) {
    for (const Operation& op : operations) operation(op, indent);
  }

  void operation(const Operation& op, int indent) {
    const std::string space(static_cast<std::size_t>(indent), ' ');
    switch (op.kind) {
      case Kind::kTile:
        out_ += space + tile(op) + "\n";
        return;
      case Kind::kScalar:
        out_ += space + scalar(op) + "\n";
        return;
      case Kind::kLoop:
        out_ += fmt::format("{}loop {} {{\n", space, reg(op.rd));
        break;
      case Kind::kRepeat:
        out_ += space + "repeat {\n";
        break;
      case Kind::kIf:
        out_ += fmt::format("{}if {} {{\n", space, condition(op));
        break;
    }
    block(op.body, indent + 2);
    if (!op.otherwise.empty()) {
      out_ += space + "} else {\n";
      block(op.otherwise, indent + 2);
    }
    out_ += space + "}";
    if (op.kind == Kind::kRepeat) out_ += " while " + condition(op);
    out_ += "\n";
  }

  std::string take() { return std::move(out_); }

 private:
  std::string reg(int id) const {
    return id == 0 ? "%zero" : fmt::format("%{}", program_.registers[static_cast<std::size_t>(id - 1)].name);
  }
  std::string condition(const Operation& op) const {
    // "branch_lt" -> "lt"
    return fmt::format("{} {}, {}", opcode_name(op.opcode) + 7, reg(op.ra), reg(op.rb));
  }
  static std::string semaphores(std::uint16_t mask) {
    std::string text;
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if ((mask >> s & 1) == 0) continue;
      const char* name = semaphore_name(s);
      if (!text.empty()) text += ',';
      text += name ? std::string(name) : std::to_string(s);
    }
    return text;
  }

  std::string value(const FieldSetting& setting) const {
    const FieldType type = field_info(setting.field).type;
    const Value& v = setting.value;
    if (type == FieldType::kFloat) {
      return fmt::format("{}", isa::float_of(static_cast<std::uint32_t>(v.constant)));
    }
    if (v.region < 0 && v.reg == 0) {
      if (const char* word = field_word(type, v.constant)) return word;
      return std::to_string(v.constant);
    }
    std::string text;
    const auto part = [&](const std::string& piece) {
      if (!text.empty()) text += '+';
      text += piece;
    };
    if (v.region >= 0) part(program_.regions[static_cast<std::size_t>(v.region)].name);
    if (v.constant != 0) part(std::to_string(v.constant));
    if (v.reg != 0) part(reg(v.reg));
    return text;
  }

  std::string tile(const Operation& op) const {
    std::string text = fmt::format("{} @{}", opcode_name(op.opcode), op.tag);
    if (op.wait != 0) text += " wait " + semaphores(op.wait);
    if (op.signal != 0) text += " signal " + semaphores(op.signal);
    text += ":";
    for (const FieldSetting& setting : op.fields) {
      text += fmt::format(" {}={}", field_info(setting.field).name, value(setting));
    }
    return text;
  }

  std::string scalar(const Operation& op) const {
    const char* name = opcode_name(op.opcode);
    switch (op.opcode) {
      case isa::kOpHalt:
      case isa::kOpFence:
        return name;
      case isa::kOpWait:
        return fmt::format("{} {}", name, semaphores(op.wait));
      case isa::kOpSignal:
        return fmt::format("{} {}", name, semaphores(op.signal));
      default:
        break;
    }
    std::string last = reg(op.rb);
    if (op.has_immediate) {
      last = std::to_string(op.immediate);
      if (op.segment >= 0) last = fmt::format("&{}+{}", op.segment, op.immediate);
    }
    return fmt::format("{} {}, {}, {}", name, reg(op.rd), reg(op.ra), last);
  }

  const Program& program_;
  std::string out_;
};

}  // namespace

std::string print(const Program& program, const Operation& operation) {
  Printer printer(program);
  printer.operation(operation, 0);
  std::string text = printer.take();
  if (!text.empty()) text.pop_back();
  return text;
}

std::string print(const Module& module) {
  std::string out = "tiles 1\nconfig";
  for (const ConfigField& field : kConfigFields) {
    out += fmt::format(" {}={}", field.name, module.config.*field.member);
  }
  out += fmt::format(" memory_bytes={}\n", module.config.memory_bytes);
  for (std::size_t i = 0; i < module.operations.size(); ++i) {
    out += fmt::format("operation @{} \"{}\"\n", i, module.operations[i]);
  }
  for (std::size_t i = 0; i < module.segments.size(); ++i) {
    const Segment& segment = module.segments[i];
    out += fmt::format("segment &{} {} {} {}\n", i, segment.name, segment.state ? "state" : "constant",
                       segment.bytes);
  }
  for (const Program& program : module.programs) {
    out += fmt::format("program {} {{\n", program.name);
    for (const Register& reg : program.registers) {
      out += fmt::format("  register %{} s{} {} {}\n", reg.name, reg.index, reg.minimum, reg.maximum);
    }
    for (const Region& region : program.regions) {
      out += fmt::format("  region {} {} {} {}\n", region.name, memory_name(region.memory), region.base,
                         region.size);
    }
    Printer printer(program);
    printer.block(program.body, 2);
    out += printer.take() + "}\n";
  }
  return out;
}

}  // namespace heddle::tiles
