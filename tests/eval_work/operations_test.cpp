// Operators of a step: sums against known totals, shapes by hand, phases and edges.
#include "eval/work/operations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace heddle::eval {
namespace {

Work decode(std::uint64_t batch, std::uint64_t context) {
  Work work;
  work.batch = batch;
  work.context = context;
  return work;
}

Work prefill(std::uint64_t batch, std::uint64_t tokens) {
  Work work;
  work.phase = Phase::kPrefill;
  work.batch = batch;
  work.new_tokens = tokens;
  return work;
}

const Operator& find(const std::vector<Operator>& operators, const std::string& name) {
  const auto found =
      std::find_if(operators.begin(), operators.end(), [&](const Operator& op) { return op.name == name; });
  if (found == operators.end()) throw std::runtime_error("no operator " + name);
  return *found;
}

bool has(const std::vector<Operator>& operators, const std::string& name) {
  return std::any_of(operators.begin(), operators.end(), [&](const Operator& op) { return op.name == name; });
}

TEST(Operations, DecodeOfADenseModelReadsEveryWeightOnce) {
  const Model model = load_model("QwQ-32B");
  const Totals sum = totals(operations(model, decode(1, 1000)));
  // All matrices, without the embedding table, norms and biases.
  const double small = 64 * (2 * 5120 + 7168) + 5120;
  const double matrices = static_cast<double>(parameter_count(model)) - 152064.0 * 5120 - small;
  EXPECT_DOUBLE_EQ(sum.weight_bytes, 2 * matrices);
  // The cache of 1000 tokens and of the new one is read, and the new one's is written.
  EXPECT_DOUBLE_EQ(sum.cache_bytes, 262144.0 * 1002);
  // Two operations a weight; scores and values of 1001 keys; a little for norms and activations.
  const double attention = 64 * 40 * 2.0 * 1001 * 256;
  EXPECT_NEAR(sum.flops, 2 * matrices + attention, 0.001 * sum.flops);
}

TEST(Operations, BatchReadsWeightsOnceAndCachesEach) {
  const Model model = load_model("Llama-2-70B");
  const Totals one = totals(operations(model, decode(1, 512))),
               many = totals(operations(model, decode(16, 512)));
  EXPECT_DOUBLE_EQ(many.weight_bytes, one.weight_bytes);
  EXPECT_DOUBLE_EQ(many.cache_bytes, 16 * one.cache_bytes);
  EXPECT_NEAR(many.flops / one.flops, 16, 1e-9);
}

TEST(Operations, PrefillIsCausal) {
  const Model model = load_model("Llama-2-7B");
  const Operator attention = find(operations(model, prefill(2, 100)), "attention");
  EXPECT_EQ(attention.kind, OperatorClass::kAttentionPrefill);
  EXPECT_DOUBLE_EQ(attention.flops, 2.0 * 2 * 32 * (100 * 101 / 2) * 256);
  // In chunks: the second half's queries meet the first half's keys as well. The parts add up to the whole.
  Work half = prefill(2, 50);
  const double first = find(operations(model, half), "attention").flops;
  half.context = 50;
  const double second = find(operations(model, half), "attention").flops;
  EXPECT_DOUBLE_EQ(first + second, attention.flops);
  // An encoder attends to everything.
  const Model bert = load_model("BERT-large");
  EXPECT_DOUBLE_EQ(find(operations(bert, prefill(1, 384)), "attention").flops, 2.0 * 16 * 384 * 384 * 128);
}

TEST(Operations, PrefillOfManyTokensIsGemmAndHeadSeesTheLastPosition) {
  const Model model = load_model("QwQ-32B");
  Work work = prefill(3, 256);
  std::vector<Operator> operators = operations(model, work);
  const Operator& qkv = find(operators, "attention.qkv");
  EXPECT_EQ(qkv.kind, OperatorClass::kGemm);
  EXPECT_EQ(qkv.m, 768u);
  EXPECT_EQ(qkv.n, (40 + 16) * 128u);
  EXPECT_EQ(qkv.k, 5120u);
  EXPECT_EQ(qkv.count, 64);
  EXPECT_EQ(find(operators, "head").m, 3u);
  EXPECT_EQ(find(operators, "head").kind, OperatorClass::kGemv);
  work.all_logits = true;
  operators = operations(model, work);
  EXPECT_EQ(find(operators, "head").m, 768u);
}

TEST(Operations, GemvEndsAtItsBound) {
  const Model model = load_model("QwQ-32B");
  EXPECT_EQ(find(operations(model, decode(kMaxGemvRows, 0)), "feed_forward.up").kind, OperatorClass::kGemv);
  EXPECT_EQ(find(operations(model, decode(kMaxGemvRows + 1, 0)), "feed_forward.up").kind,
            OperatorClass::kGemm);
}

TEST(Operations, PrecisionsDecideBytes) {
  const Model model = load_model("QwQ-32B");
  Work work = decode(1, 100);
  work.precision.weights = grouped(Format::kInt4, 128, 20);
  work.precision.cache = Format::kInt8;
  const std::vector<Operator> operators = operations(model, work);
  EXPECT_DOUBLE_EQ(find(operators, "feed_forward.down").weight_bytes, 27648.0 * 5120 * 4.15625 / 8);
  EXPECT_DOUBLE_EQ(find(operators, "head").weight_bytes, 2.0 * 152064 * 5120);
  EXPECT_DOUBLE_EQ(totals(operators).cache_bytes, 131072.0 * 102);
}

TEST(Operations, LatentAttentionIsAbsorbedInDecodeAndExpandedInPrefill) {
  const Model model = load_model("DeepSeek-V3");
  const std::vector<Operator> step = operations(model, decode(4, 1000));
  const Operator& absorbed = find(step, "attention");
  EXPECT_EQ(absorbed.kind, OperatorClass::kMlaDecode);
  EXPECT_EQ(absorbed.head_dim, 576u);
  EXPECT_EQ(absorbed.value_dim, 512u);
  EXPECT_DOUBLE_EQ(absorbed.flops, 2.0 * 4 * 128 * 1001 * (576 + 512));
  EXPECT_DOUBLE_EQ(absorbed.cache_bytes, 4 * 576 * 2.0 * 1002);
  EXPECT_EQ(find(step, "attention.absorb_keys").groups, 128u);
  EXPECT_DOUBLE_EQ(find(step, "attention.absorb_keys").weight_bytes, 128.0 * 128 * 512 * 2);

  const std::vector<Operator> prompt = operations(model, prefill(1, 64));
  const Operator& expanded = find(prompt, "attention");
  EXPECT_EQ(expanded.kind, OperatorClass::kMlaPrefill);
  EXPECT_DOUBLE_EQ(expanded.flops, 2.0 * 128 * (64 * 65 / 2) * (192 + 128));
  EXPECT_EQ(find(prompt, "attention.expand").m, 64u);
  EXPECT_FALSE(has(prompt, "attention.absorb_keys"));
  // Both forms hold the same weights.
  EXPECT_DOUBLE_EQ(
      find(step, "attention.absorb_keys").weight_bytes + find(step, "attention.absorb_values").weight_bytes,
      find(prompt, "attention.expand").weight_bytes);
}

TEST(Operations, DecodeOfAMixtureReadsTheActiveParameters) {
  const Model model = load_model("DeepSeek-V3");
  const std::vector<Operator> step = operations(model, decode(1, 0));
  const double expected = 2.0 * (static_cast<double>(active_parameter_count(model)) - 129280.0 * 7168);
  EXPECT_NEAR(totals(step).weight_bytes / expected, 1, 1e-4);  // norms and biases are not counted
  const Operator& experts = find(step, "experts");
  EXPECT_EQ(experts.kind, OperatorClass::kMoe);
  EXPECT_EQ(experts.count, 58);
  EXPECT_NEAR(experts.distinct_experts, 8, 1e-9);
  EXPECT_DOUBLE_EQ(experts.flops, 2.0 * 3 * 8 * 2048 * 7168);
  EXPECT_EQ(find(step, "feed_forward.up").count, 3);
}

TEST(Operations, DistinctExperts) {
  EXPECT_DOUBLE_EQ(expected_distinct(256, 8, 1), 8);
  EXPECT_NEAR(expected_distinct(256, 8, 2), 8 + 8 * (1 - 8.0 / 256), 1e-9);
  EXPECT_NEAR(expected_distinct(256, 8, 10000), 256, 1e-9);
  EXPECT_DOUBLE_EQ(expected_distinct(8, 8, 1), 8);
}

TEST(Operations, ParallelLayersReduceOnce) {
  Parallel parallel;
  parallel.tensor = 4;
  const std::vector<Operator> operators = operations(load_model("GPT-J-6B"), decode(1, 10), parallel);
  EXPECT_FALSE(has(operators, "attention.all_reduce"));
  EXPECT_TRUE(has(operators, "feed_forward.all_reduce"));
  EXPECT_FALSE(has(operators, "feed_forward.norm"));
}

TEST(Operations, EveryModelHasConsistentTotals) {
  for (const Model& model : all_models()) {
    const Work work = prefill(1, 128);
    const Totals sum = totals(operations(model, work));
    // Matrices are met by every token; the head only by the last.
    const double matrices =
        static_cast<double>(active_parameter_count(model) -
                            model.vocabulary * model.hidden * (model.has_head && !model.tied ? 2 : 1));
    EXPECT_GT(sum.flops, 2 * 128 * matrices * 0.98) << model.name;
    EXPECT_LT(sum.flops, 2 * 128 * matrices * 1.15) << model.name;
    EXPECT_EQ(sum.message_bytes, 0) << model.name;
  }
}

TEST(Operations, Refusals) {
  const auto refusal = [](const std::string& model, const Work& work) -> std::string {
    try {
      operations(load_model(model), work);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal("QwQ-32B", decode(0, 1)), "work: field 'batch' is 0; must be at least 1");
  EXPECT_EQ(refusal("QwQ-32B", prefill(1, 0)), "work: field 'new_tokens' is 0; must be at least 1");
  EXPECT_EQ(refusal("BERT-large", decode(1, 1)), "work: BERT-large is an encoder and has no decode phase");
}

}  // namespace
}  // namespace heddle::eval
