#include "eval/energy/board_power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "eval/common/schema.hpp"
#include "eval/energy/technology.hpp"
#include "eval/energy/uncertainty.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

Json read_data(const char* name) {
  const std::string path = (isa::data_directory() / "eval/energy" / name).string();
  return parse_json(read_text(path), path);
}
const Json& file() {
  static const Json json = read_data("board_power.json");
  return json;
}
/// What was fitted to kernels (heddle_fit_power).
const Json& fit() {
  static const Json json = read_data("board_power_fit.json");
  return json;
}
Range range(const Json& entry) { return {entry.at(0), entry.at(1), entry.at(2)}; }
Range figure(const char* name) { return range(file().at(name)); }

bool like_gpu(const Chip& chip) {
  const bool computer = chip.power && chip.power->boundary == PowerBoundary::kSystem;
  return (chip.chip_class == ChipClass::kGpu || chip.chip_class == ChipClass::kAsic) && !computer;
}

bool measured(const Chip& chip) {
  const Json& names = file().at("measured_on");
  return std::find(names.begin(), names.end(), chip.name) != names.end();
}

/// The node of the list that is nearest in ratio, for chips at 6, 8 or 14 nm.
double nearest_node(double nm) {
  const auto& nodes = technology_nodes();
  return *std::min_element(nodes.begin(), nodes.end(), [nm](double a, double b) {
    return std::abs(std::log(a / nm)) < std::abs(std::log(b / nm));
  });
}

Range joules_per_flop(Format format) {
  const std::string key(name(format));
  const Json& own = fit().at("pj_per_flop");
  if (own.contains(key)) return range(own.at(key)) * Range(1e-12);
  const Json& relative = file().at("relative_to").at(key);
  return range(own.at(relative.at(0).get<std::string>())) * Range(relative.at(1).get<double>() * 1e-12);
}

/// Ratio of middle values: ranges of both ends share their sources, and the spread of other chips covers
/// them.
double middle_ratio(const Range& a, const Range& b) { return a.value / b.value; }

}  // namespace

Range board_limit(const Chip& chip) {
  if (chip.chip_class == ChipClass::kHeddle)
    throw std::runtime_error(
        fmt::format("{}: our own machine has no board limit; its energy is modelled", chip.name));
  if (!chip.power) {
    throw std::runtime_error(fmt::format(
        "{}: its power is not known; supply it as 'power' in a chip file of your own", chip.name));
  }
  const Range watts = chip.power->watts.range;
  return chip.power->boundary == PowerBoundary::kChip
             ? independent_product({watts, reciprocal(common_technology().regulator_efficiency)})
             : watts;
}

Graded board_watts(const Chip& chip, const Load& load) {
  const Range limit = board_limit(chip);
  if (!like_gpu(chip)) return {limit * figure("idle_share_of_others"), Grade::kExtrapolated};
  double flop_scale = 1, byte_scale = 1;
  if (chip.process) {
    flop_scale = middle_ratio(technology(nearest_node(chip.process->range.value)).dynamic_over_45,
                              technology(file().at("node")).dynamic_over_45);
  }
  const auto bit = dram_joules_per_bit(chip.memory.type);
  if (bit) byte_scale = middle_ratio(*bit, *dram_joules_per_bit(file().at("memory")));
  const Range idle = independent_product({Range(limit.value), range(fit().at("static_share_of_limit"))});
  // Values are averages over the middle time; the error of the time is not the power's.
  const double seconds = load.seconds.value;
  const Range operations = joules_per_flop(load.compute) * Range(flop_scale * load.flops / seconds);
  const Range bytes = range(fit().at("pj_per_byte")) * Range(1e-12 * byte_scale * load.bytes / seconds);
  const Range parts[] = {idle, operations, bytes};
  const bool own = measured(chip);
  Range sum = independent_product({sum_independent(parts), range(fit().at("measured_over_predicted")),
                                   own ? Range(1.0) : figure("other_chips_spread")});
  return {min(sum, limit), own ? Grade::kModelled : Grade::kExtrapolated};
}

Range host_watts(const Chip& chip, bool at_home) {
  const Json& alone = file().at("hosts_itself");
  if (chip.power && chip.power->boundary == PowerBoundary::kSystem) return 0.0;
  if (std::find(alone.begin(), alone.end(), chip.name) != alone.end()) return 0.0;
  if (chip.chip_class == ChipClass::kHeddle && at_home)
    return range(file().at("host_watts_embedded").at("range"));
  return range(file().at(at_home ? "host_watts_at_home" : "host_watts_per_accelerator").at("range"));
}

Range wall_watts(const Range& boards, const Range& hosts, const Range& pue) {
  return independent_product({boards + hosts, reciprocal(common_technology().supply_efficiency), pue});
}

Load load_of(const Estimate& estimate, const StepEstimate& step) {
  const double devices = estimate.request.chips.size() > 1
                             ? static_cast<double>(estimate.request.chips.size())
                             : static_cast<double>(estimate.request.devices);
  Load out;
  out.seconds = step.seconds.range;
  out.compute = estimate.execution.precision.compute;
  out.flops = step.totals.flops / devices;
  out.bytes = (step.totals.weight_bytes + step.totals.cache_bytes + step.totals.activation_bytes) / devices;
  return out;
}

}  // namespace heddle::eval
