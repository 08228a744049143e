// What the fuzzer and the mutation test do with a byte string: all that heddle does before it computes.
#pragma once
#include <stdexcept>
#include <string>

#include "compiler/graph/onnx/bind.hpp"
#include "compiler/graph/onnx/partition.hpp"
#include "compiler/graph/onnx/recover.hpp"

namespace heddle::test {

/// The error that refuses these bytes as a model, or an empty text. Anything but std::runtime_error passes
/// through, and is a bug of the importer.
inline std::string import_bytes(const std::string& bytes) {
  using namespace graph::onnx;
  try {
    const Model model = parse_model(bytes, "bytes.onnx", "");
    Symbols symbols;
    for (const std::string& symbol : symbols_of(model)) symbols[symbol] = 3;
    partition(recover(bind_symbols(model, symbols)), true);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

}  // namespace heddle::test
