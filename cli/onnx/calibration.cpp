#include "cli/onnx/calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include "compiler/graph/onnx/npy.hpp"

namespace heddle::cli {

namespace onnx = graph::onnx;
namespace fs = std::filesystem;

namespace {

std::vector<onnx::Tensor> read_sample(const onnx::Model& bound, const std::string& folder) {
  std::vector<onnx::Tensor> out;
  for (const onnx::ValueId id : bound.inputs) {
    const onnx::Value& value = bound.value(id);
    const std::string file = tensor_path(folder, value.name);
    if (!fs::exists(file)) {
      throw std::runtime_error(fmt::format("--calibrate: {} has no {}, the input \"{}\" of {}", folder,
                                           fs::path(file).filename().string(), value.name, bound.name));
    }
    out.push_back(onnx::read_npy(file));
    if (out.back().type() != value.type || out.back().shape() != value.shape) {
      throw std::runtime_error(fmt::format("--calibrate: {} is {}, the input \"{}\" of {} is {}{}", file,
                                           out.back().type_text(), value.name, bound.name,
                                           element_name(value.type), onnx::shape_text(value.shape)));
    }
  }
  return out;
}

}  // namespace

std::string tensor_path(const std::string& directory, std::string name) {
  for (char& c : name) {
    if (c == '/' || c == '\\' || c == '\0') c = '_';
  }
  if (name.empty() || name[0] == '.') name.insert(0, 1, '_');
  return directory + "/" + name + ".npy";
}

std::vector<std::vector<onnx::Tensor>> read_samples(const onnx::Model& bound, const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw std::runtime_error(fmt::format("--calibrate: {} is no folder", folder));
  std::vector<std::string> folders;
  bool files = false;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_directory()) folders.push_back(entry.path().string());
    files = files || entry.path().extension() == ".npy";
  }
  std::sort(folders.begin(), folders.end());
  if (files) folders.insert(folders.begin(), folder);
  if (folders.empty()) {
    throw std::runtime_error(fmt::format(
        "--calibrate: {} has neither .npy files named as the inputs nor folders of them", folder));
  }
  std::vector<std::vector<onnx::Tensor>> out;
  for (const std::string& sample : folders) out.push_back(read_sample(bound, sample));
  return out;
}

std::vector<onnx::CalibratedRange> calibrate_by(const std::string& folder, const onnx::Model& bound,
                                                onnx::Partition* partition) {
  if (folder.empty()) return {};
  const int threads = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return onnx::calibrate(partition, read_samples(bound, folder), threads);
}

std::string calibration_table(const std::vector<onnx::CalibratedRange>& ranges) {
  Table table({"8-bit activations", "least", "greatest", "step", "zero point"});
  table.left(1);
  for (const onnx::CalibratedRange& range : ranges) {
    const bool constant = range.scale != 0;
    table.add({range.value, fmt::format("{:.4g}", range.least), fmt::format("{:.4g}", range.greatest),
               constant ? fmt::format("{:.4g}", range.scale) : "each row's",
               constant ? std::to_string(range.zero) : "-"});
  }
  return table.text();
}

void add_calibration(Json* json, const std::vector<onnx::CalibratedRange>& ranges) {
  Json out = Json::array();
  for (const onnx::CalibratedRange& range : ranges) {
    out.push_back({{"value", range.value},
                   {"least", range.least},
                   {"greatest", range.greatest},
                   {"scale", range.scale},
                   {"zero", range.zero}});
  }
  (*json)["calibration"] = out;
}

}  // namespace heddle::cli
