// Small transformers and networks in forms that exporters differ in: masks, norms, batches, opsets, 8 bits.
#pragma once
#include <string>
#include <vector>

#include "compiler/graph/onnx/tensor.hpp"

namespace heddle::test {

struct Variant {
  std::string name, bytes;  // of the model file; its output is "y"
  struct Input {
    std::string name;
    graph::onnx::Tensor tensor;
  };
  std::vector<Input> inputs;
};

std::vector<Variant> variants();

}  // namespace heddle::test
