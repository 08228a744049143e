#include "compiler/graph/reference.hpp"

#include <fmt/core.h>

#include <map>
#include <stdexcept>

#include "compiler/graph/attention_cache.hpp"
#include "compiler/graph/kernels.hpp"
#include "compiler/graph/packed.hpp"
#include "compiler/graph/verifier.hpp"

namespace heddle::graph {

struct ReferenceModel::Impl {
  Graph graph;
  std::int64_t vocab = 0, context = 0;
  int threads = 1;
  std::int64_t length = 0;                      // positions in the caches
  std::map<ValueId, std::vector<float>> plain;  // constants row-major: table, norms, biases
  std::map<ValueId, PackedMatrix> packed;       // constants that are weights of products
  std::map<NodeId, AttentionCache> caches;
  std::vector<NodeId> last_use;  // of each value; -1: none

  void load(const LanguageModel& model) {
    if (!model.has_weights()) {
      throw std::runtime_error(
          fmt::format("{}: imported without weights, cannot be evaluated", model.directory));
    }
    verify(model.graph);
    graph = model.graph;
    vocab = model.shape.vocab;
    context = model.shape.context;
    last_use.assign(graph.values.size(), -1);
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      const auto id = static_cast<NodeId>(i);
      for (const ValueId operand : node.operands) last_use[static_cast<std::size_t>(operand)] = id;
      for (std::size_t k = 0; k < node.operands.size(); ++k) {
        const bool product = (node.op == Op::kLinear || node.op == Op::kLogits) && k == 1;
        load_constant(model, node.operands[k], product);
      }
      if (node.op == Op::kAttention) {
        caches.emplace(
            id, AttentionCache({node.integer("heads"), node.integer("kv_heads"), node.integer("head_dim"),
                                static_cast<float>(node.real("scale"))}));
      }
    }
    if (graph.outputs.size() != 1 || graph.value(graph.outputs[0]).kind != ValueKind::kResult) {
      throw std::runtime_error(fmt::format("graph \"{}\": a language model has one output", graph.name));
    }
  }

  void load_constant(const LanguageModel& model, ValueId id, bool product) {
    const Value& value = graph.value(id);
    if (value.kind != ValueKind::kConstant) return;
    if (product && packed.count(id) == 0) {
      const Matrix matrix = model.weight(value.location.name);
      packed.emplace(id, PackedMatrix(matrix.data.data(), matrix.rows, matrix.cols));
    } else if (!product && plain.count(id) == 0) {
      plain.emplace(id, model.weights->read(value.location.name));
    }
  }

  std::vector<float> run(const std::vector<std::uint32_t>& tokens, std::int64_t start, LogitRows rows) {
    check(tokens, start);
    const auto count = static_cast<std::int64_t>(tokens.size());
    std::vector<std::vector<float>> results(graph.values.size());
    const auto data = [&](ValueId id) -> const std::vector<float>& {
      const auto constant = plain.find(id);
      return constant != plain.end() ? constant->second : results[static_cast<std::size_t>(id)];
    };
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      const Node& node = graph.nodes[i];
      std::vector<float>& y = results[static_cast<std::size_t>(node.results[0])];
      switch (node.op) {
        case Op::kEmbedding: {
          const std::vector<float>& table = data(node.operands[1]);
          const auto width = static_cast<std::ptrdiff_t>(table.size()) / vocab;
          for (const std::uint32_t token : tokens) {
            const auto row = table.begin() + token * width;
            y.insert(y.end(), row, row + width);
          }
          break;
        }
        case Op::kRmsNorm:
          rms_norm(data(node.operands[0]), data(node.operands[1]), node.real("epsilon"), y);
          break;
        case Op::kLinear:
        case Op::kLogits: {
          const PackedMatrix& weight = packed.at(node.operands[1]);
          const bool last = node.op == Op::kLogits && rows == LogitRows::kLast;
          const std::int64_t used = last ? 1 : count;
          const float* bias = node.operands.size() > 2 ? data(node.operands[2]).data() : nullptr;
          y.resize(static_cast<std::size_t>(used * weight.outputs()));
          weight.multiply(data(node.operands[0]).data() + (count - used) * weight.inputs(), used, bias,
                          y.data(), threads);
          break;
        }
        case Op::kRope:
          y = data(node.operands[0]);
          rope(node, start, count, y);
          break;
        case Op::kAttention: {
          AttentionCache& cache = caches.at(static_cast<NodeId>(i));
          y.resize(data(node.operands[0]).size());
          cache.write(data(node.operands[1]).data(), data(node.operands[2]).data(), count, start);
          cache.attend(data(node.operands[0]).data(), count, start, y.data(), threads);
          break;
        }
        case Op::kSiluMul:
        case Op::kAdd: {
          const std::vector<float>&a = data(node.operands[0]), &b = data(node.operands[1]);
          y.resize(a.size());
          for (std::size_t k = 0; k < y.size(); ++k)
            y[k] = node.op == Op::kAdd ? a[k] + b[k] : silu_mul(a[k], b[k]);
          break;
        }
        default:
          throw std::runtime_error(fmt::format(
              "node \"{}\": {} is no operation of a language model with a cache: evaluate() takes it",
              node.name, op_name(node.op)));
      }
      for (const ValueId operand : node.operands) {
        if (last_use[static_cast<std::size_t>(operand)] == static_cast<NodeId>(i)) {
          std::vector<float>().swap(results[static_cast<std::size_t>(operand)]);
        }
      }
    }
    length = start + count;
    return std::move(results[static_cast<std::size_t>(graph.outputs[0])]);
  }

  void check(const std::vector<std::uint32_t>& tokens, std::int64_t start) const {
    const auto count = static_cast<std::int64_t>(tokens.size());
    if (tokens.empty()) throw std::runtime_error("reference: no tokens to run");
    if (start < 0 || start > length) {
      throw std::runtime_error(fmt::format(
          "reference: position {} does not follow the {} positions that were run", start, length));
    }
    if (count > context - start) {
      throw std::runtime_error(fmt::format("reference: {} tokens at position {} go beyond the context of {}",
                                           count, start, context));
    }
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (tokens[i] >= vocab) {
        throw std::runtime_error(fmt::format(
            "reference: id {} of token {} is out of range: the vocabulary has {}", tokens[i], i, vocab));
      }
    }
  }
};

ReferenceModel::ReferenceModel(const LanguageModel& model, int threads) : impl_(std::make_unique<Impl>()) {
  impl_->threads = threads;
  impl_->load(model);
}
ReferenceModel::~ReferenceModel() = default;
ReferenceModel::ReferenceModel(ReferenceModel&&) noexcept = default;
ReferenceModel& ReferenceModel::operator=(ReferenceModel&&) noexcept = default;

std::vector<float> ReferenceModel::run(const std::vector<std::uint32_t>& tokens, std::int64_t start,
                                       LogitRows rows) {
  return impl_->run(tokens, start, rows);
}

void ReferenceModel::reset() {
  impl_->length = 0;
  for (auto& [node, cache] : impl_->caches) cache.clear();
}

std::int64_t ReferenceModel::vocab() const { return impl_->vocab; }
std::int64_t ReferenceModel::context() const { return impl_->context; }

}  // namespace heddle::graph
