// heddle chips [NAME]
#include "eval/chips/chips.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <stdexcept>

#include "cli/commands/commands.hpp"
#include "cli/output.hpp"

namespace heddle::cli {
namespace {

using eval::Chip;
using eval::Figure;
using eval::Format;
using eval::Peak;

struct Options {
  std::string name, chip_class, country, json;
};

const std::vector<std::string> kClasses = {"gpu", "asic", "cpu", "fpga", "heddle"};

// The figure without its range, which a `~` stands for: the table is for finding, the page of a chip for
// reading.
std::string short_text(const std::optional<Figure>& figure) {
  if (!figure) return "?";
  Figure plain = *figure;
  plain.range = eval::Range(figure->range.value);
  return fmt::format("{}{}", figure->range.is_exact() ? "" : "~", eval::text(plain));
}

std::string peak_text(const Peak& peak, double factor) {
  if (peak.state == Peak::State::kLacking) return "-";
  if (!peak.figure) return "?";
  const eval::Range& range = peak.figure->range;
  return fmt::format("{}{}", range.is_exact() ? "" : "~", eval::text(eval::Range(range.value / factor), 4));
}

std::string price_text(const Chip& chip) {
  if (chip.prices.empty()) return "?";
  const eval::Price& price = chip.prices.front();
  const std::string amount = eval::text(eval::Range(price.each().value), 3);
  return fmt::format("{}{} {} ({})", price.each().is_exact() ? "" : "~", price.amount.unit, amount,
                     price.date);
}

bool chosen(const Chip& chip, const Options& options) {
  return (options.chip_class.empty() || options.chip_class == eval::name(chip.chip_class)) &&
         (options.country.empty() || options.country == chip.country);
}

void print_all(const Options& options) {
  OutputFile file(options.json);
  Table table({"name", "class", "year", "nm", "fp32", "16-bit", "fp8", "int8", "int4", "memory", "bandwidth",
               "power", "price", "confidence"});
  table.left(1);
  table.left(9);
  table.left(12);
  table.left(13);
  Json json = Json::array();
  for (const Chip& chip : eval::all_chips()) {
    if (!chosen(chip, options)) continue;
    const bool bf16 = chip.has(Format::kBf16) || !chip.has(Format::kFp16);
    const auto peak = [&](Format format) { return peak_text(chip.peak(format), 1e12); };
    const std::string memory =
        chip.memory.type == "none"
            ? "none"
            : fmt::format("{} {}", chip.memory.capacity ? short_text(chip.memory.capacity) : "?",
                          chip.memory.type);
    table.add(
        {chip.name, std::string(eval::name(chip.chip_class)), chip.year ? std::to_string(*chip.year) : "?",
         chip.process ? eval::text(chip.process->range) : "?", peak(Format::kFp32),
         peak(bf16 ? Format::kBf16 : Format::kFp16), peak(Format::kFp8), peak(Format::kInt8),
         peak(Format::kInt4), memory, short_text(chip.memory.bandwidth),
         chip.power ? fmt::format("{} {}", short_text(chip.power->watts), name(chip.power->boundary)) : "?",
         price_text(chip), std::string(name(eval::confidence(chip)))});
    json.push_back(eval::chip_to_json(chip));
  }
  if (json.empty()) {
    throw std::runtime_error(fmt::format(
        "no chip has {}", options.country.empty() ? "class " + options.chip_class
                          : options.chip_class.empty()
                              ? "country " + options.country
                              : fmt::format("class {} and country {}", options.chip_class, options.country)));
  }
  file.write_json(Json{{"chips", json}});
  file.commit();
  fmt::print(
      "{}dense peaks in TFLOPS or TOPS; - lacks the format, ? not known, ~ a range; `heddle chips NAME` "
      "shows "
      "every figure with its source\n",
      table.text());
}

std::string explained(const std::optional<Figure>& figure, const std::string& extra = "") {
  if (!figure) return "not known";
  return extra.empty() ? eval::explain(*figure) : fmt::format("{}; {}", eval::explain(*figure), extra);
}

void print_one(const Options& options) {
  OutputFile file(options.json);
  const Chip chip = eval::load_chip(options.name);
  const auto line = [](const std::string& label, const std::string& value) {
    fmt::print("{:<18}{}\n", label, value);
  };
  line("name", chip.name);
  if (!chip.aliases.empty()) line("also", fmt::format("{}", fmt::join(chip.aliases, ", ")));
  line("vendor", chip.country.empty() ? chip.vendor : fmt::format("{} ({})", chip.vendor, chip.country));
  line("class", std::string(eval::name(chip.chip_class)));
  line("year", chip.year ? std::to_string(*chip.year) : "not known");
  line("process", explained(chip.process));
  for (const Format format : eval::kFormats) {
    const Peak& peak = chip.peak(format);
    line(fmt::format("peak {}", eval::name(format)),
         peak.state == Peak::State::kLacking ? "the chip lacks it" : explained(peak.figure));
  }
  if (!chip.weight_only) line("weight-only", "no: formats are executed natively or not at all");
  line("memory", chip.memory.type);
  line("  capacity", explained(chip.memory.capacity));
  line("  bandwidth", explained(chip.memory.bandwidth));
  line("on-chip memory", explained(chip.sram));
  line("link",
       chip.link ? explained(chip.link->bandwidth, std::string(name(chip.link->direction))) : "not known");
  line("power", chip.power
                    ? explained(chip.power->watts, fmt::format("boundary: {}", name(chip.power->boundary)))
                    : "not known");
  line("die", explained(chip.die));
  if (chip.prices.empty()) line("price", "not known");
  for (const eval::Price& price : chip.prices) {
    line("price", explained(price.amount, price.quantity == 1 ? price.date
                                                              : fmt::format("{}, for {:g} chips", price.date,
                                                                            price.quantity)));
  }
  for (const std::string& note : chip.notes) line("note", note);
  line("file", chip.file);
  file.write_json(eval::chip_to_json(chip));
  file.commit();
}

}  // namespace

void add_chips(CLI::App& app) {
  CLI::App* command =
      app.add_subcommand("chips", "list the chips that are known, or show one with its sources");
  auto options = std::make_shared<Options>();
  auto* name =
      command->add_option("NAME", options->name, "a chip's name, or a chip file or configuration to check");
  command->add_option("--class", options->chip_class, "only chips of this class")
      ->check(CLI::IsMember(kClasses))
      ->excludes(name);
  command->add_option("--country", options->country, "only chips of vendors there: US, CN")->excludes(name);
  command->add_option("--json", options->json, "write the same as JSON");
  command->callback([options] { options->name.empty() ? print_all(*options) : print_one(*options); });
}

}  // namespace heddle::cli
