#include "compiler/graph/evaluate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "compiler/graph/text.hpp"
#include "compiler/graph/verifier.hpp"
#include "tests/graph/expect_error.hpp"

namespace heddle::graph {
namespace {

using test::expect_error;

std::vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> out(count);
  for (float& value : out) value = normal(random);
  return out;
}

/// Evaluates a graph of the given text, whose inputs and constants come in the order of their declaration.
std::vector<float> run(const std::string& text, const std::vector<std::vector<float>>& given) {
  const Graph graph = parse_graph("graph \"g\" {\n" + text + "\noutput %y }");
  verify(graph);
  Tensors tensors;
  for (std::size_t i = 0; i < given.size(); ++i) tensors[static_cast<ValueId>(i)] = given[i];
  return evaluate(graph, tensors).at(graph.outputs[0]);
}

void expect_near(const std::vector<float>& actual, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) EXPECT_NEAR(actual[i], expected[i], tolerance) << i;
}

TEST(Evaluate, LayerNorm) {
  // Mean 2.5, variance 1.25 by hand.
  const double r = 1.0 / std::sqrt(1.25);
  expect_near(
      run("input %x : f32[1, 4] constant %w : f32[4] loc(\"f\", \"w\") constant %b : f32[4] loc(\"f\", "
          "\"b\") %y = layer_norm(%x, %w, %b) {epsilon = 1e-12} : f32[1, 4]",
          {{1, 2, 3, 4}, {1, 1, 2, 1}, {0, 10, 0, 0}}),
      {-1.5 * r, -0.5 * r + 10, 1.0 * r, 1.5 * r}, 1e-6);
}

TEST(Evaluate, Activations) {
  // gelu(1) = Phi(1) = 0.841344746; the tanh form differs in the fourth place.
  const std::string x = "input %x : f32[1, 3] ";
  expect_near(run(x + "%y = gelu(%x) {approximate = \"none\"} : f32[1, 3]", {{0, 1, -1}}),
              {0, 0.841344746, -0.158655254}, 1e-7);
  expect_near(run(x + "%y = gelu(%x) {approximate = \"tanh\"} : f32[1, 3]", {{0, 1, -1}}),
              {0, 0.841191991, -0.158808009}, 1e-7);
  expect_near(run(x + "%y = silu(%x) : f32[1, 3]", {{0, 1, -1}}), {0, 0.731058579, -0.268941421}, 1e-7);
  expect_near(run(x + "%y = mul(%x, %x) : f32[1, 3]", {{0, 3, -2}}), {0, 9, 4}, 0);
  expect_near(run(x + "%y = tanh(%x) : f32[1, 3]", {{0, 1, -20}}), {0, 0.761594156, -1}, 1e-7);
  expect_near(run(x + "%y = sigmoid(%x) : f32[1, 3]", {{0, 1, -1}}), {0.5, 0.731058579, 0.268941421}, 1e-7);
  expect_near(run(x + "%y = relu(%x) : f32[1, 3]", {{0, 3, -2}}), {0, 3, 0}, 0);
}

TEST(Evaluate, RopeWithoutAPositionStartsAtZero) {
  const std::string rope = "rope(%x) {heads = 1, head_dim = 2, theta = 1e4} : f32[2, 2]";
  expect_near(run("input %x : f32[2, 2] %y = " + rope, {{1, 0, 1, 0}}), {1, 0, std::cos(1.0), std::sin(1.0)},
              1e-6);
}

