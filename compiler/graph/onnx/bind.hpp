// Symbolic extents become numbers, every value gets its shape, and what depends on constants alone is
// computed.
#pragma once
#include <map>
#include <string>

#include "compiler/graph/onnx/model.hpp"

namespace heddle::graph::onnx {

/// Extents by the names that the file gives its symbols ("batch", "sequence"; "INPUT.AXIS" for an extent
/// without a name).
using Symbols = std::map<std::string, std::int64_t>;

/// The symbols of a model's inputs, each once, in order.
std::vector<std::string> symbols_of(const Model& model);
/// Adds to `symbols` what an input of this shape says about them. Throws std::runtime_error when rank or
/// extents contradict the file or the symbols so far.
void match_symbols(const Model& model, ValueId input, const Shape& shape, Symbols* symbols);

/// Infers the shape of every value, folds constants, and removes nodes whose results nobody uses. Throws
/// std::runtime_error naming the node and what is wrong with its operands, or the symbol without a value.
Model bind_symbols(Model model, const Symbols& symbols);

/// Removes nodes whose results nobody uses, and drops the elements of constants that are unused then.
void remove_unused(Model* model);

}  // namespace heddle::graph::onnx
