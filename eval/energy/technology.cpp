#include "eval/energy/technology.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "eval/common/schema.hpp"
#include "eval/energy/uncertainty.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

constexpr double kPico = 1e-12;

const Json& file() {
  static const Json json = [] {
    const std::string path = (isa::data_directory() / "eval/energy/technology.json").string();
    return parse_json(read_text(path), path);
  }();
  return json;
}

Range range(const Json& entry) { return {entry.at(0), entry.at(1), entry.at(2)}; }
Range figure(const char* name) { return range(file().at(name).at("range")); }

std::string key(double node) { return fmt::format("{:g}", node); }

/// A figure at `node` from the two published nodes: a power law of the node.
double between(double at_45, double at_7, double node) {
  const double share = std::log(45 / std::max(node, 7.0)) / std::log(45.0 / 7.0);
  return at_45 * std::pow(at_7 / at_45, share);
}

/// The error of the law between the published nodes and below them; none at 45 and 7 nm.
Range law_error(double node) {
  if (node < 7) return range(file().at("below_7").at(key(node)));
  return node == 45 || node == 7 ? Range(1.0) : range(file().at("law"));
}

}  // namespace

const std::vector<double>& technology_nodes() {
  static const std::vector<double> nodes = {45, 28, 22, 16, 12, 7, 5, 4};
  return nodes;
}

Technology technology(double node) {
  const auto& known = technology_nodes();
  if (std::find(known.begin(), known.end(), node) == known.end()) {
    throw std::runtime_error(
        fmt::format("node {:g} nm is unknown; known: 45, 28, 22, 16, 12, 7, 5, 4", node));
  }
  Technology out;
  out.node = node;
  out.law_ = law_error(node);
  const Json& old_node = file().at("operations_pj").at("45");
  const Json& new_node = file().at("operations_pj").at("7");
  const auto operation = [&](const char* name) {
    return between(old_node.at(name), new_node.at(name), node) * kPico;
  };
  out.int8_mac = out.law_ * Range(operation("int8_mul") + operation("int32_add"));
  out.fp32_mul = out.law_ * Range(operation("fp32_mul"));
  out.fp32_add = out.law_ * Range(operation("fp32_add"));
  // How much operations shrank from 45 to 7 nm differs by operation: that spread is the range of the ratio.
  double low = 1, high = 0, sum = 0;
  for (const auto& [name, at_45] : old_node.items()) {
    const double ratio = between(at_45, new_node.at(name), node) / at_45.get<double>();
    low = std::min(low, ratio), high = std::max(high, ratio), sum += std::log(ratio);
  }
  const double middle = std::exp(sum / static_cast<double>(old_node.size()));
  out.dynamic_over_45 = independent_product({Range(middle, low, high), out.law_});
  out.instruction = independent_product({figure("instruction_pj_45"), out.dynamic_over_45}) * Range(kPico);
  const Json& sram = file().at("sram_64_bit_pj");
  for (std::size_t i = 0; i < sram.at("bytes").size(); ++i) {
    out.sram_bytes_.push_back(sram.at("bytes").at(i));
    out.sram_joules_.push_back(between(sram.at("45").at(i), sram.at("7").at(i), node) * kPico);
  }
  constexpr double kMm2 = 1e-6;  // of a square micrometre
  out.gate = range(file().at("gate_um2").at(key(node))) * Range(kMm2);
  out.bitcell = range(file().at("bitcell_um2").at(key(node))) * Range(kMm2);
  return out;
}

Range Technology::sram_byte(double bytes) const {
  const double size = std::clamp(bytes, sram_bytes_.front(), sram_bytes_.back());
  std::size_t i = 1;
  while (i + 1 < sram_bytes_.size() && size > sram_bytes_[i]) ++i;
  const double share = std::log(size / sram_bytes_[i - 1]) / std::log(sram_bytes_[i] / sram_bytes_[i - 1]);
  const double word = sram_joules_[i - 1] * std::pow(sram_joules_[i] / sram_joules_[i - 1], share);
  return law_ * Range(word / 8);
}

const CommonTechnology& common_technology() {
  static const CommonTechnology common = {
      figure("sram_array_efficiency"),     figure("placement"),
      figure("gate_equivalents"),          figure("flip_flop_equivalents"),
      figure("arithmetic_overhead"),       figure("sram_wide_row"),
      figure("static_share_at_full_load"), figure("regulator_efficiency"),
      figure("supply_efficiency"),         figure("link_pj_per_bit") * Range(kPico)};
  return common;
}

std::optional<Range> dram_joules_per_bit(const std::string& memory) {
  const Json& figures = file().at("dram_and_phy_pj_per_bit");
  const std::string type = memory.substr(0, memory.find_first_of("- "));
  if (type == "source" || !figures.contains(type)) return std::nullopt;
  return range(figures.at(type)) * Range(kPico);
}

std::optional<Range> phy_area(const std::string& memory, double bytes_per_s) {
  if (!dram_joules_per_bit(memory)) return std::nullopt;
  const Range per_100 = range(file().at("phy_mm2_at_7").at(memory.starts_with("HBM") ? "HBM" : "DDR"));
  return per_100 * Range(bytes_per_s / 100e9);
}

std::vector<TechnologyFigure> technology_figures() {
  std::vector<TechnologyFigure> out;
  const Json& sources = file().at("sources");
  const auto source = [&](const Json& entry) {
    if (entry.is_array()) {
      std::string text;
      for (const Json& one : entry)
        text += (text.empty() ? "" : "; ") + sources.value(one.get<std::string>(), "");
      return text;
    }
    const std::string name = entry;
    return sources.value(name, name);
  };
  const auto three = [](const Json& r) { return text(range(r)); };
  for (const char* node : {"45", "7"}) {
    for (const auto& [name, value] : file().at("operations_pj").at(node).items()) {
      out.push_back({fmt::format("{} at {} nm, pJ", name, node), fmt::format("{:g}", value.get<double>()),
                     source(file().at("operations_pj").at("source"))});
    }
  }
  for (const char* table : {"gate_um2", "bitcell_um2", "dram_and_phy_pj_per_bit"}) {
    for (const auto& [name, value] : file().at(table).items()) {
      if (name == "source") continue;
      out.push_back({fmt::format("{} {}", table, name), three(value), source(file().at(table).at("source"))});
    }
  }
  for (const auto& [name, value] : file().items()) {
    if (value.is_object() && value.contains("range"))
      out.push_back({value.contains("what") ? name + ": " + value.at("what").get<std::string>() : name,
                     three(value.at("range")), source(value.at("source"))});
  }
  return out;
}

}  // namespace heddle::eval
