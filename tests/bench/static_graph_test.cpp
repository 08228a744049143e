// Static graphs of many shapes on the golden device, against the float reference; none has a race.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <optional>

#include "cli/bench/image_run.hpp"
#include "cli/bench/layer_model.hpp"
#include "cli/bench/static_case.hpp"
#include "compiler/graph/text.hpp"
#include "compiler/graph/verifier.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "tests/bench/image_checks.hpp"

namespace heddle::cli {
namespace {

/// Runs the graph on the golden device and expects what the float reference computes. Returns the first
/// output.
std::vector<float> expect_reference(const graph::Graph& graph, const isa::NamedConfig& config,
                                    bool check_races, double least = 0.999,
                                    const std::optional<tiles::StaticTiling>& tiling = {}) {
  constexpr std::uint64_t kSeed = 3;
  const graph::Tensors data = random_tensors(graph, kSeed);
  const emit::StaticImage compiled =
      compile_case(graph, config.config, data, {}, tiling ? &*tiling : nullptr);
  const std::unique_ptr<runtime::Device> device = runtime::open_device("hls", config);
  const ImageRun run = run_image(*device, compiled.image, tiles::kStaticProgram);
  const auto agreements = compare_case(graph, data, compiled.image, run.arena);
  EXPECT_FALSE(agreements.empty());
  for (const Agreement& value : agreements)
    EXPECT_GE(value.cosine, least) << graph.name << " %" << value.value;
  if (check_races) {
    EXPECT_EQ(races(compiled.image, tiles::kStaticProgram), "");
  }
  return read_rows(compiled.image, run.arena,
                   graph.values[static_cast<std::size_t>(graph.outputs.front())].name);
}
void expect_reference(const graph::Graph& graph, const std::string& config, bool check_races,
                      double least = 0.999) {
  expect_reference(graph, config_named(config), check_races, least);
}

graph::Graph parse(const std::string& body) {
  graph::Graph graph = graph::parse_graph("graph \"g\" {\n" + body + "\n}");
  graph::verify(graph);
  return graph;
}

struct AttentionCase {
  const char* config;
  AttentionShape shape;
};
class Attention : public testing::TestWithParam<AttentionCase> {};

TEST_P(Attention, IsThatOfTheReference) {
  expect_reference(attention_graph(GetParam().shape), GetParam().config, true);
}

// One row, one below and above tiles, sets of queries and beats; heads that share keys; more keys than rows.
INSTANTIATE_TEST_SUITE_P(
    Shapes, Attention,
    testing::Values(AttentionCase{"edge", {1, 1, 16, 1}}, AttentionCase{"edge", {2, 2, 64, 15}},
                    AttentionCase{"edge", {2, 1, 32, 17, 0, true}}, AttentionCase{"edge", {12, 12, 64, 9}},
                    AttentionCase{"edge", {3, 1, 20, 65, 0, true}}, AttentionCase{"edge", {2, 2, 64, 130}},
                    AttentionCase{"edge", {2, 2, 16, 7, 40, true}}, AttentionCase{"edge", {1, 1, 64, 1000}},
                    AttentionCase{"core", {4, 2, 64, 33}}, AttentionCase{"core", {2, 2, 48, 100, 0, true}},
                    AttentionCase{"tiny", {2, 1, 6, 11, 0, true}}, AttentionCase{"tiny", {2, 2, 8, 30}},
                    AttentionCase{"rect", {2, 2, 40, 19, 0, true}}));

// Scores and probabilities that go through memory give the same bytes.
TEST_P(Attention, IsTheSameWithoutFusing) {
  const AttentionShape& shape = GetParam().shape;
  isa::NamedConfig config = config_named(GetParam().config);
  const std::vector<float> fused = expect_reference(attention_graph(shape), config, false);
  config.config.fused_attention = 0;
  EXPECT_EQ(expect_reference(attention_graph(shape), config, true), fused);
  EXPECT_FALSE(fused.empty());
}

struct LayerCase {
  const char *config, *model;
  std::int64_t sequence;
};
class LayerTest : public testing::TestWithParam<LayerCase> {};

TEST_P(LayerTest, IsThatOfTheReference) {
  expect_reference(layer_graph(GetParam().model, GetParam().sequence), GetParam().config,
                   GetParam().sequence < 40);
}

INSTANTIATE_TEST_SUITE_P(Shapes, LayerTest,
                         testing::Values(LayerCase{"edge", "bert-base", 1},
                                         LayerCase{"edge", "bert-base", 50},
                                         LayerCase{"core", "bert-base", 17}, LayerCase{"edge", "gpt2", 18},
                                         LayerCase{"edge", "qwen2-0.5b", 37},
                                         LayerCase{"core", "smollm2-135m", 20}));

// Masks of keys, as flags and as numbers to add.
TEST(StaticGraph, Masks) {
  for (const std::string type : {"bool", "f32"}) {
    expect_reference(
        parse("input %q : f32[21, 32] input %k : f32[35, 32] input %v : f32[35, 32] input %m : " + type +
              "[35] %y = full_attention(%q, %k, %v, %m) {heads = 2, kv_heads = 2, head_dim = 16, "
              "scale = 0.25, causal = 0} : f32[21, 32] output %y"),
        "edge", true);
  }
}

TEST(StaticGraph, MasksWithoutFusing) {
  isa::NamedConfig config = config_named("edge");
  config.config.fused_attention = 0;
  expect_reference(
      parse("input %q : f32[21, 32] input %k : f32[35, 32] input %v : f32[35, 32] input %m : bool[35] "
            "%y = full_attention(%q, %k, %v, %m) {heads = 2, kv_heads = 2, head_dim = 16, scale = 0.25, "
            "causal = 0} : f32[21, 32] output %y"),
      config, true);
}

// Elementwise operations that stand behind a product, behind one another, and alone.
TEST(StaticGraph, ElementwiseOperations) {
  expect_reference(parse(R"(
    input %x : f32[37, 50]
    constant %c : f32[37, 50] loc("f", "c")
    constant %w : f32[70, 50] loc("f", "w")
    constant %b : f32[70] loc("f", "b")
    constant %u : f32[50, 70] loc("f", "u")
    %p = add(%x, %c) : f32[37, 50]
    %l = linear(%p, %w, %b) : f32[37, 70]
    %g = gelu(%l) {approximate = "tanh"} : f32[37, 70]
    %o = linear(%g, %u) : f32[37, 50]
    %r = add(%o, %x) : f32[37, 50]
    %s = silu(%r) : f32[37, 50]
    %m = mul(%s, %p) : f32[37, 50]
    %n = mul(%m, %m) : f32[37, 50]
    %e = gelu(%n) {approximate = "none"} : f32[37, 50]
    output %e, %m)"),
                   "edge", true, 0.998);
}

// A gated network, a norm without offset, a value that both a norm and a product read.
TEST(StaticGraph, GatedNetwork) {
  for (const char* config : {"tiny", "edge", "core", "rect"}) {
    expect_reference(parse(R"(
      input %x : f32[13, 40]
      constant %norm.weight : f32[40] loc("f", "n")
      constant %wg : f32[90, 40] loc("f", "g")
      constant %wu : f32[90, 40] loc("f", "u")
      constant %wd : f32[40, 90] loc("f", "d")
      constant %wl : f32[101, 40] loc("f", "l")
      %n = rms_norm(%x, %norm.weight) {epsilon = 1e-6} : f32[13, 40]
      %g = linear(%n, %wg) : f32[13, 90]
      %u = linear(%n, %wu) : f32[13, 90]
      %h = silu_mul(%g, %u) : f32[13, 90]
      %d = linear(%h, %wd) : f32[13, 40]
      %r = add(%d, %x) : f32[13, 40]
      %y = logits(%r, %wl) : f32[13, 101]
      output %y, %n)"),
                     config, true);
  }
}

TEST(StaticGraph, TheFastestOfTheMeasuredTilingsIsTaken) {
  AttentionShape shape{2, 2, 64, 70};
  const graph::Graph graph = attention_graph(shape);
  const graph::Tensors data = random_tensors(graph, 1);
  const isa::NamedConfig config = config_named("edge");
  const auto measured = [&](const isa::Image& image) {
    return count_cycles(config, image, tiles::kStaticProgram);
  };
  const emit::StaticImage compiled = compile_case(graph, config.config, data, measured);
  std::int64_t least = 0;
  for (const tiles::StaticCandidate& candidate : compiled.program.tried) {
    if (candidate.measured != 0 && (least == 0 || candidate.measured < least)) least = candidate.measured;
  }
  EXPECT_EQ(count_cycles(config, compiled.image, tiles::kStaticProgram), least);
  // Whatever measures decides: here the one that is asked about last.
  std::int64_t fewer = 1000;
  const emit::StaticImage last =
      compile_case(graph, config.config, data, [&](const isa::Image&) { return --fewer; });
  EXPECT_EQ(last.program.tiling.text(), last.program.tried.back().tiling.text());
  EXPECT_NE(last.program.tiling.share_ahead, 0);
}

graph::Graph products(int rows, int depth, const std::string& behind) {
  return parse(fmt::format(R"(
      input %x : f32[{0}, {1}]
      constant %w : f32[300, {1}] loc("f", "w")
      constant %b : f32[300] loc("f", "b")
      constant %g : f32[300] loc("f", "g")
      %p = linear(%x, %w, %b) : f32[{0}, 300]
      %y = {2} : f32[{0}, 300]
      output %y)",
                           rows, depth, behind));
}

// Rows in few chunks, whose scales stay as well, and in many; parts of chunks, groups and slices at the end.
// Tiny has no room for the slices of the greater depth.
TEST(StaticGraph, WeightsThatStayGiveTheSameBytesAndMoveFewer) {
  for (const char* config : {"tiny", "edge", "rect"}) {
    for (const auto& [rows, depth] : {std::pair(150, 210), {1030, 210}, {150, 530}}) {
      SCOPED_TRACE(fmt::format("{}: {} x {}", config, rows, depth));
      const graph::Graph graph = products(rows, depth, "silu(%p)");
      const isa::NamedConfig named = config_named(config);
      const std::vector<float> pass_by = expect_reference(graph, named, false, 0.999, {{.rows = 32}});
      EXPECT_EQ(expect_reference(graph, named, true, 0.999, {{.rows = 32, .keep_weights = true}}), pass_by);
      const tiles::StaticPlan plan = tiles::fuse_static(graph, named.config);
      const std::int64_t kept = tiles::lower_static(plan, {.rows = 32, .keep_weights = true}).traffic,
                         moved = tiles::lower_static(plan, {.rows = 32}).traffic;
      if (named.name == "tiny" && depth > 500) {
        EXPECT_EQ(kept, moved);
      } else {
        EXPECT_LT(kept, moved);
      }
    }
  }
}

bool keeps_weights(const graph::Graph& graph) {
  const tiles::StaticPlan plan = tiles::fuse_static(graph, config_named("edge").config);
  for (const tiles::StaticOp& op : plan.ops) {
    if (op.kind == tiles::StaticKind::kLinear)
      return tiles::tile_linear(plan, op, {.keep_weights = true}).keeps_weights;
  }
  ADD_FAILURE() << "no product";
  return false;
}

// A norm wants whole rows early, and a single chunk reads its weights once anyway.
TEST(StaticGraph, WeightsPassByWhereRowsMustBeWholeEarly) {
  EXPECT_TRUE(keeps_weights(products(150, 530, "silu(%p)")));
  EXPECT_FALSE(keeps_weights(products(150, 530, "rms_norm(%p, %g) {epsilon = 1e-6}")));
  EXPECT_FALSE(keeps_weights(products(9, 530, "silu(%p)")));
}

/// Two products of the same rows, and the panels that these get on edge in chunks of 16 rows.
struct PanelCase {
  int rows, depth, first, second;  // columns of the products
  std::uint64_t panel;
};
void expect_panel(const PanelCase& c) {
  SCOPED_TRACE(fmt::format("{} x {} into {} and {}", c.rows, c.depth, c.first, c.second));
  const graph::Graph graph = parse(fmt::format(R"(
      input %x : f32[{0}, {1}]
      constant %v : f32[{2}, {1}] loc("f", "v")
      constant %w : f32[{3}, {1}] loc("f", "w")
      %y = linear(%x, %v) : f32[{0}, {2}]
      %z = linear(%x, %w) : f32[{0}, {3}]
      output %y
      output %z)",
                                               c.rows, c.depth, c.first, c.second));
  const tiles::StaticTiling tiling{.rows = 16};
  const isa::NamedConfig config = config_named("edge");
  tiles::StaticPlan plan = tiles::fuse_static(graph, config.config);
  tiles::set_panels(tiling, &plan);
  for (const tiles::StaticTensor& tensor : plan.tensors) {
    if (tensor.form == tiles::Form::kRows8) {
      EXPECT_EQ(tensor.panel, c.panel);
    }
  }
  expect_reference(graph, config, true, 0.999, tiling);
}

