#include "eval/kernels/fit/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <tuple>

#include "eval/chips/chips.hpp"
#include "eval/kernels/fit/fit.hpp"

namespace heddle::eval {
namespace {

constexpr int kFolds = 5;
constexpr double kMaxGemvRows = 8;
// Samples that coefficients are fitted to: all of them for the parameters, fewer for each fold.
constexpr std::size_t kMostSamples = 4000, kMostFoldSamples = 800;

struct Key {
  KernelClass kind;
  std::string format;
  double cache_bytes;
  auto operator<=>(const Key&) const = default;
};
/// The samples of one key by chip.
using ByChip = std::map<std::string, std::vector<MachineSample>>;

std::string format_label(const Key& key) {
  if (!uses_cache(key.kind)) return key.format;
  return fmt::format("{}, {}-bit cache", key.format, static_cast<int>(8 * key.cache_bytes));
}

std::string class_label(const Kernel& kernel) {
  if (kernel.kind == KernelClass::kGemm && kernel.m <= kMaxGemvRows) return "gemv";
  return std::string(kernel_class_name(kernel.kind));
}

std::string hold_out_label(KernelClass kind) {
  switch (kind) {
    case KernelClass::kGemm:
      return "(n,k)";
    case KernelClass::kAttentionPrefill:
    case KernelClass::kAttentionDecode:
      return "(heads,kv_heads)";
    case KernelClass::kMlaPrefill:
    case KernelClass::kMlaDecode:
      return "(batch,heads)";
    case KernelClass::kMoe:
      return "(tensor,expert) split";
  }
  return "";
}

/// A group's fold: in turn where there are few groups, by a hash (FNV-1a) where a pattern could line up.
std::map<std::string, int> folds_of(const std::vector<MachineSample>& samples, std::string Sample::*group) {
  std::map<std::string, int> folds;
  for (const MachineSample& s : samples) folds.emplace(s.sample->*group, 0);
  int turn = 0;
  for (auto& [group, fold] : folds) {
    std::uint64_t hash = 1469598103934665603ULL;
    for (const char c : group) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    fold = folds.size() < 20 ? turn++ % kFolds : static_cast<int>(hash % kFolds);
  }
  return folds;
}

bool streams(const MachineSample& s) {
  return kernel_work(s.sample->kernel).stream_bytes > 2 * s.machine->cache_bytes;
}

/// Smoothness of the tables: chosen once, by held-out error, from 0.1, 0.3, 1 and 3.
ResidualOptions tables_of(KernelClass kind) {
  ResidualOptions options;
  if (kind == KernelClass::kMoe || kind == KernelClass::kAttentionDecode) options.smoothness = 1;
  return options;
}

/// Ratios of measured to predicted, gathered for a table.
struct Ratios {
  std::vector<double> all, streaming;
  void add(const MachineSample& s, double ratio) {
    all.push_back(ratio);
    if (streams(s)) streaming.push_back(ratio);
  }
};

class Builder {
 public:
  Builder(bool folds, const std::function<void(const std::string&)>& progress)
      : folds_(folds), progress_(progress) {
    add_processors(study_.parameters);
    study_.parameters.source =
        "kernel latencies of ai-dynamo/aiconfigurator (Apache-2.0), fitted by heddle_fit_kernels";
  }

  Study run(std::vector<SampleFile>& files) {
    for (SampleFile& file : files) take(file);
    for (const auto& [key, chips] : keys_) {
      for (const auto& [chip, samples] : chips) own_set(key, chip, samples);
    }
    for (const auto& [key, chips] : keys_) {
      if (key.kind != KernelClass::kMoe) shared_set(key, chips);
    }
    pooled_experts();
    for (auto& [place, ratios] : held_out_) {
      const auto& [chip, kind, format, hold_out] = place;
      study_.held_out.push_back(
          {chip, kind, format, hold_out, quality(ratios.all), quality(ratios.streaming)});
    }
    for (const auto& [kind, ratios] : left_out_) {
      study_.left_out.push_back(
          {"all but H200", kind, "all", "chip", quality(ratios.all), quality(ratios.streaming)});
    }
    return std::move(study_);
  }

