// The fitted parameters of the kernel models, and which of them serve a chip.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "eval/kernels/latency.hpp"
#include "eval/kernels/residual.hpp"

namespace heddle::eval {

/// How far predictions were from kernels that the fit had not seen.
struct Quality {
  int count = 0;
  double median = 0, p90 = 0;            // of |predicted / measured - 1|
  double ratio_low = 1, ratio_high = 1;  // 10th and 90th percentile of measured / predicted
};
Quality quality(const std::vector<double>& measured_over_predicted);

/// Everything that predicts one class of kernels in one format.
struct KernelSet {
  KernelClass kind = KernelClass::kGemm;
  std::string format;      // as Kernel::format
  double cache_bytes = 0;  // of a cached element; 0 where the class has no cache
  bool one_block = false;  // its kernels are of Kernel::one_block
  std::string chip;        // measured on; empty: shared by all chips, for those without measured kernels
  std::string software;    // "TensorRT-LLM 1.0.0"; of a shared set all of them
  std::vector<std::string> files;
  int rows = 0;
  Coefficients coefficients;
  Residual residual;  // none in shared sets
  Quality held_out;   // own sets: shapes held out; shared sets: chips left out
  Quality streaming;  // the same of kernels that stream over twice the last-level cache: what decode does
};

bool uses_cache(KernelClass kind);

/// Latency of a kernel on a machine by a set. Cold kernels are never faster than streaming their weights or
/// cache from DRAM at the set's bandwidth efficiency, whatever the tables say.
LatencyParts kernel_latency(const KernelSet& set, const Kernel& kernel, const Machine& machine);

/// Facts of measured chips that their data files do not carry.
struct Processors {
  double units = 128;                // streaming multiprocessors
  double cache_bytes = 0;            // last-level cache as the measured kernels show it
  double clock = 0, base_clock = 0;  // Hz: that of the peaks, and that which its maker guarantees
  std::string source;
  bool inline_ecc = false;  // within its DRAM and on by default: boards for servers with GDDR
  /// Writes what it knows into a machine.
  void describe(Machine& machine) const;
};

struct Parameters {
  std::string source;  // of the measurements
  std::map<std::string, Processors> processors;
  std::map<std::string, std::string> siblings;  // chip: measured chip with the same die
  std::vector<KernelSet> sets;
  std::string file;
};

/// How a set relates to the chip that it is used for.
enum class SetRelation { kOwn, kSibling, kShared };
std::string_view name(SetRelation relation);

struct ChosenSet {
  const KernelSet* set = nullptr;
  SetRelation relation = SetRelation::kShared;
  bool other_format = false;    // fitted in another format, whose efficiencies are taken over
  bool other_software = false;  // fitted on other software than asked for
};

/// The best set for a kernel: own chip before same die before shared, the format before its nearest relative,
/// then the software family asked for ("TensorRT-LLM", "vLLM"; empty: any, TensorRT-LLM first).
/// Throws std::runtime_error when the parameters have no set of the class.
ChosenSet choose(const Parameters& parameters, const Kernel& kernel, const std::string& chip,
                 const std::string& software);

/// Reads eval/kernels/parameters.json of the data directory, once.
const Parameters& kernel_parameters();
/// Throws std::runtime_error naming `source` and the field.
Parameters parameters_from_json(const std::string& text, const std::string& source);
/// The file's text: a line for each coefficient list and table.
std::string parameters_text(const Parameters& parameters);

}  // namespace heddle::eval
