// Tensors in NumPy's .npy files (NEP 1, versions 1 to 3; row-major, little-endian).
#pragma once
#include <string>

#include "compiler/graph/onnx/tensor.hpp"

namespace heddle::graph::onnx {

/// Throws std::runtime_error naming the file and what about it is not supported.
Tensor read_npy(const std::string& path);
/// The file's bytes; bfloat16 is written as float32, which NumPy has.
std::string npy_bytes(const Tensor& tensor);

}  // namespace heddle::graph::onnx