TEST(Evaluate, FullAttentionAgainstTheDefinition) {
  const std::int64_t rows = 5, keys = 7, heads = 4, kv_heads = 2, width = 3;
  const auto q = random_floats(rows * heads * width, 1), k = random_floats(keys * kv_heads * width, 2),
             v = random_floats(keys * kv_heads * width, 3), added = random_floats(keys, 4);
  std::vector<float> flags = {1, 0, 1, 1, 0, 1, 1};
  for (const int kind : {0, 1, 2}) {  // of the mask: none, bool, f32
    for (const bool causal : {false, true}) {
      std::vector<double> expected;
      for (std::int64_t t = 0; t < rows; ++t) {
        for (std::int64_t head = 0; head < heads; ++head) {
          std::vector<double> mixed(width);
          double sum = 0;
          for (std::int64_t s = 0; s < (causal ? t + keys - rows + 1 : keys); ++s) {
            const auto at = static_cast<std::size_t>(s);
            if (kind == 1 && flags[at] == 0) continue;
            double score = 0;
            for (std::int64_t d = 0; d < width; ++d)
              score += double{q[static_cast<std::size_t>((t * heads + head) * width + d)]} *
                       k[static_cast<std::size_t>((s * kv_heads + head / 2) * width + d)];
            const double e = std::exp(score * 0.5 + (kind == 2 ? double{added[at]} : 0.0));
            sum += e;
            for (std::int64_t d = 0; d < width; ++d)
              mixed[static_cast<std::size_t>(d)] +=
                  e * v[static_cast<std::size_t>((s * kv_heads + head / 2) * width + d)];
          }
          for (const double value : mixed) expected.push_back(value / sum);
        }
      }
      const std::string masks[] = {"", "input %m : bool[7] ", "input %m : f32[7] "};
      std::vector<std::vector<float>> given = {q, k, v};
      if (kind != 0) given.push_back(kind == 1 ? flags : added);
      expect_near(run("input %q : f32[5, 12] input %k : f32[7, 6] input %v : f32[7, 6] " + masks[kind] +
                          "%y = full_attention(%q, %k, %v" + (kind == 0 ? "" : ", %m") +
                          ") {heads = 4, kv_heads = 2, head_dim = 3, scale = 0.5, causal = " +
                          (causal ? "1" : "0") + "} : f32[5, 12]",
                      given),
                  expected, 1e-5);
    }
  }
}

TEST(Evaluate, SequencesOfABatchAreApart) {
  const auto q = random_floats(2 * 3 * 4, 1), k = random_floats(2 * 2 * 4, 2),
             v = random_floats(2 * 2 * 4, 3), mask = random_floats(2 * 2 * 3 * 2, 4);
  const auto half = [](const std::vector<float>& all, std::size_t index) {
    const auto size = static_cast<std::ptrdiff_t>(all.size() / 2),
               begin = static_cast<std::ptrdiff_t>(index) * size;
    return std::vector<float>(all.begin() + begin, all.begin() + begin + size);
  };
  const std::string attributes =
      ") {heads = 2, kv_heads = 2, head_dim = 2, scale = 0.5, causal = 0, mask_heads = 2, "
      "mask_rows = 3";
  std::vector<double> expected;
  for (const std::size_t i : {std::size_t{0}, std::size_t{1}}) {
    const auto one =
        run("input %q : f32[3, 4] input %k : f32[2, 4] input %v : f32[2, 4] input %m : f32[6, 2] "
            "%y = full_attention(%q, %k, %v, %m" +
                attributes + "} : f32[3, 4]",
            {half(q, i), half(k, i), half(v, i), half(mask, i)});
    expected.insert(expected.end(), one.begin(), one.end());
  }
  expect_near(run("input %q : f32[6, 4] input %k : f32[4, 4] input %v : f32[4, 4] input %m : f32[12, 2] "
                  "%y = full_attention(%q, %k, %v, %m" +
                      attributes + ", batch = 2, mask_batch = 2} : f32[6, 4]",
                  {q, k, v, mask}),
              expected, 1e-6);
  const std::string rope = "rope(%x) {heads = 1, head_dim = 2, theta = 1e4, batch = 2} : f32[4, 2]";
  expect_near(run("input %x : f32[4, 2] %y = " + rope, {{1, 0, 1, 0, 1, 0, 1, 0}}),
              {1, 0, std::cos(1.0), std::sin(1.0), 1, 0, std::cos(1.0), std::sin(1.0)}, 1e-6);
}

TEST(Evaluate, RefusesWhatItCannotEvaluate) {
  const std::string add = "input %x : f32[1, 2] %y = add(%x, %x) : f32[1, 2]";
  expect_error([&] { run(add, {}); }, {"no tensor for %x"});
  expect_error([&] { run(add, {{1}}); }, {"the tensor for %x has 1 elements, expected 2"});
  expect_error(
      [&] {
        run("symbol t 1 .. 2 input %x : f32[t, 2] %y = add(%x, %x) : f32[t, 2]", {{1, 2}});
      },
      {"%x has the symbolic extent t"});
  const std::string table = "input %i : u32[1] constant %t : f32[2, 1] loc(\"f\", \"t\") ";
  expect_error(
      [&] {
        run(table + "%y = embedding(%i, %t) : f32[1, 1]", {{2}, {1, 2}});
      },
      {"node \"y\": id 2 is out of range: the table has 2 rows"});
}

}  // namespace
}  // namespace heddle::graph
