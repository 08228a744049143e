// Static calibration: one scale and zero point for all rows of a product's activations, from their range over
// samples, in place of a scale for each row that the accelerator finds while it runs.
#pragma once
#include <string>
#include <vector>

#include "compiler/graph/onnx/partition.hpp"

namespace heddle::graph::onnx {

/// What the samples say about one value that products take in 8 bits.
struct CalibratedRange {
  std::string value;  // of the typed graph
  double least = 0, greatest = 0;
  double scale = 0;       // of a step; 0: nothing but zeros was seen, rows keep scales of their own
  std::int64_t zero = 0;  // the step that stands for 0, -127 to 127
};

/// Runs the samples (each in the order of Model::inputs) through the float reference and gives every product
/// that has no scale of the file's (input_scale) the one of the range of its input, 0 included: 254 steps
/// from the least to the greatest element, as min-max calibration does (Jacob et al. 2018, arXiv 1712.05877,
/// section 3.1). Errors as run_partition(); throws std::runtime_error without samples, and naming a value
/// that is not finite.
std::vector<CalibratedRange> calibrate(Partition* partition, const std::vector<std::vector<Tensor>>& samples,
                                       int threads);

}  // namespace heddle::graph::onnx
