#include "eval/estimate/software.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

#include "eval/common/names.hpp"
#include "eval/common/schema.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

/// [value, low, high] of a field, times `unit`.
Range range_of(const Json& entry, const std::string& field, double unit) {
  const Json& triple = entry.at(field);
  if (!triple.is_array() || triple.size() != 3) {
    throw std::runtime_error(fmt::format("field '{}' is not [value, low, high]", field));
  }
  const Range range(triple[0].get<double>() * unit, triple[1].get<double>() * unit,
                    triple[2].get<double>() * unit);
  if (!(range.low >= 0 && range.low <= range.value && range.value <= range.high)) {
    throw std::runtime_error(fmt::format("field '{}': low, value and high are not in order", field));
  }
  return range;
}

}  // namespace

std::vector<Software> software_from_json(const std::string& text, const std::string& source) {
  std::vector<Software> out;
  const Json json = parse_json(text, source);
  std::string where = "software";
  try {
    for (const Json& entry : json.at("software")) {
      Software software;
      software.name = entry.at("name").get<std::string>();
      where = software.name;
      software.aliases = entry.at("aliases").get<std::vector<std::string>>();
      software.kernels = entry.at("kernels").get<std::string>();
      software.kernel_factor = range_of(entry, "kernel_factor", 1);
      software.step_s = range_of(entry, "step_us", 1e-6);
      software.hop_s = range_of(entry, "hop_us", 1e-6);
      software.operator_s = range_of(entry, "operator_us", 1e-6);
      software.collective_s = range_of(entry, "collective_us", 1e-6);
      software.int4_bits = entry.value("int4_bits", 0.0);
      software.int8_weight_only = entry.value("int8_weight_only", false);
      software.int8_bits = entry.value("int8_bits", 0.0);
      software.int4_head_bits = entry.value("int4_head_bits", 0.0);
      software.int8_head_bits = entry.value("int8_head_bits", 0.0);
      software.wide_activations = entry.value("wide_activations", false);
      software.writes_scores = entry.value("writes_scores", false);
      software.flash_attention = entry.value("flash_attention", false);
      software.attention_share = entry.value("attention_share", 0.0);
      software.vector_attention = entry.value("vector_attention", false);
      software.prompt_rows = entry.value("prompt_rows", std::uint64_t{0});
      software.unpack_instructions = entry.value("unpack_instructions", software.unpack_instructions);
      software.half_accumulation = entry.value("half_accumulation", false);
      software.unpacks_prompts = entry.value("unpacks_prompts", false);
      software.fp8_whole = entry.value("fp8_whole", false);
      software.first_token_decodes = entry.value("first_token_decodes", false);
      software.own_narrow_kernels = entry.value("own_narrow_kernels", false);
      software.library_kernels = entry.value("library_kernels", false);
      if (entry.contains("gap_us")) software.gap_s = range_of(entry, "gap_us", 1e-6);
      if (entry.contains("graph_gap_us")) software.graph_gap_s = range_of(entry, "graph_gap_us", 1e-6);
      if (entry.contains("host_hop_us")) software.host_hop_s = range_of(entry, "host_hop_us", 1e-6);
      if (entry.contains("training")) software.training = range_of(entry, "training", 1);
      software.grouped_experts = entry.value("grouped_experts", false);
      software.overlaps_links = entry.value("overlaps_links", false);
      software.fused = entry.value("fused", false);
      software.reason = entry.at("reason").get<std::string>();
      out.push_back(std::move(software));
    }
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}: {}", source, where, error.what()));
  }
  return out;
}

void store_as(const Software& software, Precision& precision) {
  const auto store = [](Storage& storage, double bits) {
    if (bits > 0) storage.bits_per_element = bits;
  };
  // A head that is stored in the weights' own format (machines of 8-bit integers alone) is no concern here.
  const bool wide_head = !is_integer(precision.head.format);
  if (precision.weights.format == Format::kInt4) {
    store(precision.weights, software.int4_bits);
    if (wide_head) store(precision.head, software.int4_head_bits);
  } else if (precision.weights.format == Format::kInt8) {
    store(precision.weights, software.int8_bits);
    if (wide_head) store(precision.head, software.int8_head_bits);
    if (wide_head && software.int8_weight_only) {
      precision.compute = precision.head_compute;
      precision.activations = precision.head.format;
    }
  }
}

const std::vector<Software>& all_software() {
  static const std::vector<Software> software = [] {
    const std::string path = (isa::data_directory() / "eval" / "estimate" / "software.json").string();
    return software_from_json(read_text(path), path);
  }();
  return software;
}

const Software& find_software(const std::string& name) {
  if (const Software* found = find_by_name(all_software(), name)) return *found;
  std::vector<std::string> names;
  for (const Software& software : all_software()) names.push_back(software.name);
  throw std::runtime_error(fmt::format("software '{}' is unknown; known: {}", name, fmt::join(names, ", ")));
}

}  // namespace heddle::eval