 private:
  void take(SampleFile& file) {
    files_[{file.chip, file.kind}].insert(file.name);
    software_[{file.chip, file.kind}] = file.software;
    int impossible = 0;
    for (const Sample& sample : file.samples) {
      const Machine* machine = machine_of(file.chip, sample.kernel.format);
      const double bytes = kernel_work(sample.kernel).stream_bytes;
      // Of experts only the expected number of bytes is known.
      if (file.kind != KernelClass::kMoe && bytes > 4 * machine->cache_bytes &&
          bytes / sample.seconds > machine->bytes_per_s) {
        ++impossible;
        continue;
      }
      const Key key{sample.kernel.kind, sample.kernel.format,
                    uses_cache(sample.kernel.kind) ? sample.kernel.cache_bytes : 0};
      keys_[key][file.chip].push_back({&sample, machine});
    }
    if (impossible > 0)
      study_.dropped.push_back(fmt::format("{}: {} of {}", file.name, impossible, file.samples.size()));
  }

  const Machine* machine_of(const std::string& chip, const std::string& format) {
    auto& slot = machines_[{chip, format}];
    if (slot.name.empty()) {
      slot = kernel_machine(chip, format);
      const Processors& facts = study_.parameters.processors.at(chip);
      slot.units = facts.units, slot.cache_bytes = facts.cache_bytes;
    }
    return &slot;
  }

  void describe(KernelSet& set, const std::vector<std::string>& chips, std::size_t rows) const {
    std::set<std::string> software;
    for (const std::string& chip : chips) {
      const auto& names = files_.at({chip, set.kind});
      set.files.insert(set.files.end(), names.begin(), names.end());
      software.insert(software_.at({chip, set.kind}));
    }
    for (const std::string& each : software) set.software += (set.software.empty() ? "" : ", ") + each;
    set.rows = static_cast<int>(rows);
  }

  void own_set(const Key& key, const std::string& chip, const std::vector<MachineSample>& samples) {
    progress_(fmt::format("{} {} {}", chip, kernel_class_name(key.kind), format_label(key)));
    KernelSet set = fit_set(samples, 3, kMostSamples, tables_of(key.kind));
    set.chip = chip;
    describe(set, {chip}, samples.size());
    if (folds_) {
      const Ratios ratios = hold_out(key, chip, samples, &Sample::group, hold_out_label(key.kind));
      set.held_out = quality(ratios.all);
      set.streaming = quality(ratios.streaming);
      if (!samples.front().sample->other_group.empty()) {
        hold_out(key, chip, samples, &Sample::other_group,
                 key.kind == KernelClass::kGemm ? "n alone" : "(batch,context)");
      }
    }
    study_.parameters.sets.push_back(std::move(set));
  }

  /// Predicts each fold by a fit to the others.
  Ratios hold_out(const Key& key, const std::string& chip, const std::vector<MachineSample>& samples,
                  std::string Sample::*group, const std::string& label) {
    Ratios ratios;
    const auto folds = folds_of(samples, group);
    for (int fold = 0; fold < kFolds; ++fold) {
      std::vector<MachineSample> training;
      for (const MachineSample& s : samples) {
        if (folds.at(s.sample->*group) != fold) training.push_back(s);
      }
      if (training.empty() || training.size() == samples.size()) continue;
      const KernelSet fitted = fit_set(training, 1, kMostFoldSamples, tables_of(key.kind));
      for (const MachineSample& s : samples) {
        if (folds.at(s.sample->*group) != fold) continue;
        const double ratio = s.sample->seconds / kernel_latency(fitted, s.sample->kernel, *s.machine).total;
        ratios.add(s, ratio);
        const std::string kind = class_label(s.sample->kernel);
        held_out_[{chip, kind, format_label(key), label}].add(s, ratio);
        held_out_[{chip, kind, "all", label}].add(s, ratio);
      }
    }
    return ratios;
  }

  /// The die of a chip: those that share one leave the fit together.
  std::string die_of(const std::string& chip) const {
    const auto sibling = study_.parameters.siblings.find(chip);
    return sibling == study_.parameters.siblings.end() ? chip : sibling->second;
  }

  static KernelSet coefficients_only(const std::vector<MachineSample>& samples, int starts,
                                     std::size_t most) {
    KernelSet set;
    const Kernel& first = samples.front().sample->kernel;
    set.kind = first.kind, set.format = first.format;
    set.cache_bytes = uses_cache(first.kind) ? first.cache_bytes : 0;
    set.coefficients = fit_coefficients(samples, starts, most);
    return set;
  }

  void shared_set(const Key& key, const ByChip& chips) {
    progress_(fmt::format("shared {} {}", kernel_class_name(key.kind), format_label(key)));
    std::vector<MachineSample> all;
    std::vector<std::string> names;
    for (const auto& [chip, samples] : chips) {
      // A second chip with a die would give that die two votes; kernels of A100's latent attention
      // (TensorRT-LLM 1.0.0) walk the whole context in one block, which no current software does.
      if (die_of(chip) != chip) continue;
      if (key.kind == KernelClass::kMlaDecode && chips.size() > 1 && chip.starts_with("A100")) continue;
      all.insert(all.end(), samples.begin(), samples.end());
      names.push_back(chip);
    }
    KernelSet set = coefficients_only(all, 3, kMostSamples);
    describe(set, names, all.size());
    leave_out(set, chips, format_label(key));
    study_.parameters.sets.push_back(std::move(set));
  }

