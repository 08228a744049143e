// The equation of an Einsum: which axes of its operands are one.
#pragma once
#include <string>
#include <vector>

namespace heddle::graph::onnx {

/// One letter an axis. Axes that "..." stands for are digits, from the last: "10" for two.
struct Equation {
  std::vector<std::string> terms;
  std::string result;
};

/// Equation for operands of these ranks. Throws std::runtime_error naming what is wrong with it.
Equation parse_equation(const std::string& text, const std::vector<std::size_t>& ranks);

}  // namespace heddle::graph::onnx
