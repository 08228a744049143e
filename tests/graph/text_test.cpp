#include "compiler/graph/text.hpp"

#include <gtest/gtest.h>

#include <random>

#include "compiler/graph/model.hpp"
#include "compiler/graph/verifier.hpp"
#include "tests/graph/expect_error.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"

namespace heddle::graph {
namespace {

// One of each operation, odd names, every kind of attribute.
const char* const kSmall = R"(graph "small \"one\"" {
  symbol tokens 1 .. 7
  input %ids : u32[tokens]
  input %position : u32[]
  constant %table : bf16[11, 4] loc("model.safetensors", "embed")
  constant %weight : f32[4]  loc("model.safetensors", "norm")
  constant %"/layer 0/MatMul:1" : f16[4, 4] loc("a\\b", "w")
  constant %bias : f32[4] loc("", "b")
  state %keys : f32[7, 1, 4]
  state %values : f32[7, 1, 4]
  %x = embedding(%ids, %table) : f32[tokens, 4] loc("model.safetensors", "embed")
  %n = rms_norm(%x, %weight) {epsilon = 1e-05} : f32[tokens, 4] name "norm of x"
  %q = linear(%n, %"/layer 0/MatMul:1", %bias) : f32[tokens, 4]
  %r = rope(%q, %position) {head_dim = 4, heads = 1, theta = 10000.0} : f32[tokens, 4]
  %a = attention(%r, %r, %n, %keys, %values, %position) {head_dim = 4, heads = 1, kv_heads = 1, scale = 0.5} : f32[tokens, 4]
  %g = silu_mul(%a, %n) : f32[tokens, 4]
  %s = add(%g, %x) : f32[tokens, 4]
  %ln = layer_norm(%s, %weight, %bias) {epsilon = 1e-12} : f32[tokens, 4]
  %fa = full_attention(%ln, %s, %s) {causal = 1, head_dim = 4, heads = 1, kv_heads = 1, scale = 0.5} : f32[tokens, 4]
  %ge = gelu(%fa) {approximate = "tanh"} : f32[tokens, 4]
  %si = silu(%ge) : f32[tokens, 4]
  %m = mul(%si, %s) : f32[tokens, 4]
  %logits = logits(%m, %table) : f32[tokens, 11]
  output %logits
}
)";

TEST(GraphText, ReadsAndPrintsEveryOperation) {
  const Graph graph = parse_graph(kSmall);
  verify(graph);
  std::string expected = kSmall;
  expected.replace(expected.find("f32[4]  loc"), 11, "f32[4] loc");
  EXPECT_EQ(print_graph(graph), expected);
  EXPECT_EQ(graph.name, "small \"one\"");
  EXPECT_EQ(graph.symbols, (std::vector<Symbol>{{"tokens", 1, 7}}));
  EXPECT_EQ(graph.node(graph.find_node("norm of x")).real("epsilon"), 1e-5);
  EXPECT_EQ(graph.value(graph.find_value("/layer 0/MatMul:1")).location, (Location{"a\\b", "w"}));
}

TEST(GraphText, ImportedModelsRoundTrip) {
  for (const char* architecture : {"LlamaForCausalLM", "Qwen2ForCausalLM"}) {
    test::TemporaryDirectory directory;
    test::write_tiny_model(directory.path(), {.architecture = architecture, .tied = false});
    const Graph graph = import_huggingface(directory.path()).graph;
    const std::string text = print_graph(graph);
    const Graph again = parse_graph(text);
    verify(again);
    EXPECT_EQ(print_graph(again), text);
    ASSERT_EQ(again.nodes.size(), graph.nodes.size());
    ASSERT_EQ(again.values.size(), graph.values.size());
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      EXPECT_EQ(again.values[i].name, graph.values[i].name);
      EXPECT_EQ(again.values[i].type, graph.values[i].type);
      EXPECT_EQ(again.values[i].producer, graph.values[i].producer);
      EXPECT_EQ(again.values[i].location, graph.values[i].location);
    }
    for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
      EXPECT_EQ(again.nodes[i].operands, graph.nodes[i].operands);
      EXPECT_EQ(again.nodes[i].results, graph.nodes[i].results);
      EXPECT_EQ(again.nodes[i].attributes, graph.nodes[i].attributes);
      EXPECT_EQ(again.nodes[i].location, graph.nodes[i].location);
    }
  }
}