TEST(StaticGraph, SlicesOfRowsLieTogether) {
  expect_panel({40, 600, 300, 200, 304});   // the second panel is narrower, the last chunk shorter
  expect_panel({40, 600, 300, 16, 0});      // the second product takes a row whole
  expect_panel({40, 300, 300, 200, 0});     // both do
  expect_panel({20, 4000, 300, 200, 576});  // rows are written one by one, a piece to each panel
  expect_panel({3, 4000, 300, 200, 0});     // panels of 1,728 bytes are not worth it
}

TEST(StaticGraph, PanelsBeginAtTheirStride) {
  tiles::StaticTensor rows;
  rows.rows = 10, rows.row_stride = 640, rows.offset = 1000, rows.panel = 256, rows.panel_stride = 4096;
  const auto expect = [&](std::int64_t column, std::int64_t begin, std::int64_t width, std::int64_t offset) {
    const tiles::Panel panel = tiles::panel_at(rows, column);
    EXPECT_EQ(panel.begin, begin);
    EXPECT_EQ(panel.width, width);
    EXPECT_EQ(panel.offset, offset);
  };
  expect(0, 0, 256, 1000);
  expect(511, 256, 256, 5096);
  expect(512, 512, 128, 9192);
  rows.panel = 0;
  expect(512, 0, 640, 1000);
}

