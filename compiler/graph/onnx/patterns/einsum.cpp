// Einsum of two operands that is a product of matrices, as transposes and MatMul, in which attention is
// found.
#include "compiler/graph/onnx/einsum.hpp"

#include <algorithm>

#include "compiler/graph/onnx/operators.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

namespace {

bool has(const std::string& term, char letter) { return term.find(letter) != std::string::npos; }

/// x, whose axes are `from`, with its axes in the order of `to`.
ValueId in_order(Rewriter& rewriter, ValueId x, const std::string& from, const std::string& to,
                 const std::string& name) {
  if (from == to) return x;
  std::vector<std::int64_t> order;
  Shape shape;
  for (const char c : to) {
    order.push_back(static_cast<std::int64_t>(from.find(c)));
    shape.push_back(rewriter.shape(x)[from.find(c)]);
  }
  if (const Tensor* constant = rewriter.constant(x)) {
    Node turn;
    turn.op = "Transpose";
    turn.version = find_operator("", "Transpose")->since.back();
    turn.attributes["perm"] = order;
    turn.outputs = {x};
    return rewriter.add_constant(name, call(turn, {constant})[0]);
  }
  return rewriter.append("Transpose", "", {x}, name, rewriter.model().value(x).type, shape,
                         {{"perm", order}});
}

void recover(Rewriter& rewriter, std::size_t index) {
  const Node node = rewriter.node(index);
  if (!node.domain.empty() || node.op != "Einsum" || node.inputs.size() != 2) return;
  const auto text = node.attributes.find("equation");
  if (text == node.attributes.end()) return;
  const Equation equation =
      parse_equation(std::get<std::string>(text->second),
                     {rewriter.shape(node.inputs[0]).size(), rewriter.shape(node.inputs[1]).size()});
  const std::string &a = equation.terms[0], &b = equation.terms[1], &result = equation.result;
  for (const std::string* term : {&a, &b}) {
    for (const char c : *term) {
      if (std::count(term->begin(), term->end(), c) != 1) return;
    }
  }
  std::string batch, rows, columns, inner;
  for (const char c : result) (has(a, c) && has(b, c) ? batch : has(a, c) ? rows : columns) += c;
  for (const char c : a) {
    if (!has(result, c)) inner += c;
  }
  // What only one operand has and the result lacks would be summed alone.
  const bool one_matrix = batch.empty() && !rows.empty();  // for any number of axes in front
  if ((rows.size() != 1 && !one_matrix) || columns.size() != 1 || inner.size() != 1 || !has(b, inner[0]) ||
      a.size() != batch.size() + rows.size() + 1 || b.size() != batch.size() + 2)
    return;
  const ValueId left = in_order(rewriter, node.inputs[0], a, batch + rows + inner, node.name + ".left");
  const ValueId right = in_order(rewriter, node.inputs[1], b, batch + inner + columns, node.name + ".right");
  const std::string order = batch + rows + columns;
  Shape shape;
  for (const char c : order) shape.push_back(rewriter.shape(node.outputs[0])[result.find(c)]);
  const ValueId product = rewriter.append("MatMul", "", {left, right}, node.name + ".product",
                                          rewriter.model().value(node.outputs[0]).type, shape);
  const ValueId turned = in_order(rewriter, product, order, result, node.name + ".turned");
  Node& named = rewriter.model().nodes[index];  // outputs keep their names
  named.op = "Identity";
  named.version = find_operator("", "Identity")->since.back();
  named.inputs = {turned};
  named.attributes.clear();
}

}  // namespace

void recover_einsum(Rewriter& rewriter) {
  const std::size_t count = rewriter.size();
  for (std::size_t i = 0; i < count; ++i) recover(rewriter, i);
}

}  // namespace heddle::graph::onnx
