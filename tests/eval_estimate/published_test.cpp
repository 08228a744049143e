#include "eval/estimate/published.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "eval/chips/chips.hpp"

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
}

}  // namespace
}  // namespace heddle::eval
