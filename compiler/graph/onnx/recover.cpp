#include "compiler/graph/onnx/recover.hpp"

#include <stdexcept>

#include "compiler/graph/onnx/bind.hpp"
#include "compiler/graph/onnx/patterns/rewriter.hpp"

namespace heddle::graph::onnx {

Model recover(Model model) {
  if (!model.bound) throw std::logic_error("a model must be bound before its operations are recovered");
  for (const auto pattern :
       {recover_einsum, drop_views, recover_quantised, recover_layer_norms, recover_activations,
        recover_linears, recover_patch_embeddings, recover_packed_heads, recover_attention, recover_views,
        recover_arithmetic, sink_row_selections}) {
    Rewriter rewriter(&model);
    pattern(rewriter);
    sort_nodes(&model);
    remove_unused(&model);
  }
  return model;
}

}  // namespace heddle::graph::onnx