/// Pieces of a row for panels in one bank would wait for each other; bursts do not cross pages.
TEST(StaticGraph, WhatIsLongBeginsAtPages) {
  const isa::Config config = config_named("edge").config;
  tiles::StaticPlan plan = tiles::fuse_static(products(150, 600, "silu(%p)"), config);
  tiles::set_panels({.rows = 16}, &plan);
  int panels = 0;
  for (const tiles::StaticTensor& tensor : plan.tensors) {
    SCOPED_TRACE(tensor.name);
    if (!tensor.constant && tensor.bytes >= 4096) {
      EXPECT_EQ(tensor.offset % 4096, 0u);
    }
    if (tensor.panel == 0) continue;
    ++panels;
    EXPECT_GE(tensor.panel_stride, tensor.panel * 150);
    EXPECT_EQ(tensor.panel_stride % 8192, 4096u);
  }
  EXPECT_GT(panels, 0);
}

std::int64_t field_of(const tiles::Operation& op, tiles::Field field) {
  const tiles::Value* found = op.find(field);
  return found != nullptr ? found->constant : 0;
}

std::vector<tiles::Operation> body_of(const graph::Graph& graph) {
  const tiles::StaticPlan plan = tiles::fuse_static(graph, config_named("edge").config);
  return tiles::lower_static(plan, {.rows = 16}).module.programs.front().body;
}

