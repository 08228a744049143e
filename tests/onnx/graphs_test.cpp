// Transformers as PyTorch exports them, on the float reference, against ONNX Runtime.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>

#include "compiler/graph/onnx/evaluate.hpp"
#include "compiler/graph/onnx/npy.hpp"
#include "tests/graph/expect_error.hpp"
#include "tests/onnx/compare.hpp"
#include "tests/onnx/test_graphs.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::test {
namespace {

namespace fs = std::filesystem;
using namespace graph::onnx;

constexpr double kAgreement = 1e-4;  // relative to the largest element

TEST(OnnxGraphs, AgreeWithStoredOutputsOfOnnxRuntime) {
  for (const auto& [graph, set] : test_graphs()) {
    const TestGraph test = load_test_graph(graph, set);
    const std::vector<Tensor> outputs = evaluate(test.model, test.inputs);
    ASSERT_EQ(outputs.size(), test.expected.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      ASSERT_EQ(outputs[i].type_text(), test.expected[i].type_text()) << graph;
      const double error = relative_error(outputs[i], test.expected[i]);
      EXPECT_LT(error, kAgreement) << graph << " " << set << " output " << i;
      fmt::print("{} {} {}: relative error {:.1e}\n", graph, set,
                 test.model.value(test.model.outputs[i]).name, error);
    }
  }
}

TEST(OnnxGraphs, ShapesAreBoundAndShapeArithmeticIsFolded) {
  for (const auto& [graph, set] : test_graphs()) {
    const TestGraph test = load_test_graph(graph, set);
    std::map<std::string, int> counts;
    for (const Node& node : test.model.nodes) ++counts[node.op];
    for (const char* op : {"Shape", "ConstantOfShape", "Range", "Constant"})
      EXPECT_EQ(counts[op], 0) << graph << " " << op;
  }
}

/// The runtime itself, where $HEDDLE_ONNXRUNTIME is the folder into which npm put onnxruntime-node.
TEST(OnnxGraphs, StoredOutputsAreThoseOfOnnxRuntime) {
  const char* modules = std::getenv("HEDDLE_ONNXRUNTIME");
  if (modules == nullptr) {
    GTEST_SKIP()
        << "ONNX Runtime is not there: npm install --ignore-scripts onnxruntime-node in a folder, and "
           "HEDDLE_ONNXRUNTIME=that folder";
  }
  const TemporaryDirectory directory;
  const std::string command =
      fmt::format("node '{0}/run_onnxruntime.mjs' '{1}' '{0}' '{2}' > '{2}/log.txt' 2>&1", graphs_directory(),
                  modules, directory.path());
  ASSERT_EQ(std::system(command.c_str()), 0) << read_file(directory.file("log.txt"));
  for (const auto& [graph, set] : test_graphs()) {
    const TestGraph test = load_test_graph(graph, set);
    for (std::size_t i = 0; i < test.expected.size(); ++i) {
      const std::string name = test.model.value(test.model.outputs[i]).name;
      const Tensor now = read_npy(directory.file(fmt::format("{}/{}.expected.{}.npy", graph, set, name)));
      EXPECT_LT(relative_error(test.expected[i], now), 1e-6) << graph << " " << name;
    }
  }
}

TEST(OnnxGraphs, InputsAreChecked) {
  TestGraph test = load_test_graph("gpt2", "input");
  expect_error([&] { evaluate(test.model, {}); }, {"has 1 inputs, 0 are given"});
  const std::vector<Tensor> floats = {
      Tensor::of_reals(ElementType::kFloat, test.inputs[0].shape(), test.inputs[0].reals())};
  expect_error([&] { evaluate(test.model, floats); }, {"input_ids", "int64[1, 23]", "float32[1, 23]"});
  const std::vector<Tensor> far = {
      Tensor::of_integers(ElementType::kInt64, {1, 23}, std::vector<std::int64_t>(23, 101))};
  expect_error([&] { evaluate(test.model, far); }, {"Gather", "index 101 is out of range of 101"});
}

TEST(Npy, RoundTripsEveryType) {
  const TemporaryDirectory directory;
  for (const ElementType type :
       {ElementType::kFloat, ElementType::kDouble, ElementType::kFloat16, ElementType::kInt8,
        ElementType::kUint8, ElementType::kInt16, ElementType::kUint16, ElementType::kInt32,
        ElementType::kUint32, ElementType::kInt64, ElementType::kUint64}) {
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{0, 4}}) {
      std::vector<std::int64_t> values;
      for (std::int64_t i = 0; i < element_count(shape); ++i) values.push_back(i + 1);
      const Tensor tensor = Tensor::of_integers(type, shape, values);
      write_file(directory.file("t.npy"), npy_bytes(tensor));
      EXPECT_EQ(difference(read_npy(directory.file("t.npy")), tensor, 0, 0), "") << tensor.type_text();
    }
  }
}

TEST(Npy, RefusesWhatItDoesNotUnderstand) {
  const TemporaryDirectory directory;
  const auto refused = [&](const std::string& bytes, const std::vector<std::string>& parts) {
    write_file(directory.file("t.npy"), bytes);
    expect_error([&] { read_npy(directory.file("t.npy")); }, parts);
  };
  const std::string sound = npy_bytes(Tensor::of_floats({2, 2}, {1, 2, 3, 4}));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string bytes = sound;
    return bytes.replace(bytes.find(from), from.size(), to);
  };
  expect_error([&] { read_npy(directory.file("none.npy")); }, {"none.npy", "no such file"});
  refused("", {"t.npy", "not a .npy file"});
  refused(sound.substr(0, 40), {"header is cut off"});
  refused(sound.substr(0, sound.size() - 1), {"needs 16 bytes", "has 15"});
  refused(with("False", "True "), {"column-major"});
  refused(with("<f4", ">f4"), {"'>f4'"});
  refused(with("<f4", "|O "), {"not supported"});
  refused(with("(2, 2)", "(2; 2)"), {"no simple type and shape"});
}

}  // namespace
}  // namespace heddle::test
