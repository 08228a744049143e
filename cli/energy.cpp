#include "cli/energy.hpp"

#include <fmt/format.h>

#include <cmath>

#include "eval/energy/technology.hpp"

namespace heddle::cli {

void add_node_option(CLI::App& command, double* node) {
  command
      .add_option("--node", *node,
                  "process of our machine for its joules and mm2: 45, 28, 22, 16, 12, 7, 5 or 4 nm")
      ->check(CLI::IsMember(eval::technology_nodes()))
      ->capture_default_str();
}

std::optional<eval::CountedWork> work_of(const runtime::Timeline& timeline, const isa::Image& image,
                                         const runtime::Counters& counters) {
  if (timeline.empty()) return std::nullopt;
  return eval::counted_work(timeline, image, counters);
}

std::string switching_table(const eval::SwitchingCounts& rtl, const eval::CountedWork& model) {
  Table table({"unit", "work", "RTL", "model", "difference", "bits toggled"});
  table.left(1);
  for (const eval::SwitchingLine& line : eval::switching_lines(rtl, model)) {
    const double difference = line.difference();
    table.add({line.unit, line.what, grouped(static_cast<std::uint64_t>(line.rtl)),
               grouped(static_cast<std::uint64_t>(std::llround(line.model))),
               std::isfinite(difference) ? fmt::format("{:+.2f}%", 100 * difference) : "only the model",
               percent(line.toggled)});
  }
  return table.text();
}

Json switching_json(const eval::SwitchingCounts& rtl, const eval::CountedWork& model) {
  Json out = Json::array();
  for (const eval::SwitchingLine& line : eval::switching_lines(rtl, model)) {
    const double difference = line.difference();
    out.push_back({{"unit", line.unit},
                   {"what", line.what},
                   {"rtl", line.rtl},
                   {"model", line.model},
                   {"difference", std::isfinite(difference) ? Json(difference) : Json()},
                   {"toggled", line.toggled ? Json(*line.toggled) : Json()}});
  }
  return out;
}

}  // namespace heddle::cli
