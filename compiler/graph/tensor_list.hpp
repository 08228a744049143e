// The tensors that a model of a given shape consists of, under Hugging Face's names.
#pragma once
#include <string>
#include <vector>

#include "compiler/graph/model.hpp"

namespace heddle::graph {

struct ExpectedTensor {
  std::string name;
  std::vector<std::int64_t> shape;
};

/// In the order of computation: embedding table, layers, final norm, output matrix unless tied.
std::vector<ExpectedTensor> expected_tensors(const ModelShape& shape);

}  // namespace heddle::graph