TEST(GraphText, AttributesOfEveryKindRoundTrip) {
  Graph graph = parse_graph(kSmall);
  graph.nodes[0].attributes = {{"a", std::int64_t{-3}},
                               {"an odd name", std::string("line\nbreak \"q\" \x7f")},
                               {"b", 3.0},
                               {"c", 0.1},
                               {"d", -1e300},
                               {"e", std::vector<std::int64_t>{}},
                               {"f", std::vector<std::int64_t>{1, -2, 1ll << 62}}};
  const std::string text = print_graph(graph);
  const Graph again = parse_graph(text);
  EXPECT_EQ(again.nodes[0].attributes, graph.nodes[0].attributes);
  EXPECT_EQ(print_graph(again), text);
}

TEST(GraphText, CommentsAndSpacesDoNotCount) {
  const Graph graph =
      parse_graph("# first\ngraph\"g\"{symbol t 1..2 input%i:u32[t]# second\noutput%i,%i}  # third");
  EXPECT_EQ(graph.outputs.size(), 2u);
  EXPECT_EQ(graph.value(0).type.shape[0].symbol, "t");
}

TEST(GraphText, ErrorsNameTheLine) {
  const auto refuse = [](const std::string& body, const std::vector<std::string>& parts) {
    test::expect_error([&] { parse_graph("graph \"g\" {\n  input %x : f32[2]\n" + body, "file.txt"); },
                       parts);
  };
  refuse("}x", {"file.txt:3", "expected the end of the text, found \"x\""});
  refuse("", {"file.txt:3", "expected symbol, input, constant, state, output, a node or '}'"});
  refuse("  input %x : f32[2]\n}", {"%x is defined twice"});
  refuse("  input %y : f33[2]\n}", {"file.txt:3", "expected a type (f32", "found \"f33[2]\""});
  refuse("  input %y : f32[2\n}", {"file.txt:4", "expected ']'"});
  refuse("  input %y : f32[99999999999999999999]\n}", {"file.txt:3", "an integer of 64 bits"});
  refuse("  %y = subtract(%x, %x) : f32[2]\n}", {"expected an operation, found \"subtract(%x, %x)"});
  refuse("  %y = add(%x, %z) : f32[2]\n}", {"expected a value that is defined above, found \"z)"});
  refuse("  %y = add(%y, %x) : f32[2]\n}", {"expected a value that is defined above"});
  refuse("  %y = add(%x, %x)\n}", {"expected ':'"});
  refuse("  %y = add(%x, %x) {a = 1, a = 2} : f32[2]\n}", {"no second attribute a"});
  refuse("  %y = add(%x, %x) {a = x} : f32[2]\n}", {"expected a number"});
  refuse("  %y, %y = add(%x, %x) : f32[2], f32[2]\n}", {"results of different names"});
  refuse("  input %\"y : f32[2]\n}", {"the closing quote"});
  refuse("  input %\"y\\n\" : f32[2]\n}", {"expected \\\", \\\\ or \\xHH"});
  test::expect_error([] { parse_graph(""); }, {"graph text:1", "expected 'graph'"});
}

TEST(GraphText, DamagedTextNeverCrashes) {
  const std::string whole = kSmall;
  std::mt19937 random(7);
  for (int trial = 0; trial < 3000; ++trial) {
    std::string text = whole.substr(0, trial % 3 == 0 ? random() % whole.size() : whole.size());
    for (unsigned i = 0; i < random() % 4 && !text.empty(); ++i) {
      text[random() % text.size()] =
          trial % 2 == 0 ? static_cast<char>(random()) : whole[random() % whole.size()];
    }
    try {
      verify(parse_graph(text));
    } catch (const std::runtime_error&) {
      continue;  // refused, as most are
    }
  }
}

}  // namespace
}  // namespace heddle::graph
