// config.json of a Hugging Face directory.
#pragma once
#include <string>

#include "compiler/graph/model.hpp"

namespace heddle::graph {

struct ModelConfig {
  ModelShape shape;
  DType stored = DType::kF32;  // torch_dtype: what the weights are said to be stored as
};

/// Reads and checks the file. Throws std::runtime_error naming file and field: absent, of a wrong type, out
/// of range, contradicting another, or asking for something that is not supported.
ModelConfig read_model_config(const std::string& path);

}  // namespace heddle::graph
