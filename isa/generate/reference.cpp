#include <fmt/format.h>

#include <fstream>
#include <stdexcept>

#include "isa/counters.hpp"
#include "isa/generate/constants.hpp"
#include "isa/generate/writers.hpp"
#include "isa/version.hpp"

namespace heddle::isa::generate {
namespace {

// A header as a page: its comments, kept as written since they hold aligned formulas, and the declarations
// between them.
std::string header_section(const std::string& path, const std::string& title) {
  std::ifstream in(path);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  std::string out = fmt::format("\n## {}\n\n```cpp\n", title);
  bool blank = true;
  for (std::string line; std::getline(in, line);) {
    const bool noise = line.starts_with("#include") || line.starts_with("#pragma") || line.starts_with("namespace") ||
                       line.starts_with("}  // namespace");
    if (noise || (line.empty() && blank)) continue;
    blank = line.empty();
    out += line + "\n";
  }
  return out + "```\n";
}

}  // namespace

std::string reference_page(const std::string& isa_directory) {
  std::string out = fmt::format(
      "# Contract reference\n\nGenerated from `isa/` by `heddle_generate`; do not edit. Version {}.\n\n"
      "The first part is the contract as its headers state it; the second lists every constant with its name in "
      "C++ and in SystemVerilog (`heddle_isa_pkg`).\n",
      kIsaVersion);
  out += header_section(isa_directory + "/instruction.hpp", "Instructions");
  out += header_section(isa_directory + "/program.hpp", "Program and completion record");
  out += header_section(isa_directory + "/status.hpp", "Status");
  out += header_section(isa_directory + "/registers.hpp", "Registers");
  out += "\n## Counters\n\n| index | name | counts | HLS |\n|---|---|---|---|\n";
  for (int i = 0; i < kCounters; ++i) {
    out += fmt::format("| {} | `{}` | {} | {} |\n", i, kCounterInfo[i].name, kCounterInfo[i].text,
                       kCounterInfo[i].functional ? "equal" : "zero");
  }
  out += "\n## Constants\n";
  for (const Group& group : contract_constants()) {
    out += fmt::format("\n### {}\n\n| C++ | SystemVerilog | value |\n|---|---|---|\n", group.title);
    for (const Constant& c : group.constants) {
      out += fmt::format("| `{}` | `{}` | {} |\n", c.name, upper_snake(c.name),
                         c.bits > 8 ? fmt::format("0x{:X}", c.value) : fmt::format("{}", c.value));
    }
  }
  return out;
}

}  // namespace heddle::isa::generate
