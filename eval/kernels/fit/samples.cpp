#include "eval/kernels/fit/samples.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace heddle::eval {
namespace {

std::vector<std::string> split_line(const std::string& line) {
  std::vector<std::string> cells;
  std::string cell;
  std::istringstream in(line);
  while (std::getline(in, cell, ',')) {
    if (!cell.empty() && cell.back() == '\r') cell.pop_back();
    cells.push_back(cell);
  }
  return cells;
}

/// One line with its columns' names.
class Row {
 public:
  Row(const std::string& file, int line, const std::vector<std::string>& header,
      std::vector<std::string> cells)
      : file_(file), line_(line), header_(header), cells_(std::move(cells)) {
    if (cells_.size() != header_.size()) {
      throw std::runtime_error(fmt::format("{}:{}: {} columns where the header has {}", file_, line_,
                                           cells_.size(), header_.size()));
    }
  }
  const std::string& text(const std::string& column) const {
    const auto at = std::find(header_.begin(), header_.end(), column);
    if (at == header_.end())
      throw std::runtime_error(fmt::format("{}: column '{}' is missing", file_, column));
    return cells_[static_cast<std::size_t>(at - header_.begin())];
  }
  double number(const std::string& column) const {
    const std::string& cell = text(column);
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(cell, &used);
    } catch (const std::exception&) {
      used = 0;
    }
    if (used != cell.size() || cell.empty() || !(value > 0)) {
      throw std::runtime_error(
          fmt::format("{}:{}: column '{}' is '{}', not a positive number", file_, line_, column, cell));
    }
    return value;
  }

 private:
  const std::string& file_;
  int line_;
  const std::vector<std::string>& header_;
  std::vector<std::string> cells_;
};

std::string format_from(const std::string& dtype) {
  if (dtype == "bfloat16") return "bf16";
  if (dtype == "sq") return "w8a8";
  return dtype;
}
double cache_bytes_from(const std::string& dtype) { return dtype == "fp8" ? 1 : 2; }

Sample sample_of(KernelClass kind, const Row& row) {
  Sample out;
  Kernel& kernel = out.kernel;
  switch (kind) {
    case KernelClass::kGemm:
      kernel =
          gemm_kernel(row.number("m"), row.number("n"), row.number("k"), format_from(row.text("gemm_dtype")));
      out.group = row.text("n") + "," + row.text("k");
      out.other_group = row.text("n");
      break;
    case KernelClass::kAttentionPrefill:
      kernel = attention_prefill_kernel(row.number("batch_size"), row.number("isl"), row.number("num_heads"),
                                        row.number("num_key_value_heads"), row.number("head_dim"),
                                        format_from(row.text("attn_dtype")),
                                        cache_bytes_from(row.text("kv_cache_dtype")));
      out.group = row.text("num_heads") + "," + row.text("num_key_value_heads");
      out.other_group = row.text("batch_size") + "," + row.text("isl");
      break;
    case KernelClass::kAttentionDecode:
      kernel = attention_decode_kernel(row.number("batch_size"), row.number("step") + 1,
                                       row.number("num_heads"), row.number("num_key_value_heads"),
                                       row.number("head_dim"), cache_bytes_from(row.text("kv_cache_dtype")));
      out.group = row.text("num_heads") + "," + row.text("num_key_value_heads");
      out.other_group = row.text("batch_size") + "," + row.text("step");
      break;
    case KernelClass::kMlaPrefill:
      kernel = mla_prefill_kernel(row.number("batch_size"), row.number("isl"), row.number("num_heads"),
                                  cache_bytes_from(row.text("kv_cache_dtype")));
      out.group = row.text("batch_size") + "," + row.text("num_heads");
      break;
    case KernelClass::kMlaDecode:
      kernel = mla_decode_kernel(row.number("batch_size"), row.number("step") + 1, row.number("num_heads"),
                                 cache_bytes_from(row.text("kv_cache_dtype")));
      out.group = row.text("batch_size") + "," + row.text("num_heads");
      break;
    case KernelClass::kMoe: {
      const std::string& law = row.text("distribution");
      const std::string prefix = "power_law_";
      const double skew = law.starts_with(prefix) ? std::stod(law.substr(prefix.size())) : 0.0;
      kernel = moe_kernel(row.number("num_tokens"), row.number("hidden_size"),
                          row.number("inter_size") / row.number("moe_tp_size"), row.number("num_experts"),
                          row.number("num_experts") / row.number("moe_ep_size"), row.number("topk"), skew,
                          format_from(row.text("moe_dtype")));
      out.group = row.text("moe_tp_size") + "," + row.text("moe_ep_size");
      break;
    }
  }
  kernel.cold = false;
  out.seconds = row.number("latency") * 1e-3;
  return out;
}

// What the files call a device, and its name in the chips' data.
std::string chip_of(const std::string& file, const std::string& device) {
  static const std::map<std::string, std::string> known = {{"NVIDIA A100-SXM4-80GB", "A100 SXM 80GB"},
                                                           {"NVIDIA H100 80GB HBM3", "H100 SXM5"},
                                                           {"NVIDIA L40S", "L40S"},
                                                           {"NVIDIA H200", "H200 SXM"}};
  const auto at = known.find(device);
  if (at == known.end()) throw std::runtime_error(fmt::format("{}: device '{}' is unknown", file, device));
  return at->second;
}

}  // namespace

SampleFile parse_samples(const std::string& name, const std::string& text) {
  SampleFile out;
  out.name = name;
  bool classed = false;
  for (const KernelClass kind :
       {KernelClass::kGemm, KernelClass::kAttentionPrefill, KernelClass::kAttentionDecode,
        KernelClass::kMlaPrefill, KernelClass::kMlaDecode, KernelClass::kMoe}) {
    if (name.starts_with(kernel_class_name(kind))) out.kind = kind, classed = true;
  }
  if (!classed) throw std::runtime_error(fmt::format("{}: its name starts with no kernel class", name));
  std::istringstream in(text);
  std::string line;
  if (!std::getline(in, line)) throw std::runtime_error(fmt::format("{}: is empty", name));
  const std::vector<std::string> header = split_line(line);
  for (int number = 2; std::getline(in, line); ++number) {
    if (line.empty()) continue;
    const Row row(name, number, header, split_line(line));
    if (out.chip.empty()) {
      out.chip = chip_of(name, row.text("device"));
      const std::string& framework = row.text("framework");
      out.software = (framework == "TRTLLM" ? "TensorRT-LLM"
                      : framework == "VLLM" ? "vLLM"
                                            : framework) +
                     " " + row.text("version");
    }
    out.samples.push_back(sample_of(out.kind, row));
  }
  if (out.samples.empty()) throw std::runtime_error(fmt::format("{}: has no rows", name));
  return out;
}

std::vector<SampleFile> read_samples(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> paths;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".csv") paths.push_back(entry.path().string());
  }
  if (error) throw std::runtime_error(fmt::format("{}: cannot be listed: {}", folder, error.message()));
  if (paths.empty()) throw std::runtime_error(fmt::format("{}: holds no .csv file", folder));
  std::sort(paths.begin(), paths.end());
  std::vector<SampleFile> files;
  for (const std::string& path : paths) {
    std::ifstream file(path);
    std::ostringstream text;
    if (!file || !(text << file.rdbuf())) throw std::runtime_error(path + ": cannot be read");
    files.push_back(parse_samples(fs::path(path).filename().string(), text.str()));
  }
  return files;
}

}  // namespace heddle::eval