/// LOAD and STORE look at a row a cycle.
TEST(StaticGraph, RowsWithoutAGapAreOne) {
  int transfers = 0;
  for (const tiles::Operation& op : body_of(products(150, 600, "silu(%p)"))) {
    if (op.opcode != isa::kOpLoad && op.opcode != isa::kOpStore) continue;
    ++transfers;
    const std::int64_t row = field_of(op, tiles::Field::kRowBytes);
    EXPECT_FALSE(field_of(op, tiles::Field::kDmaRows) > 1 && field_of(op, tiles::Field::kMemStride) == row &&
                 field_of(op, tiles::Field::kLocalStride) == row);
  }
  EXPECT_GT(transfers, 0);
}

/// A STORE is done when its last byte is in memory, behind all reads before it.
TEST(StaticGraph, RowsOfBytesLeaveByFewStores) {
  int bytes = 0, scales = 0;
  for (const tiles::Operation& op : body_of(products(40, 4000, "silu(%p)"))) {
    if (op.opcode != isa::kOpStore) continue;
    const std::int64_t buffer = field_of(op, tiles::Field::kBufferField);
    bytes += buffer == isa::kBufferA;
    scales += buffer == isa::kBufferS;
  }
  EXPECT_EQ(bytes, 40 * 2);  // one by one: six panels at once, and the narrower one
  EXPECT_EQ(scales, 3);      // 16, 16 and 8
}

std::string refusal(const std::string& body, const std::string& config) {
  const graph::Graph graph = parse(body);
  try {
    compile_case(graph, config_named(config).config, random_tensors(graph, 1));
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

TEST(StaticGraph, RefusesWhatDoesNotFit) {
  const auto expect = [](const std::string& text, const std::string& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  expect(refusal("symbol t 1 .. 9 input %x : f32[t, 8] %y = silu(%x) : f32[t, 8] output %y", "edge"),
         "%x has the symbolic extent t: give it a number");
  expect(refusal("input %x : f32[2, 100000] %y = silu(%x) : f32[2, 100000] output %y", "edge"),
         "operation \"y\": a row of 100000 does not fit: enlarge v_bytes");
  expect(refusal(
             "input %i : u32[2] constant %t : f32[9, 8] loc(\"f\", \"t\") %y = embedding(%i, %t) : f32[2, 8] "
             "output %y",
             "edge"),
         "%i has a type that a static program does not take");
  expect(
      refusal("input %q : f32[4, 16] input %k : f32[60000, 16] %y = full_attention(%q, %k, %k) {heads = 1, "
              "kv_heads = 1, head_dim = 16, scale = 1.0, causal = 0} : f32[4, 16] output %y",
              "edge"),
      "enlarge");
}

}  // namespace
}  // namespace heddle::cli
