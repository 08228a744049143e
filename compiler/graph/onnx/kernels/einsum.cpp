// Einsum: a sum of products over the axes that the result lacks.
#include "compiler/graph/onnx/einsum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "compiler/graph/onnx/kernels/kernels.hpp"

namespace heddle::graph::onnx {

namespace {

/// "...ij" with as many digits as "..." stands for axes.
std::string expanded(const std::string& term, std::size_t dots) {
  const std::size_t at = term.find("...");
  if (at == std::string::npos) return term;
  std::string digits;
  for (std::size_t i = dots; i-- > 0;) digits += static_cast<char>('0' + i);
  return term.substr(0, at) + digits + term.substr(at + 3);
}

void check_letters(const std::string& term) {
  for (const char c : term) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter) refuse(fmt::format("equation: '{}' is no letter", c));
  }
}

/// Letters that stand once in all terms, sorted: the result where none is written.
std::string single_letters(const std::vector<std::string>& terms) {
  std::map<char, int> counts;
  std::string digits, letters;
  for (const std::string& term : terms) {
    for (const char c : term) ++counts[c];
  }
  for (const auto& [letter, count] : counts) {
    if (letter <= '9') digits.insert(digits.begin(), letter);
    if (letter > '9' && count == 1) letters += letter;
  }
  return digits + letters;
}

void einsum(Call& call) {
  std::vector<std::size_t> ranks;
  for (std::size_t i = 0; i < call.inputs(); ++i) {
    ranks.push_back(call.in(i).shape().size());
    require_same_type(call.in(0), call.in(i));
  }
  const Equation equation = parse_equation(call.text("equation", ""), ranks);
  std::map<char, std::int64_t> extents;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    for (std::size_t axis = 0; axis < ranks[i]; ++axis) {
      const std::int64_t own = call.in(i).shape()[axis];
      const auto [known, fresh] = extents.emplace(equation.terms[i][axis], own);
      if (!fresh && known->second != own)
        refuse(
            fmt::format("axis {} of the equation has {} and {} elements", known->first, known->second, own));
    }
  }
  Shape shape, whole;
  std::string order = equation.result;
  for (const char c : order) shape.push_back(extents.at(c));
  if (call.abstract()) return call.type(0, call.in(0).type(), shape);
  whole = shape;
  for (const auto& [letter, extent] : extents) {
    if (order.find(letter) != std::string::npos) continue;
    order += letter;
    whole.push_back(extent);
  }
  // Steps of each operand, and of the result, along each axis of all.
  std::vector<std::vector<double>> values;
  std::vector<std::vector<std::int64_t>> steps;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    values.push_back(call.in(i).reals());
    steps.emplace_back(order.size(), 0);
    const std::vector<std::int64_t> dense = strides_of(call.in(i).shape());
    for (std::size_t axis = 0; axis < ranks[i]; ++axis)
      steps.back()[order.find(equation.terms[i][axis])] += dense[axis];
  }
  std::vector<double> out(static_cast<std::size_t>(element_count(shape)), 0.0);
  std::vector<std::int64_t> at(order.size(), 0);
  const std::int64_t count = element_count(whole), each = std::max<std::int64_t>(1, element_count(shape));
  for (std::int64_t n = 0; n < count; ++n) {
    double product = 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      std::int64_t index = 0;
      for (std::size_t axis = 0; axis < at.size(); ++axis) index += steps[i][axis] * at[axis];
      product *= values[i][static_cast<std::size_t>(index)];
    }
    out[static_cast<std::size_t>(n / (count / each))] += product;
    for (std::size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < whole[axis]) break;
      at[axis] = 0;
    }
  }
  call.give(0, Tensor::of_reals(call.in(0).type(), shape, out));
}

}  // namespace

Equation parse_equation(const std::string& text, const std::vector<std::size_t>& ranks) {
  std::string plain = text;
  plain.erase(std::remove(plain.begin(), plain.end(), ' '), plain.end());
  const std::size_t arrow = plain.find("->");
  Equation out;
  std::string left = plain.substr(0, arrow) + ",";
  for (std::size_t comma; (comma = left.find(',')) != std::string::npos; left.erase(0, comma + 1))
    out.terms.push_back(left.substr(0, comma));
  if (out.terms.size() != ranks.size())
    refuse(fmt::format("equation \"{}\" has {} operands, the node {}", text, out.terms.size(), ranks.size()));
  std::size_t dots = 0;
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    const bool open = out.terms[i].find("...") != std::string::npos;
    const std::size_t letters = out.terms[i].size() - (open ? 3 : 0);
    if (open ? letters > ranks[i] || ranks[i] - letters > 10 : letters != ranks[i])
      refuse(fmt::format("equation \"{}\": operand {} has {} axes", text, i, ranks[i]));
    out.terms[i] = expanded(out.terms[i], ranks[i] - letters);
    dots = std::max(dots, ranks[i] - letters);
    check_letters(out.terms[i]);
  }
  out.result =
      arrow == std::string::npos ? single_letters(out.terms) : expanded(plain.substr(arrow + 2), dots);
  check_letters(out.result);
  std::string all;
  for (const std::string& term : out.terms) all += term;
  for (const char c : out.result) {
    if (all.find(c) == std::string::npos || std::count(out.result.begin(), out.result.end(), c) != 1)
      refuse(fmt::format("equation \"{}\": '{}' of the result stands nowhere else, or twice", text, c));
  }
  return out;
}

void add_einsum(Operators* table) { add(table, "Einsum", {12}, einsum, 1, kMany); }

}  // namespace heddle::graph::onnx
