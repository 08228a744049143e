// Operations that are recovered from small nodes: which, and that the typed graph computes the same.
#include "compiler/graph/onnx/recover.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "compiler/graph/onnx/evaluate.hpp"
#include "compiler/graph/onnx/pad_heads.hpp"
#include "compiler/graph/onnx/partition.hpp"
#include "compiler/graph/text.hpp"
#include "tests/graph/expect_error.hpp"
#include "tests/onnx/compare.hpp"
#include "tests/onnx/model_builder.hpp"
#include "tests/onnx/test_graphs.hpp"

namespace heddle::test {
namespace {

using namespace graph::onnx;

std::map<std::string, int> operations_of(const graph::Graph& graph) {
  std::map<std::string, int> counts;
  for (const graph::Node& node : graph.nodes) ++counts[graph::op_name(node.op)];
  return counts;
}

/// The one device segment of a test graph; outputs of its typed graph must be ONNX Runtime's.
std::map<std::string, int> recovered(const std::string& name) {
  const TestGraph test = load_test_graph(name, "input");
  const Partition parts = partition(recover(test.model), false);
  EXPECT_EQ(parts.host_operations(), 0) << name;
  const std::vector<Tensor> outputs = run_partition(parts, test.inputs, reference_segments(parts, 1));
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_EQ(outputs[i].shape(), test.expected[i].shape()) << name;
    EXPECT_LT(relative_error(outputs[i], test.expected[i]), 1e-4) << name << " output " << i;
  }
  std::map<std::string, int> counts;
  int devices = 0;
  for (const Segment& segment : parts.segments) {
    if (!segment.device) continue;
    ++devices;
    counts = operations_of(segment.graph);
  }
  EXPECT_EQ(devices, 1) << name << " runs in one piece";
  return counts;
}

using Counts = std::map<std::string, int>;

TEST(OnnxRecover, Bert) {
  EXPECT_EQ(recovered("bert"),
            (Counts{{"add", 6}, {"layer_norm", 5}, {"linear", 12}, {"gelu", 2}, {"full_attention", 2}}));
}
TEST(OnnxRecover, Gpt2) {
  EXPECT_EQ(recovered("gpt2"),
            (Counts{{"add", 5}, {"layer_norm", 5}, {"linear", 13}, {"gelu", 2}, {"full_attention", 2}}));
}
TEST(OnnxRecover, Vit) {
  EXPECT_EQ(recovered("vit"),
            (Counts{{"add", 5}, {"layer_norm", 5}, {"linear", 14}, {"gelu", 2}, {"full_attention", 2}}));
}
TEST(OnnxRecover, Llama) {
  EXPECT_EQ(
      recovered("llama"),
      (Counts{
          {"add", 4}, {"rms_norm", 5}, {"linear", 15}, {"rope", 4}, {"silu_mul", 2}, {"full_attention", 2}}));
}

TEST(OnnxRecover, DetailsOfAttention) {
  const Partition bert = partition(recover(load_test_graph("bert", "input").model), false);
  const Partition llama = partition(recover(load_test_graph("llama", "input").model), false);
  int seen = 0;
  for (const Partition* parts : {&bert, &llama}) {
    for (const Segment& segment : parts->segments) {
      for (const graph::Node& node : segment.graph.nodes) {
        if (node.op == graph::Op::kRope) {
          EXPECT_DOUBLE_EQ(node.real("theta"), 10000.0);
        }
        if (node.op != graph::Op::kFullAttention) continue;
        ++seen;
        EXPECT_EQ(node.integer("causal"), parts == &llama ? 1 : 0);
        EXPECT_EQ(node.integer("kv_heads"), parts == &llama ? 2 : 5);
        EXPECT_EQ(node.operands.size(), parts == &llama ? 3u : 4u);
        EXPECT_NEAR(node.real("scale"), 1.0 / std::sqrt(static_cast<double>(node.integer("head_dim"))), 1e-6);
      }
    }
  }
  EXPECT_EQ(seen, 4);
}

/// Operators that are left in a model after recovery, "heddle." before those that were recovered.
std::vector<std::string> left(const ModelBuilder& builder, const Symbols& symbols = {}) {
  std::vector<std::string> out;
  for (const Node& node : recover(bind_symbols(parse_model(builder.bytes(), "m.onnx", ""), symbols)).nodes) {
    out.push_back((node.domain.empty() ? "" : node.domain + ".") + node.op);
  }
  return out;
}

using Names = std::vector<std::string>;

ModelBuilder layer_norm(std::int64_t axis, float epsilon) {
  ModelBuilder builder;
  builder.input("x", {"3", "4"}).output("y");
  builder.constant("two", {}, {2});
  builder.constant("epsilon", {}, {epsilon});
  builder.constant("weight", {4}, {1, 2, 3, 4});
  builder.constant("bias", {4}, {4, 3, 2, 1});
  for (const auto& [from, to] : {std::pair{"x", "mean"}, std::pair{"square", "variance"}}) {
    if (std::string(from) == "square") {
      builder.node("Sub", {"x", "mean"}, {"centred"});
      builder.node("Pow", {"centred", "two"}, {"square"});
    }
    auto* attribute = builder.node("ReduceMean", {from}, {to}).add_attribute();
    attribute->set_name("axes");
    attribute->set_type(::onnx::AttributeProto::INTS);
    attribute->add_ints(axis);
  }
  builder.node("Add", {"variance", "epsilon"}, {"sum"});
  builder.node("Sqrt", {"sum"}, {"root"});
  builder.node("Div", {"centred", "root"}, {"normal"});
  builder.node("Mul", {"weight", "normal"}, {"scaled"});
  builder.node("Add", {"scaled", "bias"}, {"y"});
  return builder;
}

TEST(OnnxRecover, LayerNorm) {
  EXPECT_EQ(left(layer_norm(-1, 1e-5f)), Names{"heddle.LayerNorm"});
  EXPECT_EQ(left(layer_norm(1, 1e-5f)), Names{"heddle.LayerNorm"});
  EXPECT_EQ(left(layer_norm(0, 1e-5f)).size(), 9u) << "another axis is no layer norm";
  EXPECT_EQ(left(layer_norm(-1, -1.0f)).size(), 9u) << "a negative epsilon is none";
}

TEST(OnnxRecover, LayerNormOfOpset18) {  // where the axes of a mean are an operand
  ModelBuilder builder = layer_norm(-1, 1e-5f);
  builder.model.mutable_opset_import(0)->set_version(18);
  builder.integers("axes", {-1});
  for (auto& node : *builder.model.mutable_graph()->mutable_node()) {
    if (node.op_type() != "ReduceMean") continue;
    node.clear_attribute();
    node.add_input("axes");
  }
  EXPECT_EQ(left(builder), Names{"heddle.LayerNorm"});
}

TEST(OnnxRecover, LayerNormOperator) {
  ModelBuilder builder;
  builder.input("x", {"3", "4"}).output("y");
  builder.constant("weight", {4}, {1, 2, 3, 4});
  builder.node("LayerNormalization", {"x", "weight"}, {"y"});
  EXPECT_EQ(left(builder), Names{"heddle.LayerNorm"});
}

/// 0.5 x (1 + erf(x / divisor))
ModelBuilder gelu(float half, float divisor) {
  ModelBuilder builder;
  builder.input("x", {"3", "4"}).output("y");
  builder.constant("half", {}, {half});
  builder.constant("one", {}, {1});
  builder.constant("divisor", {}, {divisor});
  builder.node("Div", {"x", "divisor"}, {"a"});
  builder.node("Erf", {"a"}, {"b"});
  builder.node("Add", {"one", "b"}, {"c"});
  builder.node("Mul", {"half", "x"}, {"d"});
  builder.node("Mul", {"d", "c"}, {"y"});
  return builder;
}

TEST(OnnxRecover, Gelu) {
  EXPECT_EQ(left(gelu(0.5f, std::sqrt(2.0f))), Names{"heddle.Gelu"});
  EXPECT_EQ(left(gelu(0.4f, std::sqrt(2.0f))).size(), 5u);
  EXPECT_EQ(left(gelu(0.5f, 1.5f)).size(), 5u);
}

TEST(OnnxRecover, GeluOfTanhWithTheSquareInside) {
  ModelBuilder builder;
  builder.input("x", {"3", "4"}).output("y");
  for (const auto& [name, value] : {std::pair{"half", 0.5f}, std::pair{"one", 1.0f},
                                    std::pair{"k", 0.044715f}, std::pair{"c", 0.7978845608f}}) {
    builder.constant(name, {}, {value});
  }
  builder.node("Mul", {"x", "x"}, {"square"});
  builder.node("Mul", {"square", "k"}, {"cubic"});
  builder.node("Add", {"cubic", "one"}, {"bracket"});
  builder.node("Mul", {"x", "c"}, {"outer"});
  builder.node("Mul", {"outer", "bracket"}, {"argument"});
  builder.node("Tanh", {"argument"}, {"t"});
  builder.node("Add", {"t", "one"}, {"sum"});
  builder.node("Mul", {"x", "sum"}, {"double"});
  builder.node("Mul", {"double", "half"}, {"y"});
  EXPECT_EQ(left(builder), Names{"heddle.Gelu"});
}

TEST(OnnxRecover, GemmWithFactors) {
  ModelBuilder builder;
  builder.input("x", {"2", "3"}).output("y");
  builder.constant("w", {3, 2}, {1, 2, 3, 4, 5, 6});
  builder.constant("b", {1, 2}, {10, 20});
  auto& gemm = builder.node("Gemm", {"x", "w", "b"}, {"y"});
  for (const auto& [name, value] : {std::pair{"alpha", 2.0f}, std::pair{"beta", 0.5f}}) {
    auto* attribute = gemm.add_attribute();
    attribute->set_name(name);
    attribute->set_type(::onnx::AttributeProto::FLOAT);
    attribute->set_f(value);
  }
  EXPECT_EQ(left(builder), Names{"heddle.Linear"});
  const Model model = bind_symbols(parse_model(builder.bytes(), "m.onnx", ""), {});
  const std::vector<Tensor> x = {Tensor::of_floats({2, 3}, {1, 2, 3, 4, 5, 6})};
  const Partition parts = partition(recover(model), false);
  EXPECT_EQ(
      difference(run_partition(parts, x, reference_segments(parts, 1))[0], evaluate(model, x)[0], 1e-6, 0),
      "");
}

/// w [4, 3] in int8 or uint8 with its scale and zero point; x [2, 4].
struct Quantised {
  ModelBuilder builder;
  void byte(const std::string& name, int type, const std::vector<std::int64_t>& dims,
            const std::vector<int>& values) {
    auto* tensor = builder.model.mutable_graph()->add_initializer();
    tensor->set_name(name);
    tensor->set_data_type(type);
    for (const std::int64_t dim : dims) tensor->add_dims(dim);
    for (const int value : values) tensor->add_int32_data(value);
  }
  Quantised() {
    builder.input("x", {"2", "4"}).output("y");
    byte("w", ::onnx::TensorProto::UINT8, {4, 3}, {200, 3, 77, 128, 255, 0, 90, 140, 131, 20, 60, 250});
    byte("w_zero", ::onnx::TensorProto::UINT8, {}, {120});
    builder.constant("w_scale", {}, {0.02f});
  }
  /// The scale and zero point that the one product takes x in; {0, 0} where rows have their own.
  std::pair<double, std::int64_t> steps() const {
    const Model model = bind_symbols(parse_model(builder.bytes(), "m.onnx", ""), {});
    const Partition parts = partition(recover(model), false);
    for (const Segment& segment : parts.segments) {
      for (const graph::Node& node : segment.graph.nodes) {
        if (node.has("input_scale")) return {node.real("input_scale"), node.integer("input_zero")};
      }
    }
    return {0, 0};
  }
  /// What is left, and how far the typed graph is from what the file computes in 8 bits.
  void check(const std::vector<std::string>& names, double tolerance) {
    EXPECT_EQ(left(builder), names);
    const Model model = bind_symbols(parse_model(builder.bytes(), "m.onnx", ""), {});
    const std::vector<Tensor> x = {
        Tensor::of_floats({2, 4}, {0.5f, -1.0f, 2.0f, 1.5f, -0.25f, 1.0f, 0.75f, -2.0f})};
    const Partition parts = partition(recover(model), false);
    EXPECT_LT(relative_error(run_partition(parts, x, reference_segments(parts, 1))[0], evaluate(model, x)[0]),
              tolerance);
  }
};

TEST(OnnxRecover, DynamicallyQuantisedLinear) {
  Quantised test;
  ModelBuilder& builder = test.builder;
  builder.constant("b", {3}, {1, 2, 3});
  builder.node("DynamicQuantizeLinear", {"x"}, {"xq", "x_scale", "x_zero"});
  builder.node("MatMulInteger", {"xq", "w", "x_zero", "w_zero"}, {"sum"});
  set_attribute(builder.node("Cast", {"sum"}, {"real"}), "to", ::onnx::TensorProto::FLOAT);
  builder.node("Mul", {"x_scale", "w_scale"}, {"scale"});
  builder.node("Mul", {"real", "scale"}, {"product"});
  builder.node("Add", {"product", "b"}, {"y"});
  test.check({"heddle.Linear"}, 0.01);
  EXPECT_EQ(test.steps(), std::pair(0.0, std::int64_t{0}));
}

TEST(OnnxRecover, QuantisedAndBack) {
  Quantised test;
  ModelBuilder& builder = test.builder;
  builder.constant("x_scale", {}, {0.02f});
  test.byte("x_zero", ::onnx::TensorProto::INT8, {}, {0});
  builder.node("QuantizeLinear", {"x", "x_scale", "x_zero"}, {"xq"});
  builder.node("DequantizeLinear", {"xq", "x_scale", "x_zero"}, {"xr"});
  builder.node("DequantizeLinear", {"w", "w_scale", "w_zero"}, {"wr"});
  builder.node("MatMul", {"xr", "wr"}, {"y"});
  test.check({"heddle.Linear"}, 0.01);
  EXPECT_EQ(test.steps(), std::pair(double{0.02f}, std::int64_t{0}));
}

TEST(OnnxRecover, UnsignedBytesKeepScaleAndZeroPointOfTheFile) {
  Quantised test;
  ModelBuilder& builder = test.builder;
  builder.constant("x_scale", {}, {0.02f});
  test.byte("x_zero", ::onnx::TensorProto::UINT8, {}, {115});
  builder.integers("shape", {1, 2, 4});
  builder.node("QuantizeLinear", {"x", "x_scale", "x_zero"}, {"xq"});
  builder.node("DequantizeLinear", {"xq", "x_scale", "x_zero"}, {"xr"});
  builder.node("Reshape", {"xr", "shape"}, {"xs"});
  builder.node("DequantizeLinear", {"w", "w_scale", "w_zero"}, {"wr"});
  builder.node("MatMul", {"xs", "wr"}, {"p"});
  builder.node("QuantizeLinear", {"p", "x_scale", "x_zero"}, {"pq"});
  builder.node("DequantizeLinear", {"pq", "x_scale", "x_zero"}, {"y"});
  EXPECT_EQ(test.steps(), std::pair(double{0.02f}, std::int64_t{115 - 128}));
  const Model model = recover(bind_symbols(parse_model(builder.bytes(), "m.onnx", ""), {}));
  EXPECT_EQ(model.value(model.outputs[0]).name, "y") << "an output keeps its name";
}

TEST(OnnxRecover, QuantisedMatMul) {
  Quantised test;
  ModelBuilder& builder = test.builder;
  builder.constant("x_scale", {}, {0.02f});
  builder.constant("y_scale", {}, {0.06f});
  test.byte("zero", ::onnx::TensorProto::INT8, {}, {0});
  builder.node("QuantizeLinear", {"x", "x_scale", "zero"}, {"xq"});
  builder.node("QLinearMatMul", {"xq", "x_scale", "zero", "w", "w_scale", "w_zero", "y_scale", "zero"},
               {"yq"});
  builder.node("DequantizeLinear", {"yq", "y_scale", "zero"}, {"y"});
  test.check({"heddle.Linear"}, 0.02);
}

/// y = Elu(x w) w
ModelBuilder with_elu() {
  ModelBuilder builder;
  builder.input("x", {"5", "2"}).output("y");
  builder.constant("w", {2, 2}, {0.5f, -1, 1.5f, 2});
  builder.node("MatMul", {"x", "w"}, {"a"});
  builder.node("Elu", {"a"}, {"b"});
  builder.node("MatMul", {"b", "w"}, {"y"}).set_name("second");
  return builder;
}

TEST(OnnxPadHeads, ResultsStayWhatTheyAre) {
  for (const char* name : {"bert", "gpt2", "vit", "llama"}) {
    for (const std::int64_t multiple : {4, 16}) {
      const TestGraph test = load_test_graph(name, "input");
      Model model = recover(test.model);
      pad_heads(&model, multiple);
      const Partition parts = partition(model, false);
      int seen = 0;
      for (const Node& node : parts.model.nodes) {
        if (node.op != "Attention") continue;
        ++seen;
        EXPECT_EQ(std::get<std::int64_t>(node.attributes.at("head_dim")) % multiple, 0) << name;
      }
      EXPECT_EQ(seen, 2) << name;
      const std::vector<Tensor> outputs = run_partition(parts, test.inputs, reference_segments(parts, 1));
      EXPECT_LT(relative_error(outputs[0], test.expected[0]), 1e-4) << name << " " << multiple;
    }
  }
}

TEST(OnnxPartition, HostFallbackMustBeAskedFor) {
  const Model model = bind_symbols(parse_model(with_elu().bytes(), "m.onnx", ""), {});
  expect_error([&] { partition(recover(model), false); },
               {"m.onnx", "node \"the_Elu\" (Elu)", "lacks an operation for Elu", "--host-fallback"});
  const Partition parts = partition(recover(model), true);
  ASSERT_EQ(parts.segments.size(), 3u);
  EXPECT_TRUE(parts.segments[0].device && !parts.segments[1].device && parts.segments[2].device);
  EXPECT_EQ(parts.host_operations(), 10);
  EXPECT_EQ(parts.operations(), 10 + 2 * 2 * (5 * 2 * 2));
  ASSERT_EQ(parts.host_nodes().size(), 1u);
  const std::vector<Tensor> x = {Tensor::of_floats({5, 2}, {1, 2, 3, 4, 5, 6, -1, -2, -3, -4})};
  EXPECT_EQ(
      difference(run_partition(parts, x, reference_segments(parts, 1))[0], evaluate(model, x)[0], 1e-5, 1e-6),
      "");
}

TEST(OnnxPartition, SequencesOfABatchAttendToTheirOwn) {
  const TestGraph test = load_test_graph("gpt2", "batch");
  const Partition parts = partition(recover(test.model), false);
  EXPECT_EQ(parts.host_operations(), 0);
  EXPECT_LT(
      relative_error(run_partition(parts, test.inputs, reference_segments(parts, 1))[0], test.expected[0]),
      1e-4);
}

TEST(OnnxPartition, TypedGraphsRoundTripAsText) {
  for (const char* name : {"bert", "gpt2", "vit", "llama"}) {
    const Partition parts = partition(recover(load_test_graph(name, "input").model), false);
    for (const Segment& segment : parts.segments) {
      if (!segment.device) continue;
      const std::string text = graph::print_graph(segment.graph);
      EXPECT_EQ(graph::print_graph(graph::parse_graph(text)), text) << name;
    }
  }
}

}  // namespace
}  // namespace heddle::test
