#include "compiler/graph/onnx/bind.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "compiler/graph/onnx/operators.hpp"

namespace heddle::graph::onnx {

namespace {

/// Folding stops where it would cost more memory than a few copies of the model, or seconds of arithmetic;
/// the node then computes its value in every run.
class FoldBudget {
 public:
  explicit FoldBudget(const Model& model) {
    for (const Value& value : model.values) {
      if (value.constant) bytes_ += 4 * value.constant->bytes().size();
    }
  }

  bool allows(const Node& node, const std::vector<const Tensor*>& inputs,
              const std::vector<Tensor>& outputs) {
    static const std::vector<std::string> kProducts = {"MatMul",        "Gemm",          "Einsum",
                                                       "MatMulInteger", "QLinearMatMul", "Conv"};
    if (std::find(kProducts.begin(), kProducts.end(), node.op) != kProducts.end()) {
      std::size_t all = 0;
      for (const Tensor* input : inputs) all += input == nullptr ? 0 : input->bytes().size();
      if (all > kMostProductBytes) return false;
    }
    std::size_t needed = 0;
    for (const Tensor& output : outputs) {
      needed += static_cast<std::size_t>(output.count()) * element_bytes(output.type());
    }
    if (needed > bytes_) return false;
    bytes_ -= needed;
    return true;
  }

 private:
  static constexpr std::size_t kMostProductBytes = std::size_t{1} << 20;
  std::size_t bytes_ = std::size_t{16} << 20;
};

bool in_constants(const Model& model, const Node& node) {
  return std::all_of(node.inputs.begin(), node.inputs.end(),
                     [&](ValueId id) { return id == kAbsent || model.value(id).constant; });
}

}  // namespace

std::vector<std::string> symbols_of(const Model& model) {
  std::vector<std::string> out;
  for (const ValueId id : model.inputs) {
    for (const Dim& dim : model.value(id).dims) {
      if (dim.symbolic() && std::find(out.begin(), out.end(), dim.symbol) == out.end())
        out.push_back(dim.symbol);
    }
  }
  return out;
}

void match_symbols(const Model& model, ValueId input, const Shape& shape, Symbols* symbols) {
  const Value& value = model.value(input);
  const auto wrong = [&](const std::string& message) {
    throw std::runtime_error(fmt::format("{}: input \"{}\": {}", model.name, value.name, message));
  };
  if (shape.size() != value.dims.size()) {
    wrong(fmt::format("has {} dimensions, the data {}", value.dims.size(), shape_text(shape)));
  }
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const Dim& dim = value.dims[i];
    if (!dim.symbolic()) {
      if (dim.size != shape[i])
        wrong(fmt::format("dimension {} is {}, the data's {}", i, dim.size, shape[i]));
      continue;
    }
    const auto [known, fresh] = symbols->emplace(dim.symbol, shape[i]);
    if (!fresh && known->second != shape[i]) {
      wrong(fmt::format("dimension {} is {} = {}, the data's {}", i, dim.symbol, known->second, shape[i]));
    }
  }
}

void remove_unused(Model* model) {
  std::vector<bool> used(model->values.size(), false);
  for (const ValueId id : model->outputs) used[static_cast<std::size_t>(id)] = true;
  std::vector<Node> kept;
  for (std::size_t i = model->nodes.size(); i-- > 0;) {
    Node& node = model->nodes[i];
    const bool needed = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
      return id != kAbsent && used[static_cast<std::size_t>(id)] && !model->value(id).constant;
    });
    if (!needed) continue;
    for (const ValueId id : node.inputs) {
      if (id != kAbsent) used[static_cast<std::size_t>(id)] = true;
    }
    kept.push_back(std::move(node));
  }
  std::reverse(kept.begin(), kept.end());
  model->nodes = std::move(kept);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) model->values[i].constant.reset();
  }
}

Model bind_symbols(Model model, const Symbols& symbols) {
  for (const auto& [name, size] : symbols) {
    const std::vector<std::string> known = symbols_of(model);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      throw std::runtime_error(fmt::format("{}: no input has an extent \"{}\"", model.name, name));
    }
    if (size < 1)
      throw std::runtime_error(fmt::format("{}: {} = {} is not positive", model.name, name, size));
  }
  for (const ValueId id : model.inputs) {
    Value& value = model.value(id);
    value.shape.clear();
    for (const Dim& dim : value.dims) {
      if (dim.symbolic() && symbols.count(dim.symbol) == 0) {
        throw std::runtime_error(
            fmt::format("{}: input \"{}\": the extent {} is not known: give data or --bind {}=N", model.name,
                        value.name, dim.symbol, dim.symbol));
      }
      value.shape.push_back(dim.symbolic() ? symbols.at(dim.symbol) : dim.size);
    }
    try {
      element_count(value.shape);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}: input \"{}\": {}", model.name, value.name, error.what()));
    }
  }
  FoldBudget budget(model);
  for (const Node& node : model.nodes) {
    std::vector<Tensor> types;
    types.reserve(node.inputs.size());
    std::vector<const Tensor*> inputs;
    for (const ValueId id : node.inputs) {
      if (id == kAbsent) {
        inputs.push_back(nullptr);
      } else if (model.value(id).constant) {
        inputs.push_back(model.value(id).constant.get());
      } else {
        inputs.push_back(&types.emplace_back(model.value(id).type, model.value(id).shape));
      }
    }
    try {
      std::vector<Tensor> outputs = call(node, inputs, true);
      if (in_constants(model, node) && budget.allows(node, inputs, outputs)) outputs = call(node, inputs);
      for (std::size_t i = 0; i < node.outputs.size(); ++i) {
        if (node.outputs[i] == kAbsent) continue;
        Value& value = model.value(node.outputs[i]);
        value.type = outputs[i].type();
        value.shape = outputs[i].shape();
        if (outputs[i].has_data()) value.constant = std::make_shared<const Tensor>(std::move(outputs[i]));
      }
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("{}: {}", place(model, node), error.what()));
    }
  }
  remove_unused(&model);
  model.bound = true;
  return model;
}

}  // namespace heddle::graph::onnx
