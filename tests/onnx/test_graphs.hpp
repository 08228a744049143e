// The transformers in tests/onnx/graphs, with inputs and what ONNX Runtime makes of them.
#pragma once
#include <string>
#include <vector>

#include "compiler/graph/onnx/bind.hpp"

namespace heddle::test {

/// One graph with one set of inputs.
struct TestGraph {
  std::string graph, set;
  graph::onnx::Model model;  // bound
  std::vector<graph::onnx::Tensor> inputs, expected;
};

/// Names of the graphs and their sets: {"bert", "input"}, ...
std::vector<std::pair<std::string, std::string>> test_graphs();
std::string graphs_directory();
TestGraph load_test_graph(const std::string& graph, const std::string& set);

}  // namespace heddle::test
