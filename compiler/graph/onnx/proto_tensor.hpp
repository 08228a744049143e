// TensorProto to Tensor: raw bytes, typed fields, and data in files beside the model.
#pragma once
#include <onnx/onnx_pb.h>

#include <string>

#include "compiler/graph/onnx/tensor.hpp"

namespace heddle::graph::onnx {

/// `directory`: where external data lies, and the folder that it must stay in; empty: refused. Throws
/// std::runtime_error with what is wrong; the caller adds where.
Tensor read_proto(const ::onnx::TensorProto& proto, const std::string& directory);

}  // namespace heddle::graph::onnx
