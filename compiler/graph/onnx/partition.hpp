// Which part of a recovered model runs on the accelerator, and which on the host. The accelerator's parts
// become typed graphs; the host moves data between them and, where the user allows it, computes the rest.
#pragma once
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "compiler/graph/evaluate.hpp"
#include "compiler/graph/ir.hpp"
#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

/// A constant of a segment's graph: elements of the model's constant, broadcast to `shape` (the shape that
/// the node which uses it has in the model; leading axes are one in the graph).
struct SegmentConstant {
  graph::ValueId typed;
  ValueId id;
  Shape shape;
};

/// Nodes that run one after the other on one side.
struct Segment {
  bool device = false;
  std::vector<std::size_t> nodes;  // of Partition::model
  // Of a device segment: rows of features, all leading axes of a tensor in one. Verified.
  Graph graph;
  std::vector<std::pair<graph::ValueId, ValueId>> inputs, outputs;  // of the graph; of the model
  std::vector<SegmentConstant> constants;
};

/// What a node costs, for the share of the host.
enum class Work { kMoves, kComputes };
struct NodeCost {
  bool device = false;
  Work work = Work::kMoves;
  std::int64_t operations = 0;  // arithmetic operations; a multiply-accumulate counts two
  std::string reason;           // of a host node that computes: what the accelerator lacks
};

struct Partition {
  Model model;  // recovered
  std::vector<Segment> segments;
  std::vector<NodeCost> costs;  // of each node

  std::int64_t operations() const;
  std::int64_t host_operations() const;
  /// Nodes that compute on the host, in order.
  std::vector<std::size_t> host_nodes() const;
};

/// Splits a recovered model. Nodes that only move data (reshapes, transposes, slices, look-ups, conversions)
/// run on the host without being asked for. Throws std::runtime_error where arithmetic is left to the host
/// and `host_fallback` is false: it names the node, its operator, and what the accelerator lacks.
Partition partition(Model recovered, bool host_fallback);

/// Constants of a device segment as its graph wants them: float, row-major, broadcast to the graph's shape.
Tensors segment_constants(const Partition& partition, const Segment& segment);

/// Runs a device segment: inputs by the graph's value, to outputs by the graph's value.
using RunSegment = std::function<Tensors(const Segment&, const Tensors& inputs)>;

/// The model's outputs: host nodes by their kernels, device segments by `run`. Errors as evaluate().
std::vector<Tensor> run_partition(const Partition& partition, const std::vector<Tensor>& inputs,
                                  const RunSegment& run);

/// Device segments by the float reference of typed graphs.
RunSegment reference_segments(const Partition& partition, int threads);

}  // namespace heddle::graph::onnx
