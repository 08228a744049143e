// Measured kernels: the CSV files of ai-dynamo/aiconfigurator (Apache-2.0).
#pragma once
#include <string>
#include <vector>

#include "eval/kernels/kernel.hpp"
#include "eval/kernels/latency.hpp"

namespace heddle::eval {

/// One measured kernel.
struct Sample {
  Kernel kernel;
  double seconds = 0;
  std::string group;        // shapes held out together: (n,k), (heads,kv_heads), (batch,heads), (tp,ep)
  std::string other_group;  // another way: n alone, (batch,context)
};

/// The rows of one file.
struct SampleFile {
  std::string name;      // of the file, without its folder
  std::string chip;      // name in the chips' data
  std::string software;  // "TensorRT-LLM 1.3.0rc20"
  KernelClass kind = KernelClass::kGemm;
  std::vector<Sample> samples;
};

/// Reads every *.csv file of a folder, in order of names. Throws std::runtime_error naming file, line and
/// column.
std::vector<SampleFile> read_samples(const std::string& folder);

/// Reads one file's text; `name` is used in messages and for the class.
SampleFile parse_samples(const std::string& name, const std::string& text);

}  // namespace heddle::eval
