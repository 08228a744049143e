#include "compiler/graph/onnx/partition.hpp"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>

#include "compiler/graph/onnx/kernels/kernels.hpp"
#include "compiler/graph/onnx/node_cost.hpp"
#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/segment_graph.hpp"

namespace heddle::graph::onnx {

namespace {

/// Takes turns: what the host can do now, then what the device can do then, so that few segments result.
std::vector<Segment> schedule(const Model& model, const std::vector<bool>& on_device) {
  std::vector<bool> known(model.values.size(), true), done(model.nodes.size(), false);
  for (const Node& node : model.nodes) {
    for (const ValueId id : node.outputs) {
      if (id != kAbsent) known[static_cast<std::size_t>(id)] = model.value(id).constant != nullptr;
    }
  }
  std::vector<Segment> segments;
  std::size_t left = model.nodes.size();
  for (bool device = false; left > 0; device = !device) {
    Segment segment;
    segment.device = device;
    for (std::size_t i = 0; i < model.nodes.size(); ++i) {
      if (done[i] || on_device[i] != device) continue;
      bool ready = true;
      for (const ValueId id : model.nodes[i].inputs)
        ready = ready && (id == kAbsent || known[static_cast<std::size_t>(id)]);
      if (!ready) continue;
      for (const ValueId id : model.nodes[i].outputs) {
        if (id != kAbsent) known[static_cast<std::size_t>(id)] = true;
      }
      done[i] = true;
      --left;
      segment.nodes.push_back(i);
    }
    if (!segment.nodes.empty()) segments.push_back(std::move(segment));
  }
  return segments;
}

/// Values that a segment must give: used by nodes outside it, or outputs.
std::vector<bool> wanted_of(const Model& model, const Segment& segment) {
  std::vector<bool> inside(model.nodes.size(), false), wanted(model.values.size(), false);
  for (const std::size_t index : segment.nodes) inside[index] = true;
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    if (inside[i]) continue;
    for (const ValueId id : model.nodes[i].inputs) {
      if (id != kAbsent) wanted[static_cast<std::size_t>(id)] = true;
    }
  }
  for (const ValueId id : model.outputs) wanted[static_cast<std::size_t>(id)] = true;
  return wanted;
}

/// Views of what the device computes stay there.
std::vector<bool> sides(const Model& model, const std::vector<NodeCost>& costs) {
  std::vector<bool> out, device_value(model.values.size(), false);
  for (std::size_t i = 0; i < model.nodes.size(); ++i) {
    const Node& node = model.nodes[i];
    const bool view = is_row_view(model, node) && device_value[static_cast<std::size_t>(node.inputs[0])];
    out.push_back(costs[i].device || view);
    for (const ValueId id : node.outputs) {
      if (id != kAbsent) device_value[static_cast<std::size_t>(id)] = out.back();
    }
  }
  return out;
}

}  // namespace

std::int64_t Partition::operations() const {
  std::int64_t sum = 0;
  for (const NodeCost& cost : costs) sum += cost.operations;
  return sum;
}

std::int64_t Partition::host_operations() const {
  std::int64_t sum = 0;
  for (const NodeCost& cost : costs) sum += cost.device ? 0 : cost.operations;
  return sum;
}

std::vector<std::size_t> Partition::host_nodes() const {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < costs.size(); ++i) {
    if (!costs[i].device && costs[i].work == Work::kComputes) out.push_back(i);
  }
  return out;
}

Partition partition(Model recovered, bool host_fallback) {
  Partition out;
  out.model = std::move(recovered);
  const Model& model = out.model;
  for (const Node& node : model.nodes) out.costs.push_back(node_cost(model, node));
  const std::vector<std::size_t> host = out.host_nodes();
  if (!host_fallback && !host.empty()) {
    const std::string more = host.size() == 1 ? "" : fmt::format(" (and {} more nodes)", host.size() - 1);
    throw std::runtime_error(fmt::format("{}: {}{}; --host-fallback computes it on the host",
                                         place(model, model.nodes[host[0]]), out.costs[host[0]].reason,
                                         more));
  }
  out.segments = schedule(model, sides(model, out.costs));
  for (Segment& segment : out.segments) {
    if (segment.device) build_segment_graph(model, wanted_of(model, segment), &segment);
  }
  return out;
}

Tensors segment_constants(const Partition& partition, const Segment& segment) {
  Tensors out;
  for (const auto& [typed, id, shape] : segment.constants) {
    const Tensor& tensor = *partition.model.value(id).constant;
    out.emplace(typed, spread(tensor.floats(), tensor.shape(), shape));
  }
  return out;
}

std::vector<Tensor> run_partition(const Partition& partition, const std::vector<Tensor>& inputs,
                                  const RunSegment& run) {
  const Model& model = partition.model;
  if (inputs.size() != model.inputs.size()) {
    throw std::runtime_error(
        fmt::format("{}: has {} inputs, {} are given", model.name, model.inputs.size(), inputs.size()));
  }
  std::vector<Tensor> values(model.values.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& value = model.value(model.inputs[i]);
    if (inputs[i].type() != value.type || inputs[i].shape() != value.shape) {
      throw std::runtime_error(fmt::format("{}: input \"{}\" is {}{}, the data is {}", model.name, value.name,
                                           element_name(value.type), shape_text(value.shape),
                                           inputs[i].type_text()));
    }
    values[static_cast<std::size_t>(model.inputs[i])] = inputs[i];
  }
  const auto tensor = [&](ValueId id) -> const Tensor& {
    return model.value(id).constant ? *model.value(id).constant : values[static_cast<std::size_t>(id)];
  };
  for (const Segment& segment : partition.segments) {
    if (segment.device) {
      Tensors given;
      for (const auto& [typed, id] : segment.inputs) given.emplace(typed, tensor(id).floats());
      const Tensors results = run(segment, given);
      for (const auto& [typed, id] : segment.outputs) {
        values[static_cast<std::size_t>(id)] = Tensor::of_floats(model.value(id).shape, results.at(typed));
      }
      continue;
    }
    for (const std::size_t index : segment.nodes) {
      const Node& node = model.nodes[index];
      std::vector<const Tensor*> operands;
      for (const ValueId id : node.inputs) operands.push_back(id == kAbsent ? nullptr : &tensor(id));
      try {
        std::vector<Tensor> outputs = call(node, operands);
        for (std::size_t k = 0; k < node.outputs.size(); ++k) {
          if (node.outputs[k] != kAbsent)
            values[static_cast<std::size_t>(node.outputs[k])] = std::move(outputs[k]);
        }
      } catch (const std::runtime_error& error) {
        throw std::runtime_error(fmt::format("{}: {}", place(model, node), error.what()));
      }
    }
  }
  std::vector<Tensor> out;
  for (const ValueId id : model.outputs) out.push_back(tensor(id));
  return out;
}

RunSegment reference_segments(const Partition& partition, int threads) {
  return [&partition, threads](const Segment& segment, const Tensors& inputs) {
    Tensors all = segment_constants(partition, segment);
    all.insert(inputs.begin(), inputs.end());
    return evaluate(segment.graph, all, threads);
  };
}

}  // namespace heddle::graph::onnx
