// Comparison of tensors in tests.
#pragma once
#include <string>

#include "compiler/graph/onnx/tensor.hpp"

namespace heddle::test {

/// Empty when `found` has the type and shape of `expected` and every element differs by at most
/// absolute + relative * |expected| (NaN equals NaN); else what the first difference is.
std::string difference(const graph::onnx::Tensor& found, const graph::onnx::Tensor& expected, double relative,
                       double absolute);

/// Largest |found - expected| as a share of the largest |expected|: the relative error of a whole tensor.
double relative_error(const graph::onnx::Tensor& found, const graph::onnx::Tensor& expected);

/// Cosine of the angle between two tensors of as many elements.
double cosine(const graph::onnx::Tensor& a, const graph::onnx::Tensor& b);

}  // namespace heddle::test
