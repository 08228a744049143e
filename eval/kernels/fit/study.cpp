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
// Of one file where several are fitted together.
constexpr std::size_t kMostOfFile = 400;

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

std::string facts_label(bool facts) { return facts ? "chip" : "chip, its facts not known"; }

bool decodes(KernelClass kind) {
  return kind == KernelClass::kAttentionDecode || kind == KernelClass::kMlaDecode;
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

/// Decode kernels that walk a context in one block. A100's of latent attention (TensorRT-LLM 1.0.0): one
/// sequence takes 0.12 us a token, 8 sequences and 32 the same. L40S's with an 8-bit cache (1.3.0rc20): 16 ns
/// a token of one sequence and key head, as of eight. Read from their measured kernels.
bool walks_in_one_block(const std::string& chip, const Kernel& kernel) {
  return (chip == "A100 SXM 80GB" && kernel.kind == KernelClass::kMlaDecode) ||
         (chip == "L40S" && kernel.kind == KernelClass::kAttentionDecode && kernel.cache_bytes == 1);
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
    for (const auto& [place, ratios] : left_out_) {
      const auto& [facts, kind] = place;
      study_.left_out.push_back(
          {"all but H200", kind, "all", facts_label(facts), quality(ratios.all), quality(ratios.streaming)});
    }
    return std::move(study_);
  }

 private:
  void take(SampleFile& file) {
    files_[{file.chip, file.kind}].insert(file.name);
    software_[{file.chip, file.kind}] = file.software;
    int impossible = 0;
    for (Sample& sample : file.samples) {
      sample.kernel.one_block = walks_in_one_block(file.chip, sample.kernel);
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
      study_.parameters.processors.at(chip).describe(slot);
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

  static KernelSet coefficients_only(const Key& key, const std::vector<MachineSample>& samples, int starts,
                                     std::size_t most) {
    KernelSet set;
    set.kind = key.kind, set.format = key.format, set.cache_bytes = key.cache_bytes;
    set.coefficients = fit_coefficients(samples, starts, most);
    return set;
  }

  void shared_set(const Key& key, const ByChip& chips) {
    progress_(fmt::format("shared {} {}", kernel_class_name(key.kind), format_label(key)));
    std::vector<std::string> names;
    std::size_t rows = 0;
    for (const auto& [chip, samples] : chips) {
      if (die_of(chip) != chip) continue;
      rows += samples.size();
      names.push_back(chip);
    }
    KernelSet set = coefficients_only(key, family(key, chips, ""), 1, 2 * kMostFoldSamples);
    describe(set, names, rows);
    leave_out(set, key, chips);
    study_.parameters.sets.push_back(std::move(set));
  }

  /// What a shared set is fitted to: the kernels of the key and, of attention, those of the same phase in
  /// other formats and of the other kind, as many from each file; all chips but those with the die `without`.
  /// A second chip with a die would give that die two votes.
  std::vector<MachineSample> family(const Key& key, const ByChip& chips, const std::string& without) {
    std::vector<MachineSample> out;
    const auto take_from = [&](const ByChip& by_chip, std::size_t most) {
      for (const auto& [chip, samples] : by_chip) {
        if (die_of(chip) == without || (without.empty() && die_of(chip) != chip)) continue;
        const std::size_t stride = (samples.size() + most - 1) / most;
        for (std::size_t i = 0; i < samples.size(); i += stride) {
          out.push_back({samples[i].sample, shared_machine(chip, samples[i])});
        }
      }
    };
    if (!uses_cache(key.kind)) {
      take_from(chips, kMostSamples);
      return out;
    }
    for (const auto& [other, by_chip] : keys_) {
      if (!uses_cache(other.kind) || decodes(other.kind) != decodes(key.kind)) continue;
      // A100's latent decode kernels (TensorRT-LLM 1.0.0) are prompts' kernels with one query: padded to a
      // tile of 64 heads, unsplit, at a third of the peak. No newer kernel resembles them.
      ByChip chosen = by_chip;
      if (other.kind == KernelClass::kMlaDecode) chosen.erase("A100 SXM 80GB");
      take_from(chosen, kMostOfFile);
    }
    return out;
  }

  /// TensorRT-LLM's prompt attention on Hopper multiplies in FP8 where the cache has 8 bits, whatever format
  /// is asked for.
  const Machine* shared_machine(const std::string& chip, const MachineSample& s) {
    const Kernel& kernel = s.sample->kernel;
    const bool narrow =
        chip.starts_with("H100") && kernel.kind == KernelClass::kAttentionPrefill && kernel.cache_bytes == 1;
    return narrow ? machine_of(chip, "fp8") : s.machine;
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

  /// Errors on each die left out: with the facts of its data sheet, and with those that a chip has which
  /// publishes neither processors nor clocks. The latter become the set's range.
  void leave_out(KernelSet& set, const Key& key, const ByChip& chips) {
    Ratios unknown_all;
    const std::string format = format_label(key);
    for (const auto& [out, tested] : chips) {
      const std::vector<MachineSample> training = family(key, chips, die_of(out));
      if (training.empty() || !folds_) continue;
      progress_(fmt::format("without {}: {} {}", out, kernel_class_name(set.kind), format));
      const KernelSet fitted = coefficients_only(key, training, 1, 2 * kMostFoldSamples);
      const double processors = assumed_processors(machine_of(out, "bf16")->operations_per_s);
      for (const bool facts : {true, false}) {
        std::map<std::string, Ratios> rows;
        for (const MachineSample& s : tested) {
          Machine machine = *shared_machine(out, s);
          Kernel kernel = s.sample->kernel;
          if (!facts) {
            kernel.one_block = false;
            machine.units = processors;
            machine.clock = Machine{}.clock, machine.sustained = Machine{}.sustained;
          }
          const double ratio = s.sample->seconds / kernel_latency(fitted, kernel, machine).total;
          rows[class_label(s.sample->kernel)].add(s, ratio);
          if (die_of(out) != out) continue;
          if (!facts) unknown_all.add(s, ratio);
          left_out_[{facts, class_label(s.sample->kernel)}].add(s, ratio);
        }
        for (const auto& [kind, row] : rows) {
          study_.left_out.push_back(
              {out, kind, format, facts_label(facts), quality(row.all), quality(row.streaming)});
        }
      }
    }
    set.held_out = quality(unknown_all.all);
    set.streaming = quality(unknown_all.streaming);
  }

  bool folds_;
  const std::function<void(const std::string&)>& progress_;
  Study study_;
  std::map<Key, ByChip> keys_;
  std::map<std::pair<std::string, std::string>, Machine> machines_;
  std::map<std::pair<std::string, KernelClass>, std::set<std::string>> files_;
  std::map<std::pair<std::string, KernelClass>, std::string> software_;
  std::map<std::tuple<std::string, std::string, std::string, std::string>, Ratios> held_out_;
  std::map<std::pair<bool, std::string>, Ratios> left_out_;  // data sheet known, class
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
  // Clocks: those of the peaks follow from them; base clocks recalled from TechPowerUp's data base.
  const std::string recalled = "; base clock recalled", sheets = "recalled: data sheets of NVIDIA";
  parameters.processors = {
      {"A100 SXM 80GB", {108, 40e6, 1.41e9, 1.275e9, "NVIDIA A100 white paper" + recalled}},
      {"A100 SXM 40GB", {108, 40e6, 1.41e9, 1.095e9, "NVIDIA A100 white paper; TechPowerUp"}},
      {"H100 SXM5", {132, 50e6, 1.83e9, 1.59e9, "NVIDIA H100 white paper" + recalled}},
      {"H100 PCIe", {114, 50e6, 1.755e9, 1.095e9, "NVIDIA H100 white paper; cputronic.com"}},
      {"H20 SXM",
       {78, 60e6, 1.98e9, 1.98e9,
        "recalled: 78 processors; its tensor peak needs no more than the base clock"}},
      {"H200 SXM", {132, 50e6, 1.83e9, 1.59e9, "NVIDIA H100 white paper: the same GH100"}},
      {"L40S",
       {142, 96e6, 2.52e9, 1.11e9, "NVIDIA Ada white paper; 96 MB as measured kernels show" + recalled,
        true}},
      {"RTX 4090", {128, 72e6, 2.52e9, 2.235e9, "NVIDIA Ada white paper" + recalled}},
      {"RTX 3090", {82, 6e6, 1.695e9, 1.395e9, "NVIDIA GA102 white paper, recalled"}},
      {"RTX 3090 Ti", {84, 6e6, 1.86e9, 1.56e9, sheets}},
      {"RTX 3080 Ti", {80, 6e6, 1.665e9, 1.365e9, sheets}},
      {"RTX 3060", {28, 3e6, 1.777e9, 1.32e9, sheets}},
      {"RTX 4070 Ti", {60, 48e6, 2.61e9, 2.31e9, sheets}},
      {"RTX 2080 Ti", {68, 5.5e6, 1.545e9, 1.35e9, sheets}},
      {"RTX PRO 6000 Blackwell", {188, 128e6, 2.617e9, 1.59e9, sheets}},
      {"RTX PRO 6000 Blackwell Server", {188, 128e6, 2.617e9, 1.59e9, sheets}},
      {"GB10", {48, 24e6, 2.418e9, 2.418e9, sheets}},
      {"RTX 5090", {170, 96e6, 2.407e9, 2.01e9, sheets}}};
  parameters.siblings = {{"A100 SXM 40GB", "A100 SXM 80GB"},
                         {"A800 SXM 80GB", "A100 SXM 80GB"},
                         {"H100 PCIe", "H100 SXM5"},
                         {"H200 SXM", "H100 SXM5"},
                         {"H800 SXM", "H100 SXM5"},
                         {"H20 SXM", "H100 SXM5"},
                         {"RTX 4090", "L40S"}};
}

Study study_kernels(std::vector<SampleFile> files, bool folds,
                    const std::function<void(const std::string&)>& progress) {
  return Builder(folds, progress).run(files);
}

}  // namespace heddle::eval