  /// Mixtures of experts were measured in one format on each chip: their efficiencies are pooled over
  /// formats.
  void pooled_experts() {
    ByChip chips;
    for (const auto& [key, by_chip] : keys_) {
      if (key.kind != KernelClass::kMoe) continue;
      for (const auto& [chip, samples] : by_chip) chips[chip] = samples;
    }
    if (!chips.empty()) shared_set({KernelClass::kMoe, "bf16", 0}, chips);
  }

  void leave_out(KernelSet& set, const ByChip& chips, const std::string& format) {
    Ratios ratios;
    for (const auto& [out, tested] : chips) {
      std::vector<MachineSample> training;
      for (const auto& [chip, samples] : chips) {
        if (die_of(chip) != die_of(out)) training.insert(training.end(), samples.begin(), samples.end());
      }
      if (training.empty() || !folds_) continue;
      progress_(fmt::format("without {}: {} {}", out, kernel_class_name(set.kind), format));
      const KernelSet fitted = coefficients_only(training, 1, 2 * kMostFoldSamples);
      std::map<std::string, Ratios> rows;
      for (const MachineSample& s : tested) {
        Machine machine = *s.machine;
        machine.units = Machine{}.units;  // not known of the chips that this error is for
        const double ratio = s.sample->seconds / kernel_latency(fitted, s.sample->kernel, machine).total;
        rows[class_label(s.sample->kernel)].add(s, ratio);
        if (die_of(out) != out) continue;
        ratios.add(s, ratio);
        left_out_[class_label(s.sample->kernel)].add(s, ratio);
      }
      for (const auto& [kind, row] : rows) {
        study_.left_out.push_back({out, kind, format, "chip", quality(row.all), quality(row.streaming)});
      }
    }
    set.held_out = quality(ratios.all);
    set.streaming = quality(ratios.streaming);
  }

  bool folds_;
  const std::function<void(const std::string&)>& progress_;
  Study study_;
  std::map<Key, ByChip> keys_;
  std::map<std::pair<std::string, std::string>, Machine> machines_;
  std::map<std::pair<std::string, KernelClass>, std::set<std::string>> files_;
  std::map<std::pair<std::string, KernelClass>, std::string> software_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Ratios> held_out_;
  std::map<std::string, Ratios> left_out_;
};

}  // namespace

Machine kernel_machine(const std::string& chip, const std::string& format) {
  const Chip data = load_chip(chip);
  const Format arithmetic = format == "w8a8"            ? Format::kInt8
                            : format.starts_with("fp8") ? Format::kFp8
                                                        : Format::kBf16;
  Machine machine;
  machine.name = data.name;
  machine.operations_per_s = data.need_peak(arithmetic).range.value;
  if (data.has(Format::kFp32)) machine.vector_operations_per_s = data.need_peak(Format::kFp32).range.value;
  machine.bytes_per_s = data.need_bandwidth().range.value;
  return machine;
}

void add_processors(Parameters& parameters) {
  // Streaming multiprocessors: NVIDIA's architecture white papers of Ampere, Hopper and Ada. Caches: the
  // same; of L40S the 96 MB of the full AD102, which measured loops over 67 MB show warm.
  parameters.processors = {{"A100 SXM 80GB", {108, 40e6, "NVIDIA A100 white paper"}},
                           {"H100 SXM5", {132, 50e6, "NVIDIA H100 white paper"}},
                           {"H200 SXM", {132, 50e6, "NVIDIA H100 white paper: the same GH100"}},
                           {"L40S", {142, 96e6, "NVIDIA Ada white paper; 96 MB as measured kernels show"}}};
  parameters.siblings = {{"A100 SXM 40GB", "A100 SXM 80GB"}, {"A800 SXM 80GB", "A100 SXM 80GB"},
                         {"H100 PCIe", "H100 SXM5"},         {"H200 SXM", "H100 SXM5"},
                         {"H800 SXM", "H100 SXM5"},          {"RTX 4090", "L40S"}};
}

Study study_kernels(std::vector<SampleFile> files, bool folds,
                    const std::function<void(const std::string&)>& progress) {
  return Builder(folds, progress).run(files);
}

}  // namespace heddle::eval
