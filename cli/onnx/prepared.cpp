#include "cli/onnx/prepared.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <stdexcept>

#include "cli/bench/image_run.hpp"
#include "compiler/graph/onnx/pad_heads.hpp"
#include "compiler/graph/onnx/recover.hpp"

namespace heddle::cli {

namespace onnx = graph::onnx;

std::pair<std::string, std::string> name_and_value(const std::string& option, const std::string& text) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || at + 1 == text.size()) {
    throw std::runtime_error(fmt::format("{}: \"{}\" is not NAME=VALUE", option, text));
  }
  return {text.substr(0, at), text.substr(at + 1)};
}

onnx::Symbols bound_symbols(const OnnxOptions& options) {
  onnx::Symbols out;
  for (const std::string& text : options.bind) {
    const auto [name, value] = name_and_value("--bind", text);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (error != std::errc() || end != value.data() + value.size()) {
      throw std::runtime_error(fmt::format("--bind: \"{}\" is not a number", value));
    }
    out[name] = number;
  }
  return out;
}

onnx::Partition prepare(onnx::Model bound, const isa::Config& config, bool host_fallback) {
  onnx::Model recovered = onnx::recover(std::move(bound));
  // The result of each head is stored in whole beats of FP32.
  onnx::pad_heads(&recovered,
                  std::max<std::int64_t>(1, config.bus_bytes / static_cast<std::int64_t>(sizeof(float))));
  return onnx::partition(std::move(recovered), host_fallback);
}

emit::StaticImage compile_segment(const onnx::Partition& partition, const onnx::Segment& segment,
                                  const isa::NamedConfig& config) {
  const graph::Tensors constants = onnx::segment_constants(partition, segment);
  return emit::compile_static(
      segment.graph, config.config,
      [&](const graph::Value& value) { return constants.at(segment.graph.find_value(value.name)); },
      [&](const isa::Image& image) { return count_cycles(config, image, tiles::kStaticProgram); });
}

namespace {
std::string share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? "-" : percent(static_cast<double>(part) / static_cast<double>(whole));
}
}  // namespace

std::string partition_table(const onnx::Partition& partition) {
  struct Line {
    std::int64_t nodes = 0, operations = 0;
  };
  std::map<std::pair<std::string, std::string>, Line> lines;  // by side, then operator
  for (std::size_t i = 0; i < partition.costs.size(); ++i) {
    const onnx::NodeCost& cost = partition.costs[i];
    const bool moves = cost.work == onnx::Work::kMoves;
    Line& line = lines[{cost.device ? "accelerator"
                        : moves     ? "host, moves data"
                                    : "host",
                        moves ? "" : partition.model.nodes[i].op}];
    line.nodes += 1;
    line.operations += cost.operations;
  }
  Table table({"runs on", "operator", "nodes", "share of arithmetic"});
  table.left(1);
  for (const auto& [key, line] : lines) {
    table.add(
        {key.first, key.second, std::to_string(line.nodes), share(line.operations, partition.operations())});
  }
  std::string out = table.text();
  for (const std::size_t index : partition.host_nodes()) {
    const onnx::NodeCost& cost = partition.costs[index];
    out += fmt::format("on the host: {} ({}), {} of the arithmetic: {}\n", partition.model.nodes[index].name,
                       partition.model.nodes[index].op, share(cost.operations, partition.operations()),
                       cost.reason);
  }
  return out;
}

void add_partition(Json* json, const onnx::Partition& partition) {
  const auto whole = static_cast<double>(partition.operations());
  (*json)["operations"] = partition.operations();
  (*json)["host_share"] = whole == 0 ? 0.0 : static_cast<double>(partition.host_operations()) / whole;
  int parts = 0;
  for (const onnx::Segment& segment : partition.segments) parts += segment.device ? 1 : 0;
  (*json)["device_parts"] = parts;
  Json nodes = Json::array();
  for (const std::size_t index : partition.host_nodes()) {
    const onnx::Node& node = partition.model.nodes[index];
    nodes.push_back({{"node", node.name},
                     {"operator", node.op},
                     {"operations", partition.costs[index].operations},
                     {"reason", partition.costs[index].reason}});
  }
  (*json)["host_nodes"] = nodes;
}

}  // namespace heddle::cli
