// An ONNX model with its extents bound and its parts assigned and compiled.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/onnx/onnx.hpp"
#include "cli/output.hpp"
#include "compiler/emit/compile_static.hpp"
#include "compiler/graph/onnx/bind.hpp"
#include "compiler/graph/onnx/partition.hpp"

namespace heddle::cli {

/// "NAME=VALUE" in two; throws std::runtime_error naming the option.
std::pair<std::string, std::string> name_and_value(const std::string& option, const std::string& text);

/// The numbers that --bind gives.
graph::onnx::Symbols bound_symbols(const OnnxOptions& options);

/// Operations recovered, shaped for the configuration, and assigned.
graph::onnx::Partition prepare(graph::onnx::Model bound, const isa::Config& config, bool host_fallback);

/// The accelerator's part of a segment, its constants packed.
emit::StaticImage compile_segment(const graph::onnx::Partition& partition,
                                  const graph::onnx::Segment& segment, const isa::NamedConfig& config);

/// Operators by side, with their share of the arithmetic; then the nodes that compute on the host, and why.
std::string partition_table(const graph::onnx::Partition& partition);
/// Adds `host_share` (of arithmetic operations, 0 to 1), `operations`, `device_parts` and `host_nodes` (node,
/// operator, operations, reason).
void add_partition(Json* json, const graph::onnx::Partition& partition);

}  // namespace heddle::cli
