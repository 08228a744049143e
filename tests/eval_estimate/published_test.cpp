#include "eval/estimate/published.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "eval/chips/chips.hpp"
#include "eval/estimate/software.hpp"

namespace heddle::eval {
namespace {

TEST(Published, EveryRowHasAPredictionOrAReasonAndLargeErrorsAreExplained) {
  const PublishedCheck check = check_published(published_rows(), kernel_parameters());
  EXPECT_GT(check.rows.size(), 35U);
  for (const CheckedRow& row : check.rows) {
    EXPECT_FALSE(row.row.source.empty()) << row.row.name;
    if (!row.refused.empty()) {
      EXPECT_FALSE(row.row.reason.empty()) << row.row.name << ": " << row.refused;
    } else if (std::abs(row.error) > 0.15) {
      EXPECT_FALSE(row.row.reason.empty()) << row.row.name << " is off by " << row.error;
    }
  }
}

TEST(Published, OneVoteASource) {
  std::vector<PublishedRow> rows = published_rows();
  std::erase_if(rows, [](const PublishedRow& row) { return row.kind != "kernel"; });
  const PublishedCheck check = check_published(rows, kernel_parameters());
  ASSERT_EQ(check.classes.size(), 2U);
  EXPECT_EQ(check.classes[1].kind, "all");
  EXPECT_EQ(check.classes[0].left_out_factor, 0) << "one source says nothing about others";
  EXPECT_EQ(check.classes[0].sources, 1);
  EXPECT_EQ(check.classes[0].rows, static_cast<int>(rows.size()));
}

TEST(Published, BatchesAreCheckedForwardByPhase) {
  std::vector<PublishedRow> rows = published_rows();
  std::erase_if(rows, [](const PublishedRow& row) { return row.batch != 0 && row.batch != 5; });
  const PublishedCheck check = check_published(rows, kernel_parameters(), true);
  for (const CheckedRow& row : check.rows) EXPECT_EQ(row.row.batch, 5) << row.row.name;
  ASSERT_EQ(check.batches.size(), 1U);
  ASSERT_EQ(check.batches[0].second.size(), 3U);
  EXPECT_EQ(check.batches[0].second[0].kind, "decode");
  EXPECT_EQ(check.batches[0].second[1].kind, "prompts");
  EXPECT_EQ(check.batches[0].second[2].kind, "all");
}

TEST(Published, RangesOfRowsWhoseConditionsArePublishedAreNoWiderThanStated) {
  const PublishedCheck check = check_published(published_rows(), kernel_parameters());
  for (const CheckedRow& row : check.rows) {
    if (!row.refused.empty() || row.open || row.row.kind != "one_stream") continue;
    EXPECT_LE(row.predicted.range.factor(),
              1.5 * 1.01 + (row.predicted.grade == Grade::kExtrapolated ? 0.3 : 0))
        << row.row.name;
  }
}

TEST(Published, DraftPassesCostTimeAndAcceptedTokensAreARange) {
  PublishedCase what;
  what.metric = "decode";
  what.request.model = load_model("DeepSeek-R1");
  what.request.chips = {load_chip("H200")};
  what.request.devices = 8;
  what.request.split = Split::kExpert;
  what.request.format = Format::kFp8;
  what.request.tokens_a_step = 4;
  what.accepted = 2.4;
  const Range free = predict_published(what, kernel_parameters()).range;
  what.drafts = 3;
  const Range paid = predict_published(what, kernel_parameters()).range;
  EXPECT_LT(paid.value, 0.99 * free.value);
  EXPECT_GT(paid.value, 0.7 * free.value);
  what.accepted = {2.4, 1.2, 3.6};
  EXPECT_GT(predict_published(what, kernel_parameters()).range.factor(), paid.factor());
}

TEST(Published, AnUnknownBatchWidensTheRange) {
  PublishedCase what;
  what.metric = "group";
  what.request.model = load_model("Llama-3-8B");
  what.request.chips = {load_chip("H100")};
  what.request.software = "roofline";
  what.batch = 32.0;
  const Range known = predict_published(what, kernel_parameters()).range;
  what.batch = {32, 8, 64};
  const Range unknown = predict_published(what, kernel_parameters()).range;
  EXPECT_GT(unknown.factor(), known.factor());
  EXPECT_DOUBLE_EQ(unknown.value, known.value);
}

TEST(Published, TrainingFollowsTheProgramAndTheChip) {
  PublishedCase what;
  what.metric = "training";
  what.request.model = load_model("BERT-large");
  what.request.chips = {load_chip("A100 SXM 40GB")};
  what.request.prompt = 512;
  what.replicas = 8;
  const Graded fused = predict_published(what, kernel_parameters());
  what.request.software = "Transformers";
  const Graded eager = predict_published(what, kernel_parameters());
  EXPECT_LT(eager.range.value, 0.7 * fused.range.value);
  EXPECT_LE(eager.range.factor(), 1.51);
  EXPECT_EQ(eager.grade, Grade::kExtrapolated);
  // FlagPerf's BI-V100 fell behind its peak by 2.2: the ranges of such chips reach as far.
  what.request.chips = {load_chip("BI-V100")};
  EXPECT_GT(predict_published(what, kernel_parameters()).range.factor(), 2.2);
  what.request.software = "llama.cpp";
  EXPECT_THROW(predict_published(what, kernel_parameters()), std::runtime_error);
}

// Hand-overs between GPU and host are paid for each layer, whatever the number of experts and processors.
TEST(Published, ExpertsOnTheHostPayForTheWayThere) {
  PublishedCase what;
  what.metric = "decode";
  what.request.model = load_model("DeepSeek-V3");
  what.request.chips = {load_chip("RTX 4090")};
  what.request.format = Format::kInt4;
  what.request.experts_chip = load_chip("Xeon Gold 6454S");
  const auto seconds = [&](const char* software, std::uint32_t processors) {
    what.request.software = software;
    what.request.experts_devices = processors;
    return 1 / predict_published(what, kernel_parameters()).range.value;
  };
  const double one = seconds("KTransformers", 1), two = seconds("KTransformers", 2),
               many = seconds("KTransformers", 64);
  const double hops = 58 * find_software("KTransformers").host_hop_s.value;
  EXPECT_LT(two, 0.8 * one);
  EXPECT_GT(two, 0.55 * one);
  EXPECT_GT(many, hops);
  EXPECT_LT(seconds("llama.cpp", 64), many - 0.5 * hops) << "a program without a figure pays nothing";
}

TEST(Published, RowsThatRepeatOneAnotherBoundEveryPredictor) {
  const auto row = [](double value, const std::string& software, int prompt) {
    return R"({"name": "a", "class": "c", "unit": "u", "source": "s", "value": )" + std::to_string(value) +
           R"(, "case": {"metric": "decode", "model": "QwQ-32B", "chip": "H100", "format": "bf16", "context": 600,
              "software": ")" +
           software + R"(", "prompt": )" + std::to_string(prompt) + "}}";
  };
  const std::vector<PublishedRow> rows =
      published_from_json("{\"rows\": [" + row(10, "vLLM", 500) + "," + row(14, "SGLang", 512) + "," +
                              row(30, "Transformers", 550) + "," + row(11, "vLLM", 5000) + "]}",
                          "p.json");
  const std::vector<RepeatedCase> repeated = repeated_cases(rows);
  ASSERT_EQ(repeated.size(), 1U) << "a longer prompt is another case";
  EXPECT_EQ(repeated[0].rows, 3);
  EXPECT_EQ(repeated[0].held, 2);
  EXPECT_DOUBLE_EQ(repeated[0].spread, 3);
}

