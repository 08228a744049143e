#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cmath>

#include "compiler/graph/text.hpp"

namespace heddle::graph {

namespace {

std::string quote(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

bool is_plain(const std::string& name) {
  for (const char& c : name) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool other = (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-';
    if (!letter && !other) return false;
    if (&c == name.data() && !letter) return false;
  }
  return !name.empty();
}

std::string plain_or_quoted(const std::string& name) { return is_plain(name) ? name : quote(name); }

std::string value_name(const Graph& graph, ValueId id) {
  return fmt::format("%{}", plain_or_quoted(graph.value(id).name));
}

std::string value_list(const Graph& graph, const std::vector<ValueId>& ids) {
  std::string out;
  for (const ValueId id : ids) out += (out.empty() ? "" : ", ") + value_name(graph, id);
  return out;
}

std::string print_real(double value) {
  std::string out = fmt::format("{}", value);  // the shortest form that reads back as the same number
  if (std::isfinite(value) && out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

std::string print_attribute(const Attribute& attribute) {
  if (const auto* integer = std::get_if<std::int64_t>(&attribute)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&attribute)) return print_real(*real);
  if (const auto* text = std::get_if<std::string>(&attribute)) return quote(*text);
  return fmt::format("[{}]", fmt::join(std::get<std::vector<std::int64_t>>(attribute), ", "));
}

std::string print_location(const Location& location) {
  if (location == Location{}) return "";
  return fmt::format(" loc({}, {})", quote(location.file), quote(location.name));
}

}  // namespace

std::string print_type(const Type& type) {
  std::string shape;
  for (const Dim& dim : type.shape) {
    shape += (shape.empty() ? "" : ", ") +
             (dim.symbolic() ? plain_or_quoted(dim.symbol) : std::to_string(dim.size));
  }
  return fmt::format("{}[{}]", dtype_name(type.dtype), shape);
}

std::string print_graph(const Graph& graph) {
  std::string out = fmt::format("graph {} {{\n", quote(graph.name));
  for (const Symbol& symbol : graph.symbols) {
    out +=
        fmt::format("  symbol {} {} .. {}\n", plain_or_quoted(symbol.name), symbol.minimum, symbol.maximum);
  }
  static constexpr const char* kKinds[] = {"input", "constant", "state"};
  for (const Value& value : graph.values) {
    if (value.kind == ValueKind::kResult) continue;
    out += fmt::format("  {} %{} : {}{}\n", kKinds[static_cast<int>(value.kind)], plain_or_quoted(value.name),
                       print_type(value.type), print_location(value.location));
  }
  for (const Node& node : graph.nodes) {
    out += fmt::format("  {} = {}({})", value_list(graph, node.results), op_name(node.op),
                       value_list(graph, node.operands));
    std::string attributes;
    for (const auto& [name, attribute] : node.attributes) {
      attributes +=
          (attributes.empty() ? "" : ", ") + plain_or_quoted(name) + " = " + print_attribute(attribute);
    }
    if (!attributes.empty()) out += fmt::format(" {{{}}}", attributes);
    std::string types;
    for (const ValueId id : node.results)
      types += (types.empty() ? "" : ", ") + print_type(graph.value(id).type);
    out += " : " + types;
    if (node.results.empty() || graph.value(node.results[0]).name != node.name)
      out += " name " + quote(node.name);
    out += print_location(node.location) + "\n";
  }
  if (!graph.outputs.empty()) out += fmt::format("  output {}\n", value_list(graph, graph.outputs));
  return out + "}\n";
}

}  // namespace heddle::graph
