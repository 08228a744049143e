// Heads as wide as the accelerator stores them.
#pragma once
#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

/// Fills the heads of every recovered Attention up to a multiple of `multiple` elements, where its operands
/// and its result are those of Linear nodes (rotary positions in between): zeros in the weights, so that
/// scores and results stay what they are. An Attention whose neighbours are others is left as it is.
void pad_heads(Model* model, std::int64_t multiple);

}  // namespace heddle::graph::onnx