TEST(Published, RowsReadLaterAreAlsoSummedUpAlone) {
  const PublishedCheck check = check_published(published_rows(), kernel_parameters());
  ASSERT_FALSE(check.later.empty());
  const auto later = std::count_if(check.rows.begin(), check.rows.end(), [](const CheckedRow& row) {
    return row.row.later && row.refused.empty();
  });
  EXPECT_EQ(check.later.back().rows, later);
  EXPECT_GT(check.classes.back().rows, later);
}

TEST(Published, UnstatedBitsOfAWeightWidenTheRange) {
  PublishedCase what;
  what.metric = "decode";
  what.request.model = load_model("Llama-3-8B");
  what.request.chips = {load_chip("RTX 3090")};
  what.request.format = Format::kInt4;
  what.request.software = "llama.cpp";
  const Range stored = predict_published(what, kernel_parameters()).range;
  what.int4_bits = what.request.int4_bits = 4.0;
  const Range fewer = predict_published(what, kernel_parameters()).range;
  EXPECT_GT(fewer.value, 1.05 * stored.value);
  what.int4_bits = {4.0, 3.0, 5.0};
  EXPECT_GT(predict_published(what, kernel_parameters()).range.factor(), 1.05 * fewer.factor());
}

TEST(Published, ErrorsNameTheRowAndTheField) {
  const auto message = [](const std::string& row) {
    try {
      published_from_json("{\"rows\": [" + row + "]}", "p.json");
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message(R"({"name": "a", "class": "c", "unit": "u", "source": "s", "value": -1, "reason": "r"})"),
            "p.json: a: field 'value' is not positive");
  EXPECT_EQ(message(R"({"name": "a", "class": "c", "unit": "u", "source": "s", "value": 1})"),
            "p.json: a: has neither a case nor a reason for none");
  EXPECT_NE(message(R"({"name": "a", "class": "c", "unit": "u", "source": "s", "value": 1, "case":
                       {"metric": "decode", "chip": "no chip", "format": "bf16"}})")
                .find("p.json: a: "),
            std::string::npos);
  EXPECT_NE(
      message(
          R"({"name": "a", "class": "c", "unit": "u", "source": "s", "value": 1, "case": {"metric": "decode",
                       "model": "QwQ-32B", "chip": "H100", "format": "bf16", "batch": [1, 2, 3]}})")
          .find("field 'batch'"),
      std::string::npos);
  EXPECT_NE(
      message(
          R"({"name": "a", "class": "c", "unit": "u", "source": "s", "value": 1, "case": {"metric": "decode",
                       "model": "QwQ-32B", "chip": "H100", "format": "bf16", "experts_per_token": 6}})")
          .find("field 'experts_per_token'"),
      std::string::npos);
}

}  // namespace
}  // namespace heddle::eval
