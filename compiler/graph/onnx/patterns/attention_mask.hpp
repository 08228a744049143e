// What stands between the product of queries and keys and the softmax: factors, a causal mask, masks that are
// added or that choose.
#pragma once
#include <optional>

#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

struct Scores {
  const Node* product = nullptr;  // MatMul(queries, keys^T)
  double factor = 1;
  bool causal = false;
  ValueId mask = kAbsent;  // broadcasts to the scores [batch, heads, rows, keys]
  bool flags = false;      // of the mask: ones where a key counts, and zeros; else it is added
};

/// Traces scores back to their product; nothing where something else stands between. A mask of the form
/// (1 - mask) * very negative, or one that chooses by it, becomes the mask itself: ones and zeros are taken
/// for granted.
std::optional<Scores> match_scores(const Rewriter& rewriter, ValueId id);

/// A mask of ones and zeros as bool.
ValueId as_flags(Rewriter& rewriter, ValueId mask);

/// Ones in front, so that there are four extents.
Shape in_four(const Shape& shape);

}  // namespace heddle::graph::onnx
