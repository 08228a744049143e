// What the patterns share: looking backwards from a node through a bound model, and replacing what was found
// by one node of kHeddleDomain. A pattern replaces the node that gives its result; what fed that node alone
// goes when unused nodes are removed.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

class Rewriter {
 public:
  explicit Rewriter(Model* model);

  Model& model() { return *model_; }
  const Model& model() const { return *model_; }
  std::size_t size() const { return model_->nodes.size(); }
  const Node& node(std::size_t index) const { return model_->nodes[index]; }
  const Shape& shape(ValueId id) const { return model_->value(id).shape; }

  /// The node that gives a value, if it is one of that operator (of domain ""); else nullptr.
  const Node* made_by(ValueId id, const char* op) const;
  /// The node that gives a value, whatever it is; nullptr for inputs and constants.
  const Node* maker(ValueId id) const;
  /// The elements of a constant; nullptr when it is none.
  const Tensor* constant(ValueId id) const;
  /// The number, where a value is a constant of one element.
  std::optional<double> scalar(ValueId id) const;
  /// The one operand of a binary node that is a constant scalar, and the other operand.
  struct Scaled {
    double number;
    ValueId other;
  };
  std::optional<Scaled> with_scalar(const Node& node) const;
  /// Attribute with ONNX's default.
  std::int64_t integer(const Node& node, const char* name, std::int64_t fallback) const;
  std::vector<std::int64_t> integers(const Node& node, const char* name) const;

  /// A product written with Mul, Div by a number and Neg: coefficient times factors, in any nesting.
  struct Product {
    double coefficient = 1;
    std::vector<ValueId> factors;
  };
  Product product(ValueId id) const;

  /// Replaces a node by one of kHeddleDomain that gives the same result.
  void replace(std::size_t index, const char* op, std::vector<ValueId> inputs,
               std::map<std::string, Attribute> attributes = {});
  /// Adds a node (of domain "" unless said otherwise) and the value that it gives.
  ValueId append(const std::string& op, const std::string& domain, std::vector<ValueId> inputs,
                 const std::string& name, ElementType type, Shape shape,
                 std::map<std::string, Attribute> attributes = {});
  ValueId add_constant(const std::string& name, Tensor tensor);
  /// Every use of `from` becomes one of `to`.
  void redirect(ValueId from, ValueId to);
  /// A name that no value has yet.
  std::string fresh(const std::string& name) const;

 private:
  void flatten(ValueId id, int depth, Product* out) const;

  Model* model_;
  std::vector<std::int32_t> producer_;  // node index of each value, or -1
};

/// The scale and zero point that the file gives a product's first operand (recover_quantised leaves them with
/// the node): attributes of a Linear, or none.
std::map<std::string, Attribute> input_steps(const Node& node);

/// Each recovers one kind of operation wherever it finds it. In the order in which they are applied.
void recover_einsum(Rewriter& rewriter);            // products of matrices that are written as one
void drop_views(Rewriter& rewriter);                // nodes that do nothing
void recover_quantised(Rewriter& rewriter);         // products in 8 bits
void recover_layer_norms(Rewriter& rewriter);       // and RMS norms
void recover_activations(Rewriter& rewriter);       // GELU (erf, tanh), SiLU, tanh, sigmoid, ReLU
void recover_linears(Rewriter& rewriter);           // Gemm, MatMul + Add, Split behind one
void recover_patch_embeddings(Rewriter& rewriter);  // Conv whose stride is its kernel, class token
void recover_packed_heads(Rewriter& rewriter);      // queries, keys, values on an axis of their own
void recover_attention(Rewriter& rewriter);         // and rotary positions
void recover_views(Rewriter& rewriter);             // transposes that move axes of one element only
void recover_arithmetic(Rewriter& rewriter);        // differences, quotients, negations
void sink_row_selections(Rewriter& rewriter);       // a row that is chosen before the last operations

/// x rotated by positions 0, 1, ... as the model writes it with cos, sin and halves: the value before, and
/// the base of the frequencies; nothing where `id` is no such thing. x is [batch, heads, tokens, head_dim].
struct Rotation {
  ValueId source = kAbsent;
  double theta = 0;
};
std::optional<Rotation> match_rotation(const Rewriter& rewriter, ValueId id);

}  // namespace heddle::graph::onnx
