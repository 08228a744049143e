// Splits: shares of weights, cache and operators, collectives, stages, refusals.
#include "eval/work/parallel.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "eval/work/operations.hpp"

namespace heddle::eval {
namespace {

Parallel split(std::uint32_t tensor, std::uint32_t expert = 1, std::uint32_t data = 1,
               std::uint32_t pipeline = 1) {
  Parallel parallel;
  parallel.tensor = tensor;
  parallel.expert = expert;
  parallel.data = data;
  parallel.pipeline = pipeline;
  return parallel;
}

Work decode(std::uint64_t batch, std::uint64_t context) {
  Work work;
  work.batch = batch;
  work.context = context;
  return work;
}

const Operator* find(const std::vector<Operator>& operators, const std::string& name) {
  const auto found =
      std::find_if(operators.begin(), operators.end(), [&](const Operator& op) { return op.name == name; });
  return found == operators.end() ? nullptr : &*found;
}

TEST(Parallel, TensorDividesWeightsCacheAndWork) {
  const Model model = load_model("Llama-2-70B");
  const Totals whole = totals(operations(model, decode(8, 100)));
  const Totals eighth = totals(operations(model, decode(8, 100), split(8)));
  EXPECT_NEAR(eighth.weight_bytes * 8, whole.weight_bytes, 1);
  EXPECT_NEAR(eighth.cache_bytes * 8, whole.cache_bytes, 1);
  EXPECT_NEAR(device_weight_bytes(model, Precision{}, split(8)) * 8, weight_bytes(model, Precision{}),
              0.002e11);
  EXPECT_DOUBLE_EQ(device_cache_bytes(model, Format::kBf16, split(8), 8, 100), 327680.0 * 800 / 8);
}

TEST(Parallel, AllReduceTwiceALayer) {
  const std::vector<Operator> operators = operations(load_model("Llama-2-70B"), decode(3, 100), split(4));
  double reductions = 0;
  for (const Operator& op : operators) {
    if (op.collective != Collective::kAllReduce) continue;
    reductions += op.count;
    EXPECT_DOUBLE_EQ(op.message_bytes, 3 * 8192 * 2);
    EXPECT_EQ(op.devices, 4u);
  }
  EXPECT_EQ(reductions, 160);
  ASSERT_NE(find(operators, "head.all_gather"), nullptr);
}

TEST(Parallel, MoreDevicesThanKeyHeadsCopyThem) {
  const Model model = load_model("QwQ-32B");  // 8 key and value heads
  EXPECT_DOUBLE_EQ(device_cache_bytes(model, Format::kBf16, split(8), 1, 1), 262144.0 / 8);
  EXPECT_DOUBLE_EQ(device_cache_bytes(model, Format::kBf16, split(16), 1, 1), 262144.0 / 8);
  const std::vector<Operator> operators = operations(model, decode(1, 1), split(20));
  EXPECT_EQ(find(operators, "attention")->kv_heads, 1u);
  EXPECT_EQ(find(operators, "attention")->heads, 2u);
}

TEST(Parallel, LatentsAreOnEveryTensorDevice) {
  const Model model = load_model("DeepSeek-V3");
  EXPECT_DOUBLE_EQ(device_cache_bytes(model, Format::kBf16, split(8), 1, 1), 70272);
  EXPECT_DOUBLE_EQ(device_cache_bytes(model, Format::kBf16, split(1, 1, 8), 8, 1), 70272);
}

TEST(Parallel, ExpertsByGroupsAndColumns) {
  const Model model = load_model("DeepSeek-V3");
  // TP8 EP4: 64 experts a group, each over two devices.
  const std::vector<Operator> operators = operations(model, decode(1, 100), split(8, 4));
  const Operator* experts = find(operators, "experts");
  EXPECT_EQ(experts->local_experts, 64);
  EXPECT_EQ(experts->n, 1024u);
  EXPECT_NEAR(experts->distinct_experts, 2, 1e-9);
  EXPECT_EQ(experts->assignments, 2);
  // By columns alone every device has all experts, and moves the same bytes.
  const std::vector<Operator> by_columns = operations(model, decode(1, 100), split(8));
  EXPECT_NEAR(find(by_columns, "experts")->weight_bytes, experts->weight_bytes, 1e-3);
  EXPECT_EQ(find(operators, "experts.dispatch"), nullptr);  // all devices hold all tokens
  ASSERT_NE(find(operators, "experts.all_reduce"), nullptr);
  // Eight devices of FP8 weights: under 100 GB each.
  Precision fp8;
  fp8.weights = common_storage(Format::kFp8);
  EXPECT_NEAR(device_weight_bytes(model, fp8, split(8, 8)), 86e9, 2e9);
}

TEST(Parallel, DataGroupsExchangeTokens) {
  const Model model = load_model("DeepSeek-V3");
  const Parallel parallel = split(1, 32, 32);
  const std::vector<Operator> operators = operations(model, decode(64, 100), parallel);
  EXPECT_EQ(find(operators, "attention")->batch, 2u);
  EXPECT_EQ(find(operators, "experts")->m, 64u);
  EXPECT_EQ(find(operators, "experts")->assignments, 16);
  const Operator* dispatch = find(operators, "experts.dispatch");
  ASSERT_NE(dispatch, nullptr);
  EXPECT_EQ(dispatch->collective, Collective::kAllToAll);
  const double reached = 32 * (1 - std::pow(1 - 1.0 / 32, 8));
  EXPECT_NEAR(dispatch->message_bytes, 2 * reached * (31.0 / 32) * 7168 * 2, 1);
  EXPECT_EQ(find(operators, "experts.all_reduce"), nullptr);  // tensor is 1
}

TEST(Parallel, StagesAddUpToTheModel) {
  const Model model = load_model("QwQ-32B");
  const Parallel parallel = split(1, 1, 1, 3);
  const Totals whole = totals(operations(model, decode(1, 100)));
  double weights = 0, cache = 0, held = 0;
  for (std::size_t stage = 0; stage < 3; ++stage) {
    const Totals part = totals(operations(model, decode(1, 100), parallel, stage));
    weights += part.weight_bytes;
    cache += part.cache_bytes;
    held += device_weight_bytes(model, Precision{}, parallel, stage);
    EXPECT_EQ(part.message_bytes, stage < 2 ? 5120 * 2 : 0);
  }
  EXPECT_NEAR(weights, whole.weight_bytes, 1);
  EXPECT_NEAR(cache, whole.cache_bytes, 1);
  EXPECT_NEAR(held, weight_bytes(model, Precision{}), 1);
  EXPECT_THROW(operations(model, decode(1, 1), parallel, 3), std::runtime_error);
}

TEST(Parallel, StagesFollowShares) {
  Model model = load_model("QwQ-32B");
  Parallel parallel = split(1, 1, 1, 3);
  parallel.stage_shares = {16, 32, 16};
  std::vector<LayerSpan> spans = stages(parallel, model);
  EXPECT_EQ(spans[0].count(), 16u);
  EXPECT_EQ(spans[1].first, 16u);
  EXPECT_EQ(spans[1].last, 48u);
  EXPECT_EQ(spans[2].last, 64u);
  parallel.stage_shares = {1, 1, 1};
  spans = stages(parallel, model);
  EXPECT_EQ(spans[0].count() + spans[1].count() + spans[2].count(), 64u);
  EXPECT_EQ(spans[0].count(), 22u);
  EXPECT_EQ(spans[2].count(), 21u);
  // A device far too small still gets a layer.
  parallel.stage_shares = {1e-6, 1, 1};
  spans = stages(parallel, model);
  EXPECT_EQ(spans[0].count(), 1u);
  EXPECT_EQ(spans[2].last, 64u);
  model.layers = 3;
  for (const LayerSpan& span : stages(parallel, model)) EXPECT_EQ(span.count(), 1u);
}

TEST(Parallel, Refusals) {
  const auto refusal = [](const Parallel& parallel, const char* model = "QwQ-32B") -> std::string {
    try {
      check(parallel, load_model(model));
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(refusal(split(0)), "split: field 'tensor' is 0; must be at least 1");
  EXPECT_EQ(refusal(split(41)), "split: field 'tensor' is 41, more than the 40 heads of QwQ-32B");
  EXPECT_EQ(refusal(split(8, 8)), "split: field 'expert' is 8, but QwQ-32B has no experts");
  EXPECT_EQ(refusal(split(8, 3), "DeepSeek-V3"),
            "split: field 'expert' is 3, which does not divide the 8 devices of a stage");
  EXPECT_EQ(refusal(split(1, 512, 512), "DeepSeek-V3"),
            "split: field 'expert' is 512, more than the 256 experts");
  EXPECT_EQ(refusal(split(1, 1, 1, 65)), "split: field 'pipeline' is 65, more than the 64 layers of QwQ-32B");
  Parallel parallel = split(1, 1, 1, 2);
  parallel.stage_shares = {1};
  EXPECT_EQ(refusal(parallel), "split: field 'stage_shares' has 1 entries for 2 stages");
  parallel.stage_shares = {1, 0};
  EXPECT_EQ(refusal(parallel), "split: field 'stage_shares' holds 0; shares must be positive");
}

}  // namespace
}  // namespace heddle::eval
