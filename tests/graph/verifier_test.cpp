#include "compiler/graph/verifier.hpp"

#include <gtest/gtest.h>

#include "compiler/graph/text.hpp"
#include "tests/graph/expect_error.hpp"

namespace heddle::graph {
namespace {

using test::expect_error;

// Declarations for nodes to be tried with.
const std::string kDeclarations = R"(graph "g" {
  symbol t 1 .. 8
  input %ids : u32[t]
  input %floats : f32[t]
  input %position : u32[]
  input %x : f32[t, 8]
  input %x2 : f32[t, 8]
  input %narrow : f32[t, 4]
  input %three : f32[t, 2, 4]
  input %half : f16[t, 8]
  constant %table : f32[11, 8] loc("f", "table")
  constant %square : f32[8, 8] loc("f", "square")
  constant %row : f32[8] loc("f", "row")
  constant %short : f32[7] loc("f", "short")
  constant %integers : i8[8, 8] loc("f", "integers")
  constant %five : f32[5] loc("f", "five")
  input %q6 : f32[6, 8]
  input %k4 : f32[4, 4]
  input %mask12 : f32[12, 2]
  input %k5 : f32[5, 4]
  input %flags : bool[5]
  input %whole : i32[5]
  state %keys : f32[8, 1, 4]
  state %values : f32[8, 1, 4]
  state %long : f32[9, 1, 4]
)";

void accept(const std::string& node) { verify(parse_graph(kDeclarations + node + "\noutput %y }")); }

void refuse(const std::string& node, const std::string& message) {
  const Graph graph = parse_graph(kDeclarations + node + " loc(\"file\", \"place\")\noutput %y }");
  expect_error([&] { verify(graph); }, {"graph \"g\": node \"y\" (", ") at file: place: " + message});
}

TEST(Verifier, Embedding) {
  accept("%y = embedding(%ids, %table) : f32[t, 8]");
  refuse("%y = embedding(%ids) : f32[t, 8]", "takes 2 operands, has 1");
  refuse("%y = embedding(%floats, %table) : f32[t, 8]", "ids must be u32, are f32[t]");
  refuse("%y = embedding(%position, %table) : f32[t, 8]", "ids must have 1 dimensions, is u32[]");
  refuse("%y = embedding(%ids, %row) : f32[t, 8]", "table must have 2 dimensions, is f32[8]");
  refuse("%y = embedding(%ids, %integers) : f32[t, 8]",
         "operand 1 (%integers) must be f32, f16 or bf16, is i8");
  refuse("%y = embedding(%ids, %table) : f32[t, 9]", "result must be f32[t, 8], is f32[t, 9]");
  refuse("%y = embedding(%ids, %table) {a = 1} : f32[t, 8]", "unknown attribute \"a\"");
}

TEST(Verifier, RmsNorm) {
  accept("%y = rms_norm(%x, %row) {epsilon = 1e-6} : f32[t, 8]");
  refuse("%y = rms_norm(%x, %row) : f32[t, 8]", "attribute \"epsilon\" is missing");
  refuse("%y = rms_norm(%x, %row) {epsilon = 1} : f32[t, 8]", "attribute \"epsilon\" is not a real number");
  refuse("%y = rms_norm(%x, %row) {epsilon = -1.0} : f32[t, 8]",
         "attribute \"epsilon\" must be a positive number");
  refuse("%y = rms_norm(%x, %row) {epsilon = nan} : f32[t, 8]",
         "attribute \"epsilon\" must be a positive number");
  refuse("%y = rms_norm(%x, %short) {epsilon = 1e-6} : f32[t, 8]", "weight must be [8], is f32[7]");
  refuse("%y = rms_norm(%half, %row) {epsilon = 1e-6} : f32[t, 8]", "operand 0 (%half) must be f32, is f16");
  refuse("%y = rms_norm(%three, %row) {epsilon = 1e-6} : f32[t, 8]", "x must have 2 dimensions");
  refuse("%y = rms_norm(%x, %row) {epsilon = 1e-6} : f16[t, 8]", "result must be f32[t, 8], is f16[t, 8]");
}

TEST(Verifier, LinearAndLogits) {
  accept("%y = linear(%x, %table) : f32[t, 11]");
  accept("%y = linear(%x, %square, %row) : f32[t, 8]");
  accept("%y = logits(%x, %table) : f32[t, 11]");
  refuse("%y = linear(%x) : f32[t, 8]", "takes 2 to 3 operands, has 1");
  refuse("%y = linear(%narrow, %square) : f32[t, 8]", "weight must be [8, 4], is f32[8, 8]");
  refuse("%y = linear(%x, %row) : f32[t, 8]", "weight must have 2 dimensions");
  refuse("%y = linear(%x, %square, %short) : f32[t, 8]", "bias must be [8], is f32[7]");
  refuse("%y = linear(%x, %table) : f32[t, 8]", "result must be f32[t, 11], is f32[t, 8]");
  refuse("%y = logits(%x, %square, %row) : f32[t, 8]", "takes 2 operands, has 3");
}

TEST(Verifier, Rope) {
  accept("%y = rope(%x, %position) {heads = 2, head_dim = 4, theta = 1e4} : f32[t, 8]");
  accept("%y = rope(%x) {heads = 2, head_dim = 4, theta = 1e4} : f32[t, 8]");
  refuse("%y = rope(%x, %position) {head_dim = 4, theta = 1e4} : f32[t, 8]",
         "attribute \"heads\" is missing");
  refuse("%y = rope(%x, %position) {heads = 0, head_dim = 4, theta = 1e4} : f32[t, 8]",
         "attribute \"heads\" must be at least 1");
  refuse("%y = rope(%x, %position) {heads = 3, head_dim = 4, theta = 1e4} : f32[t, 8]", "x must be [t, 12]");
  refuse("%y = rope(%x, %position) {heads = 8, head_dim = 1, theta = 1e4} : f32[t, 8]",
         "attribute \"head_dim\" must be even");
  refuse("%y = rope(%x, %position) {heads = 4294967296, head_dim = 4294967296, theta = 1e4} : f32[t, 8]",
         "attributes \"heads\" and \"head_dim\" are too large");
  refuse("%y = rope(%x, %ids) {heads = 2, head_dim = 4, theta = 1e4} : f32[t, 8]",
         "position must be u32[], is u32[t]");
}

TEST(Verifier, Attention) {
  const std::string attributes = " {heads = 2, kv_heads = 1, head_dim = 4, scale = 0.5} : f32[t, 8]";
  accept("%y = attention(%x, %narrow, %narrow, %keys, %values, %position)" + attributes);
  refuse("%y = attention(%x, %narrow, %narrow, %keys, %values)" + attributes, "takes 6 operands, has 5");
  refuse("%y = attention(%x, %x, %narrow, %keys, %values, %position)" + attributes,
         "k must be [t, 4], is f32[t, 8]");
  refuse("%y = attention(%x, %narrow, %x, %keys, %values, %position)" + attributes,
         "v must be [t, 4], is f32[t, 8]");
  refuse("%y = attention(%narrow, %narrow, %narrow, %keys, %values, %position)" + attributes,
         "q must be [t, 8]");
  refuse("%y = attention(%x, %narrow, %narrow, %three, %values, %position)" + attributes,
         "keys must be a state");
  refuse("%y = attention(%x, %narrow, %narrow, %keys, %long, %position)" + attributes,
         "values must be [8, 1, 4], is f32[9, 1, 4]");
  refuse("%y = attention(%x, %narrow, %narrow, %keys, %keys, %position)" + attributes,
         "state %keys belongs to another node or is taken twice");
  refuse("%y = attention(%x, %narrow, %narrow, %keys, %values, %ids)" + attributes, "position must be u32[]");
  refuse(
      "%y = attention(%x, %narrow, %narrow, %keys, %values, %position) {heads = 2, kv_heads = 3, head_dim = "
      "4, "
      "scale = 0.5} : f32[t, 8]",
      "2 heads are no multiple of 3 kv_heads");
}

TEST(Verifier, SiluMulAndAdd) {
  accept("%y = silu_mul(%x, %x2) : f32[t, 8]");
  accept("%y = add(%x, %x) : f32[t, 8]");
  refuse("%y = add(%x, %narrow) : f32[t, 8]", "second operand must be [t, 8], is f32[t, 4]");
  refuse("%y = silu_mul(%x, %half) : f32[t, 8]", "operand 1 (%half) must be f32, is f16");
  refuse("%y = add(%x, %x2) : f32[t, 4]", "result must be f32[t, 8], is f32[t, 4]");
  refuse("%y, %z = add(%x, %x2) : f32[t, 8], f32[t, 8]", "has one result, not 2");
}

TEST(Verifier, LayerNorm) {
  accept("%y = layer_norm(%x, %row) {epsilon = 1e-12} : f32[t, 8]");
  accept("%y = layer_norm(%x, %row, %row) {epsilon = 1e-12} : f32[t, 8]");
  refuse("%y = layer_norm(%x) {epsilon = 1e-12} : f32[t, 8]", "takes 2 to 3 operands, has 1");
  refuse("%y = layer_norm(%x, %row, %short) {epsilon = 1e-12} : f32[t, 8]", "bias must be [8], is f32[7]");
  refuse("%y = layer_norm(%x, %short, %row) {epsilon = 1e-12} : f32[t, 8]", "weight must be [8], is f32[7]");
  refuse("%y = layer_norm(%x, %row) : f32[t, 8]", "attribute \"epsilon\" is missing");
}

TEST(Verifier, Activations) {
  accept("%y = gelu(%x) {approximate = \"none\"} : f32[t, 8]");
  accept("%y = gelu(%x) {approximate = \"tanh\"} : f32[t, 8]");
  accept("%y = silu(%x) : f32[t, 8]");
  accept("%y = mul(%x, %x2) : f32[t, 8]");
  refuse("%y = gelu(%x) : f32[t, 8]", "attribute \"approximate\" is missing");
  refuse("%y = gelu(%x) {approximate = 1} : f32[t, 8]", "attribute \"approximate\" is not a string");
  refuse("%y = gelu(%x) {approximate = \"erf\"} : f32[t, 8]",
         "attribute \"approximate\" must be \"none\" or \"tanh\", is \"erf\"");
  refuse("%y = silu(%x) {approximate = \"none\"} : f32[t, 8]", "unknown attribute \"approximate\"");
  refuse("%y = silu(%x, %x) : f32[t, 8]", "takes 1 operands, has 2");
  refuse("%y = mul(%x, %narrow) : f32[t, 8]", "second operand must be [t, 8], is f32[t, 4]");
}

TEST(Verifier, FullAttention) {
  const auto node = [](const std::string& operands, int causal, const std::string& result) {
    return "%y = full_attention(" + operands + ") {causal = " + std::to_string(causal) +
           ", heads = 2, kv_heads = 1, head_dim = 4, scale = 0.5} : " + result;
  };
  accept(node("%x, %narrow, %narrow", 1, "f32[t, 8]"));
  accept(node("%q6, %k5, %k5", 0, "f32[6, 8]"));
  accept(node("%q6, %k5, %k5, %flags", 0, "f32[6, 8]"));
  accept(node("%x, %k5, %k5, %five", 0, "f32[t, 8]"));
  refuse(node("%q6, %k5, %k5", 1, "f32[6, 8]"), "a causal row needs a key of its own");
  refuse(node("%q6, %k5, %k5", 2, "f32[6, 8]"), "attribute \"causal\" must be 0 or 1");
  refuse(node("%q6, %k5, %narrow", 0, "f32[6, 8]"), "v must be [5, 4], is f32[t, 4]");
  refuse(node("%q6, %k5, %k5, %whole", 0, "f32[6, 8]"), "mask must be bool or f32, is i32");
  refuse(node("%q6, %k5, %k5, %row", 0, "f32[6, 8]"), "mask must be [5], is f32[8]");
  refuse(node("%q6, %k5", 0, "f32[6, 8]"), "takes 3 to 4 operands, has 2");
}

TEST(Verifier, FullAttentionOfABatch) {
  const auto node = [](const std::string& operands, const std::string& counts) {
    return "%y = full_attention(" + operands +
           ") {causal = 0, heads = 2, kv_heads = 1, head_dim = 4, scale = 0.5" + counts + "} : f32[6, 8]";
  };
  accept(node("%q6, %k4, %k4", ", batch = 2"));
  accept(node("%q6, %k4, %k4, %mask12", ", batch = 2, mask_batch = 2, mask_rows = 3, mask_heads = 2"));
  refuse(node("%q6, %k4, %k4", ", batch = 4"), "q must have the rows of 4 sequences, is f32[6, 8]");
  refuse(node("%q6, %k5, %k5", ", batch = 2"), "k must have the rows of 2 sequences, is f32[5, 4]");
  refuse(node("%q6, %k4, %k4", ", batch = 0"), "attribute \"batch\" must be at least 1");
  refuse(node("%q6, %k4, %k4, %mask12", ", batch = 2, mask_rows = 2"),
         "attribute \"mask_rows\" must be 1 or all");
  refuse(node("%q6, %k4, %k4, %mask12", ", batch = 2, mask_batch = 2"), "mask must be [2, 2], is f32[12, 2]");
}

TEST(Verifier, StepsOfALinear) {
  const std::string node = "%y = linear(%x, %square) {";
  accept(node + "input_scale = 0.5, input_zero = -128} : f32[t, 8]");
  refuse(node + "input_scale = 0.5} : f32[t, 8]", "attribute \"input_zero\" is missing");
  refuse(node + "input_scale = -0.5, input_zero = 0} : f32[t, 8]",
         "attribute \"input_scale\" must be a positive number of FP32");
  refuse(node + "input_scale = 1e-40, input_zero = 0} : f32[t, 8]",
         "attribute \"input_scale\" must be a positive number of FP32");
  refuse(node + "input_scale = 0.5, input_zero = 128} : f32[t, 8]",
         "attribute \"input_zero\" must be -128 to 127");
}

class Structure : public ::testing::Test {
 protected:
  Graph graph =
      parse_graph(kDeclarations + "%y = add(%x, %x2) : f32[t, 8]\n%z = add(%y, %y) : f32[t, 8]\noutput %z }");
  Value& value(const char* name) { return graph.values[static_cast<std::size_t>(graph.find_value(name))]; }
  void refuse(const std::string& message) {
    expect_error([&] { verify(graph); }, {"graph \"g\": ", message});
  }
};

TEST_F(Structure, IsLegal) { verify(graph); }

TEST_F(Structure, Symbols) {
  graph.symbols.clear();
  refuse("%ids: symbol t is not declared");
  graph.symbols = {{"t", 1, 8}, {"t", 1, 8}};
  refuse("symbol t is declared twice");
  graph.symbols = {{"t", 5, 4}};
  refuse("symbol t has the empty range 5 .. 4");
  graph.symbols = {{"", 1, 1}};
  refuse("a symbol has no name");
}

TEST_F(Structure, Values) {
  value("row").type.shape[0] = Dim(std::int64_t{0});
  refuse("%row: extent 0 is not positive");
  value("row").type.shape[0] = "t";
  refuse("%row: constants and states have constant extents, not t");
  value("row").type.shape[0] = Dim(8);
  value("row").location = {};
  refuse("%row: a constant must name its tensor");
  value("row").location = {"f", "row"};
  value("row").name = "short";
  refuse("two values are named %short");
  value("ids").name = "";
  refuse("a value has no name");
}

TEST_F(Structure, Order) {
  std::swap(graph.nodes[0], graph.nodes[1]);
  refuse("node \"z\" (add): uses %y before it is defined");
}

TEST_F(Structure, Ids) {
  graph.nodes[0].operands[1] = 99;
  refuse("node \"y\" (add): operand 99 does not exist");
  graph.nodes[0].operands[1] = -1;
  refuse("node \"y\" (add): operand -1 does not exist");
  graph.nodes[0].operands[1] = 0;
  graph.nodes[0].results[0] = 99;
  refuse("node \"y\" (add): result 99 does not exist");
  graph.nodes[0].results[0] = graph.find_value("x");
  refuse("node \"y\" (add): %x is not this node's to define");
}

TEST_F(Structure, Nodes) {
  graph.nodes[1].name = std::string("y");
  refuse("two nodes are named \"y\"");
  graph.nodes[1].name = "";
  refuse("node 1 has no name");
  graph.nodes[1].name = std::string("z");
  graph.nodes[1].op = static_cast<Op>(200);
  refuse("node \"z\": unknown operation");
  graph.nodes.pop_back();
  refuse("%z is not defined by a node");
}

TEST_F(Structure, States) {
  const std::string attributes = " {heads = 2, kv_heads = 1, head_dim = 4, scale = 0.5} : f32[t, 8]\n";
  const std::string rest = "(%x, %narrow, %narrow, %keys, %values, %position)" + attributes;
  graph = parse_graph(kDeclarations + "%y = attention" + rest + "%z = attention" + rest + "output %z }");
  refuse("node \"z\" (attention): state %keys belongs to another node or is taken twice");
}

TEST_F(Structure, Outputs) {
  graph.outputs = {99};
  refuse("output 99 does not exist");
  graph.outputs.clear();
  refuse("there is no output");
}

TEST(Node, AttributesOfAnotherTypeAreNamed) {
  Node node;
  node.name = "n";
  node.attributes["a"] = 1.0;
  expect_error([&] { node.integer("a"); }, {"node \"n\" (add): attribute \"a\" is not an integer"});
  expect_error([&] { node.real("b"); }, {"node \"n\" (add): attribute \"b\" is missing"});
}

}  // namespace
}  // namespace heddle::graph
