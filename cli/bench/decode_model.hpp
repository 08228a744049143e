// The shape of a language model to measure, without its weights.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/graph/model.hpp"

namespace heddle::cli {

/// Shapes that are known by name.
std::vector<std::string> decode_shape_names();
/// The config.json of a known shape; empty when it is none.
std::string decode_shape_config(const std::string& name);

/// `what`: a known shape, or a config.json. Layers and vocabulary are replaced by the numbers given (0: as
/// they are), the context by at least `context`. Throws std::runtime_error naming file and field.
graph::LanguageModel decode_model(const std::string& what, std::int64_t layers, std::int64_t vocab,
                                  std::int64_t context);

}  // namespace heddle::cli
