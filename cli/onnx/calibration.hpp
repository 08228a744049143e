// --calibrate DIR: samples from a folder, scales from their ranges, and what they were.
#pragma once
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "compiler/graph/onnx/calibrate.hpp"

namespace heddle::cli {

/// NAME.npy in a sample's folder for each input of the model: of folder itself, or of each folder in it, in
/// the order of their names. Throws std::runtime_error naming the folder without samples, the input whose
/// file a sample lacks, or the file that has another type or shape than the bound model's input.
std::vector<std::vector<graph::onnx::Tensor>> read_samples(const graph::onnx::Model& bound,
                                                           const std::string& folder);

/// Calibrates by the samples in `folder` (empty: does nothing, and gives nothing).
std::vector<graph::onnx::CalibratedRange> calibrate_by(const std::string& folder,
                                                       const graph::onnx::Model& bound,
                                                       graph::onnx::Partition* partition);

/// One line a value: its range, step and zero point.
std::string calibration_table(const std::vector<graph::onnx::CalibratedRange>& ranges);
/// Adds `calibration`: value, least, greatest, scale, zero.
void add_calibration(Json* json, const std::vector<graph::onnx::CalibratedRange>& ranges);

/// File of an input or output in a folder: NAME.npy, where NAME has no folders.
std::string tensor_path(const std::string& directory, std::string name);

}  // namespace heddle::cli
