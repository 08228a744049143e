#include "eval/kernels/parameters.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::eval {
namespace {

double quantile(std::vector<double> sorted, double share) {
  const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5);
  return sorted[at];
}

/// Formats whose efficiencies stand in for one that was not measured, nearest first.
std::vector<std::string> relatives(KernelClass kind, const std::string& format) {
  if (kind == KernelClass::kMoe) {
    const bool narrow = format == "fp8" || format == "fp8_block" || format == "w8a8";
    return narrow ? std::vector<std::string>{"fp8_block", "bf16"}
                  : std::vector<std::string>{"bf16", "fp8_block"};
  }
  if (format == "fp8_block") return {"fp8_block", "fp8", "bf16"};
  if (format == "fp8") return {"fp8", "fp8_block", "bf16"};
  if (format == "w8a8") return {"w8a8", "fp8", "bf16"};
  if (format == "int4_wo") return {"int4_wo", "int8_wo", "bf16"};
  if (format == "int8_wo") return {"int8_wo", "int4_wo", "bf16"};
  return {"bf16"};
}

}  // namespace

Quality quality(const std::vector<double>& measured_over_predicted) {
  Quality out;
  if (measured_over_predicted.empty()) return out;
  std::vector<double> ratios = measured_over_predicted, errors;
  for (const double r : ratios) errors.push_back(std::abs(1 / r - 1));
  std::sort(ratios.begin(), ratios.end());
  std::sort(errors.begin(), errors.end());
  out.count = static_cast<int>(ratios.size());
  out.median = quantile(errors, 0.5);
  out.p90 = quantile(errors, 0.9);
  out.ratio_low = quantile(ratios, 0.1);
  out.ratio_high = quantile(ratios, 0.9);
  return out;
}

void Processors::describe(Machine& machine) const {
  machine.units = units, machine.cache_bytes = cache_bytes;
  machine.clock = clock, machine.sustained = sustained_share(base_clock, clock);
}

bool uses_cache(KernelClass kind) { return kind != KernelClass::kGemm && kind != KernelClass::kMoe; }

LatencyParts kernel_latency(const KernelSet& set, const Kernel& kernel, const Machine& machine) {
  KernelWork work = kernel_work(kernel);
  work.one_block = work.one_block || set.one_block;
  LatencyParts parts = physical_latency(work, kernel.cold, kernel.kind, machine, set.coefficients);
  // Tables of experts were filled with DeepSeek-V3's shape alone; of others they say nothing.
  constexpr double kMeasuredExperts = 256;
  const bool unseen = kernel.kind == KernelClass::kMoe && kernel.experts != kMeasuredExperts;
  const double correction = unseen ? 1 : std::exp(set.residual.at(coordinates(kernel)));
  parts.total *= correction;
  parts.launch *= correction, parts.compute *= correction, parts.memory *= correction;
  if (kernel.cold) {
    const double stream =
        work.stream_bytes / (machine.bytes_per_s * set.coefficients[Coefficients::kBandwidthEfficiency]);
    parts.total = std::max(parts.total, stream);
    parts.memory = std::max(parts.memory, stream);
  }
  return parts;
}

std::string_view name(SetRelation relation) {
  constexpr std::string_view kNames[] = {"own", "same_die", "shared"};
  return kNames[static_cast<std::size_t>(relation)];
}

ChosenSet choose(const Parameters& parameters, const Kernel& kernel, const std::string& chip,
                 const std::string& software) {
  const auto sibling = parameters.siblings.find(chip);
  const std::vector<std::string> formats = relatives(kernel.kind, kernel.format);
  const std::string family = software.empty() ? "TensorRT-LLM" : software;
  ChosenSet best;
  int best_cost = 1 << 20;
  for (const KernelSet& set : parameters.sets) {
    if (set.kind != kernel.kind) continue;
    SetRelation relation = SetRelation::kShared;
    if (!set.chip.empty()) {
      if (set.chip == chip) {
        relation = SetRelation::kOwn;
      } else if (sibling != parameters.siblings.end() && sibling->second == set.chip) {
        relation = SetRelation::kSibling;
      } else {
        continue;
      }
    }
    const auto format = std::find(formats.begin(), formats.end(), set.format);
    if (format == formats.end()) continue;
    const bool other_cache = uses_cache(set.kind) && set.cache_bytes != kernel.cache_bytes;
    const bool other_software = set.software.find(family) == std::string::npos;
    // A set of another format says less about a chip than the shared set of the format itself; other software
    // on the same chip says less than the same die with the right one.
    const int cost = 8 * static_cast<int>(format - formats.begin()) + 2 * static_cast<int>(relation) +
                     (other_cache ? 5 : 0) + (other_software ? 3 : 0);
    if (cost < best_cost) {
      best_cost = cost;
      best = {&set, relation, format != formats.begin() || other_cache, other_software};
    }
  }
  if (best.set == nullptr) {
    throw std::runtime_error(fmt::format("{}: no set for kernels of class {} in {}", parameters.file,
                                         kernel_class_name(kernel.kind), kernel.format));
  }
  return best;
}

}  // namespace heddle::eval
