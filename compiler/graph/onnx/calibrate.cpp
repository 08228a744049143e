#include "compiler/graph/onnx/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace heddle::graph::onnx {

namespace {

struct Range {
  double least = 0, greatest = 0;  // 0 is always part of it

  void add(const std::vector<float>& values, const std::string& name) {
    for (const float value : values) {
      if (!std::isfinite(value))
        throw std::runtime_error(fmt::format("calibration: \"{}\" has an element that is not finite", name));
      least = std::min(least, double{value});
      greatest = std::max(greatest, double{value});
    }
  }
};

bool is_uncalibrated_product(const graph::Node& node) {
  return (node.op == Op::kLinear || node.op == Op::kLogits) && !node.has("input_scale");
}

CalibratedRange steps_of(const std::string& value, const Range& range) {
  CalibratedRange out{value, range.least, range.greatest, 0, 0};
  constexpr double kLeastStep = 1e-30;  // far above subnormals, whose inverse would not be finite
  const double scale = (range.greatest - range.least) / 254.0;
  if (scale < kLeastStep) return out;
  out.scale = scale;
  out.zero = std::clamp<std::int64_t>(std::llround(-127.0 - range.least / scale), -127, 127);
  return out;
}

}  // namespace

std::vector<CalibratedRange> calibrate(Partition* partition, const std::vector<std::vector<Tensor>>& samples,
                                       int threads) {
  if (samples.empty()) throw std::runtime_error("calibration: there is no sample");
  std::map<const Segment*, std::map<graph::ValueId, Range>> ranges;
  const RunSegment run = [&](const Segment& segment, const Tensors& inputs) {
    Tensors all = segment_constants(*partition, segment);
    all.insert(inputs.begin(), inputs.end());
    const Tensors results = graph::evaluate(segment.graph, all, threads, true);
    for (const graph::Node& node : segment.graph.nodes) {
      if (!is_uncalibrated_product(node)) continue;
      const graph::ValueId id = node.operands[0];
      const auto result = results.find(id);
      ranges[&segment][id].add(result == results.end() ? all.at(id) : result->second,
                               segment.graph.value(id).name);
    }
    Tensors out;
    for (const graph::ValueId id : segment.graph.outputs) {
      const auto result = results.find(id);
      out.emplace(id, result == results.end() ? all.at(id) : result->second);
    }
    return out;
  };
  for (const std::vector<Tensor>& sample : samples) run_partition(*partition, sample, run);
  std::vector<CalibratedRange> out;
  for (Segment& segment : partition->segments) {
    std::map<graph::ValueId, CalibratedRange> steps;
    for (graph::Node& node : segment.graph.nodes) {
      if (!is_uncalibrated_product(node)) continue;
      const graph::ValueId id = node.operands[0];
      const auto [found, fresh] =
          steps.emplace(id, steps_of(segment.graph.value(id).name, ranges.at(&segment).at(id)));
      if (fresh) out.push_back(found->second);
      if (found->second.scale == 0) continue;
      node.attributes["input_scale"] = found->second.scale;
      node.attributes["input_zero"] = found->second.zero;
    }
  }
  return out;
}

}  // namespace heddle::graph::onnx
