#include "compiler/graph/evaluate.hpp"

#include <fmt/core.h>

#include <cmath>
#include <stdexcept>

#include "compiler/graph/kernels.hpp"
#include "compiler/graph/packed.hpp"

namespace heddle::graph {
namespace {

class Evaluation {
 public:
  Evaluation(const Graph& graph, const Tensors& given, int threads)
      : graph_(graph), given_(given), threads_(threads) {}

  Tensors run(bool all) {
    for (const Node& node : graph_.nodes) {
      std::vector<float> y = compute(node);
      results_[node.results.at(0)] = std::move(y);
    }
    if (all) return std::move(results_);
    Tensors out;
    for (const ValueId id : graph_.outputs) out[id] = data(id);
    return out;
  }

 private:
  std::int64_t elements(const Value& value) const {
    std::int64_t count = 1;
    for (const Dim& dim : value.type.shape) {
      if (dim.symbolic()) {
        throw std::runtime_error(fmt::format("graph \"{}\": %{} has the symbolic extent {}: give it a number",
                                             graph_.name, value.name, dim.symbol));
      }
      count *= dim.size;
    }
    return count;
  }

  const std::vector<float>& data(ValueId id) const {
    const Value& value = graph_.value(id);
    if (const auto result = results_.find(id); result != results_.end()) return result->second;
    const auto found = given_.find(id);
    if (found == given_.end())
      throw std::runtime_error(fmt::format("graph \"{}\": no tensor for %{}", graph_.name, value.name));
    const std::int64_t expected = elements(value);
    if (static_cast<std::int64_t>(found->second.size()) != expected) {
      throw std::runtime_error(fmt::format("graph \"{}\": the tensor for %{} has {} elements, expected {}",
                                           graph_.name, value.name, found->second.size(), expected));
    }
    return found->second;
  }

  std::int64_t extent(ValueId id, std::size_t dimension) const {
    return graph_.value(id).type.shape.at(dimension).size;
  }

  std::vector<float> compute(const Node& node) const {
    const auto operand = [&](std::size_t i) -> const std::vector<float>& { return data(node.operands[i]); };
    const auto optional = [&](std::size_t i) { return i < node.operands.size() ? &operand(i) : nullptr; };
    std::vector<float> y;
    switch (node.op) {
      case Op::kEmbedding:
        return embedding(node);
      case Op::kRmsNorm:
        rms_norm(operand(0), operand(1), node.real("epsilon"), y);
        return y;
      case Op::kLayerNorm:
        layer_norm(operand(0), operand(1), optional(2), node.real("epsilon"), y);
        return y;
      case Op::kLinear:
      case Op::kLogits: {
        const PackedMatrix weight(operand(1).data(), extent(node.operands[1], 0),
                                  extent(node.operands[1], 1));
        const std::int64_t rows = extent(node.operands[0], 0);
        y.resize(static_cast<std::size_t>(rows * weight.outputs()));
        const std::vector<float>* bias = optional(2);
        weight.multiply(operand(0).data(), rows, bias == nullptr ? nullptr : bias->data(), y.data(),
                        threads_);
        return y;
      }
      case Op::kRope: {
        y = operand(0);
        const std::int64_t start = node.operands.size() > 1 ? std::llround(operand(1).at(0)) : 0;
        rope(node, start, extent(node.operands[0], 0), y);
        return y;
      }
      case Op::kFullAttention: {
        std::vector<float> mask;
        if (const std::vector<float>* given = optional(3); given != nullptr) {
          mask = *given;
          const bool flags = graph_.value(node.operands[3]).type.dtype == DType::kBool;
          for (float& value : mask) value = !flags ? value : value != 0.0f ? 0.0f : kMaskedKey;
        }
        full_attention(node, operand(0), operand(1), operand(2), mask.empty() ? nullptr : &mask, threads_, y);
        return y;
      }
      case Op::kGelu: {
        const bool tanh = node.text("approximate") == "tanh";
        y = operand(0);
        for (float& value : y) value = gelu(value, tanh);
        return y;
      }
      case Op::kSilu:
      case Op::kTanh:
      case Op::kSigmoid:
      case Op::kRelu:
        y = operand(0);
        for (float& value : y) {
          value = node.op == Op::kSilu      ? silu(value)
                  : node.op == Op::kTanh    ? std::tanh(value)
                  : node.op == Op::kSigmoid ? sigmoid(value)
                                            : std::max(value, 0.0f);
        }
        return y;
      case Op::kAdd:
      case Op::kMul:
      case Op::kSiluMul: {
        const std::vector<float>&a = operand(0), &b = operand(1);
        y.resize(a.size());
        for (std::size_t i = 0; i < y.size(); ++i) {
          y[i] = node.op == Op::kAdd ? a[i] + b[i] : node.op == Op::kMul ? a[i] * b[i] : silu_mul(a[i], b[i]);
        }
        return y;
      }
      case Op::kAttention:
        break;
    }
    throw std::runtime_error(
        fmt::format("node \"{}\" ({}): keeps a state, which a static graph has none of; use full_attention",
                    node.name, op_name(node.op)));
  }

  std::vector<float> embedding(const Node& node) const {
    const std::vector<float>& table = data(node.operands[1]);
    const std::int64_t count = extent(node.operands[1], 0), width = extent(node.operands[1], 1);
    std::vector<float> y;
    for (const float id : data(node.operands[0])) {
      const std::int64_t row = std::llround(id);
      if (row < 0 || row >= count) {
        throw std::runtime_error(
            fmt::format("node \"{}\": id {} is out of range: the table has {} rows", node.name, row, count));
      }
      y.insert(y.end(), table.begin() + row * width, table.begin() + (row + 1) * width);
    }
    return y;
  }

  const Graph& graph_;
  const Tensors& given_;
  int threads_;
  Tensors results_;
};

}  // namespace

Tensors evaluate(const Graph& graph, const Tensors& given, int threads, bool all) {
  return Evaluation(graph, given, threads).run(all);
}

}  // namespace heddle::graph
