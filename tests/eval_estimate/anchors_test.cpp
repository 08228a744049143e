#include "eval/estimate/anchors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "eval/chips/chips.hpp"
#include "eval/common/schema.hpp"

namespace heddle::eval {
namespace {

EstimateRequest request(const std::string& model, const std::string& chip, const std::string& software) {
  EstimateRequest out;
  out.model = load_model(model);
  out.chips = {load_chip(chip)};
  out.format = Format::kInt4;
  out.software = software;
  out.context = out.prompt = 512;
  out.anchored = true;
  return out;
}

ReferenceRun run_on(const std::string& chip, const std::string& program, double ratio) {
  const EstimateRequest wanted = request("Llama-2-7B", chip, program);
  return {"run", "a source", likeness_of(wanted, find_software(program), Phase::kPrefill), std::log(ratio)};
}

double scaled(const ReferenceRuns& runs, const std::string& model, const std::string& chip,
              const std::string& program, std::uint64_t batch = 1) {
  EstimateRequest wanted = request(model, chip, program);
  wanted.batch = batch, wanted.anchored = false;
  Estimate plain = estimate(wanted, kernel_parameters());
  const double before = plain.prefill.seconds.range.value;
  plain.request.anchored = true;
  anchor(plain, runs);
  return before / plain.prefill.seconds.range.value;
}

TEST(Anchors, ARunScalesOtherModelsOnItsChipAndLessElsewhere) {
  std::vector<ReferenceRun> known;
  known.push_back(run_on("Radeon RX 7900 XTX", "llama.cpp", 0.6));
  const ReferenceRuns runs(std::move(known));
  const double own = scaled(runs, "Qwen3-14B", "Radeon RX 7900 XTX", "llama.cpp");
  EXPECT_LT(own, 0.65) << "another model on the chip";
  EXPECT_GE(own, 0.6);
  const double other = scaled(runs, "Qwen3-14B", "RTX 3090", "llama.cpp");
  EXPECT_GT(other, own + 0.01) << "the program on another architecture: in part";
  EXPECT_EQ(scaled(runs, "Qwen3-14B", "RTX 3090", "vLLM"), 1) << "nothing is alike";
  EXPECT_EQ(scaled(runs, "Qwen3-14B", "RTX 3090", "roofline"), 1) << "no program";
  EXPECT_GT(scaled(runs, "Qwen3-14B", "Radeon RX 7900 XTX", "llama.cpp", 64), 0.9) << "many users";
}

TEST(Anchors, ALeftOutSourceSaysNothing) {
  std::vector<ReferenceRun> known;
  known.push_back(run_on("RTX 3090", "llama.cpp", 0.7));
  const Likeness like = known.front().like;
  const ReferenceRuns runs(std::move(known));
  EXPECT_LT(runs.judge(like).log_ratio, std::log(0.75));
  EXPECT_TRUE(runs.judge(like).own);
  EXPECT_EQ(runs.judge(like, "a source").log_ratio, 0);
  EXPECT_FALSE(runs.judge(like, "a source").own);
  EXPECT_LT(runs.judge(like).deviation, runs.judge(like, "a source").deviation);
}

TEST(Anchors, ALaterBatchIsATestAndNoRun) {
  AnchorFile file;
  file.batches = 6;
  file.runs.resize(1);
  std::vector<PublishedRow> rows(3);
  rows[1].batch = 6, rows[2].batch = 7;
  rows[2].name = "looked up later";
  const std::vector<PublishedRow> runs = all_runs(file, rows);
  EXPECT_EQ(runs.size(), 3U);
  for (const PublishedRow& run : runs) EXPECT_NE(run.name, "looked up later");
}

TEST(Anchors, ABatchIsPredictedForwardByTheRunsOfBeforeIt) {
  std::vector<ReferenceRun> known;
  known.push_back(run_on("RTX 3090", "llama.cpp", 0.7));
  known.front().batch = 7;
  const Likeness like = known.front().like;
  const ReferenceRuns runs(std::move(known));
  EXPECT_EQ(runs.judge(like, "", 7).log_ratio, 0);
  EXPECT_FALSE(runs.judge(like, "", 7).own);
  EXPECT_LT(runs.judge(like, "", 8).log_ratio, std::log(0.9));
  EXPECT_EQ(runs.judge(like, "", 8).log_ratio, runs.judge(like).log_ratio);
}

TEST(Anchors, ProgramsAreAlikeOnBoardsOfOneMakerAndKindOfMemory) {
  std::vector<ReferenceRun> known;
  known.push_back(run_on("A100", "llama.cpp", 0.7));
  known.front().like.phase = Phase::kDecode;
  const ReferenceRuns runs(std::move(known));
  const auto told = [&](const std::string& chip) {
    Likeness like = run_on(chip, "llama.cpp", 1).like;
    like.phase = Phase::kDecode;
    return runs.judge(like).log_ratio;
  };
  EXPECT_EQ(run_on("H200", "llama.cpp", 1).like.kind, "NVIDIA HBM");
  EXPECT_EQ(run_on("RTX 5090", "llama.cpp", 1).like.kind, "NVIDIA GDDR");
  EXPECT_LT(told("H200"), 2 * told("RTX 5090")) << "a board with HBM against one with GDDR";
}

TEST(Anchors, ARunMovesMeasuredKernelsLess) {
  EXPECT_TRUE(run_on("A100", "TensorRT-LLM", 1).like.measured);
  EXPECT_TRUE(run_on("H100 PCIe", "vLLM", 1).like.measured) << "H200's die";
  EXPECT_FALSE(run_on("A100", "SGLang", 1).like.measured) << "others' kernels stand for its own";
  EXPECT_FALSE(run_on("RTX 3090", "TensorRT-LLM", 1).like.measured);
  std::vector<ReferenceRun> known;
  known.push_back(run_on("A100", "TensorRT-LLM", 0.6));
  Likeness like = known.front().like;
  const double trusted = ReferenceRuns(known).judge(like).log_ratio;
  known.front().like.measured = like.measured = false;
  EXPECT_LT(ReferenceRuns(known).judge(like).log_ratio, 1.2 * trusted);
}

TEST(Anchors, LibraryKernelsMeasuredOnTheDieAreTheProgramsOwnOf16Bits) {
  const auto like = [](const std::string& chip, const std::string& program, Format format) {
    EstimateRequest wanted = request("Llama-3-8B", chip, program);
    wanted.format = format;
    return likeness_of(wanted, find_software(program), Phase::kDecode);
  };
  EXPECT_TRUE(like("A100", "SGLang", Format::kBf16).measured);
  EXPECT_TRUE(like("RTX 4090", "Transformers", Format::kBf16).measured) << "L40S's die";
  EXPECT_FALSE(like("A100", "SGLang", Format::kInt4).measured) << "Marlin was not measured";
  EXPECT_FALSE(like("RTX 3090", "SGLang", Format::kBf16).measured) << "no kernels of that die";
  EXPECT_FALSE(like("A100", "llama.cpp", Format::kBf16).measured) << "kernels of its own";
  EXPECT_FALSE(like("A100", "gpt-fast", Format::kBf16).measured) << "compiled ones";
  const ReferenceRuns runs({{"run", "a source", like("H100", "SGLang", Format::kFp8), std::log(0.8)}});
  EXPECT_GT(runs.judge(like("H100", "SGLang", Format::kBf16)).log_ratio, std::log(0.97))
      << "another format hardly moves it";
  EXPECT_LT(runs.judge(like("H100", "SGLang", Format::kFp8)).log_ratio, std::log(0.93));
}

TEST(Anchors, ManyRunsOfOneSourceOnADieTellLessThanHalf) {
  ReferenceRun run = run_on("RTX 4090", "MLC-LLM", 1.15);
  run.like.phase = Phase::kDecode;
  const ReferenceRuns one(std::vector<ReferenceRun>(20, run));
  EXPECT_LT(one.judge(run.like).log_ratio, 0.5 * run.log_ratio);
  std::vector<ReferenceRun> sources(20, run);
  for (std::size_t i = 0; i < sources.size(); ++i) sources[i].source = "source " + std::to_string(i);
  EXPECT_GT(ReferenceRuns(std::move(sources)).judge(run.like).log_ratio, 0.8 * run.log_ratio);
}

TEST(Anchors, PromptsOfAnotherVersionTellLess) {
  std::vector<ReferenceRun> known;
  known.push_back(run_on("RTX 3090", "llama.cpp", 0.7));
  const ReferenceRuns runs(std::move(known));
  const double same = runs.judge(run_on("RTX 3090", "llama.cpp", 1).like).log_ratio;
  const double other = runs.judge(run_on("RTX 3090", "llama.cpp without graphs", 1).like).log_ratio;
  EXPECT_LT(same, 1.5 * other) << "prompts' kernels are the version's";
}

TEST(Anchors, RowsAreComparedWithoutTheirOwnSource) {
  std::vector<PublishedRow> rows = published_rows();
  std::erase_if(rows, [](const PublishedRow& row) {
    return row.name != "Llama-3.1-70B Q4_K_M, B200, 512 in, 128 out";
  });
  ASSERT_EQ(rows.size(), 1U);
  PublishedCase what = *rows.front().what;
  const double with = predict_published(what, kernel_parameters()).range.value;
  const PublishedCheck check = check_published(rows, kernel_parameters());
  EXPECT_GT(check.rows.front().predicted.range.value, 1.05 * with) << "its own run pulls towards itself";
  EXPECT_FALSE(check.rows.front().own);
  what.request.left_out_source = rows.front().source;
  EXPECT_EQ(check.rows.front().predicted.range.value,
            predict_published(what, kernel_parameters()).range.value);
}

TEST(Anchors, AWildRunTellsAFactorOfTwoAtMost) {
  std::vector<ReferenceRun> known;
  known.push_back(run_on("RTX 3090", "llama.cpp", 0.01));
  const ReferenceRuns runs(std::move(known));
  EXPECT_GE(scaled(runs, "Llama-2-7B", "RTX 3090", "llama.cpp"), 0.5);
}

TEST(Anchors, GradesRangesAndExplanationsSayThatRunsWereUsed) {
  const EstimateRequest wanted = request("Qwen3-14B", "Radeon RX 7900 XTX", "llama.cpp");
  const Estimate e = estimate(wanted, kernel_parameters());
  EXPECT_EQ(e.tokens_per_second.grade, Grade::kAnchored);
  EXPECT_LE(e.prefill_tokens_per_second.range.factor(), 1.5 + 1e-9);
  const Json json = estimate_to_json(e, true);
  EXPECT_FALSE(json["prefill"]["reference_runs"]["runs"][0]["source"].get<std::string>().empty());
  EXPECT_EQ(estimate(request("Qwen3-14B", "MI250X (one GCD)", "llama.cpp"), kernel_parameters())
                .tokens_per_second.grade,
            Grade::kExtrapolated);
}

TEST(Anchors, ScaledRangesReachFurtherTowardsSlow) {
  const Estimate e = estimate(request("Qwen3-14B", "RTX 3090", "llama.cpp"), kernel_parameters());
  const Range& seconds = e.decode->seconds.range;
  EXPECT_GT(seconds.high / seconds.value, 1.02 * seconds.value / seconds.low);
  EXPECT_LE(seconds.factor(), 1.5 + 1e-9);
  const Range& prompt = e.prefill.seconds.range;
  EXPECT_GT(prompt.high / prompt.value, 1.01 * seconds.high / seconds.value) << "prompts more than decoding";
  EXPECT_LE(prompt.factor(), 1.5 + 1e-9);
}

TEST(Anchors, TheFactorThatManyUsersGetIsTheOneThatIsShown) {
  EstimateRequest wanted = request("Qwen3-14B", "Radeon RX 7900 XTX", "llama.cpp");
  wanted.batch = 16;
  const Estimate with = estimate(wanted, kernel_parameters());
  wanted.anchored = false;
  const Estimate plain = estimate(wanted, kernel_parameters());
  ASSERT_TRUE(with.prefill.anchored);
  EXPECT_NEAR(plain.prefill.seconds.range.value / with.prefill.seconds.range.value,
              std::exp(with.prefill.anchored->log_ratio), 1e-9);
  EXPECT_GT(std::abs(with.prefill.anchored->log_ratio), 0.01);
}

TEST(Anchors, APromptBehindACacheTakesLonger) {
  EstimateRequest wanted = request("Llama-3-8B", "RTX 4090", "llama.cpp");
  const double empty = estimate(wanted, kernel_parameters()).prefill.seconds.range.value;
  wanted.flash_attention = false, wanted.cached = 16384;
  const double filled = estimate(wanted, kernel_parameters()).prefill.seconds.range.value;
  wanted.flash_attention = true;
  const double kept = estimate(wanted, kernel_parameters()).prefill.seconds.range.value;
  EXPECT_GT(filled, 1.2 * kept) << "scores of 16384 keys are written";
  EXPECT_GT(kept, 1.2 * empty);
  wanted.flash_attention.reset();
  EXPECT_EQ(estimate(wanted, kernel_parameters()).prefill.seconds.range.value, kept) << "on by default now";
}

TEST(Anchors, ErrorsNameTheEntryAndTheField) {
  const auto message = [](const std::string& chips, const std::string& anchors,
                          const std::string& batches = "6") {
    try {
      anchors_from_json(
          R"({"batches": )" + batches + R"(, "chips": [)" + chips + R"(], "anchors": [)" + anchors + "]}",
          "a.json");
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(message("", "", "-1"), "a.json: the file: field 'batches' is missing or no number of a batch");
  EXPECT_EQ(message(R"({"chip": "x", "die": 3, "architecture": "y"})", ""),
            "a.json: x: field 'die' is missing or no text");
  EXPECT_EQ(message("", R"({"name": "r", "value": 1})"), "a.json: r: field 'source' is missing or no text");
  EXPECT_EQ(message("", R"({"name": "r", "source": "s", "value": 0})"),
            "a.json: r: field 'value' is no positive number");
  EXPECT_EQ(message("", R"({"name": "r", "source": "s", "value": 1})"), "a.json: r: field 'case' is missing");
  const std::string row = R"({"name": "r", "source": "s", "value": 1, "case": {"metric": "decode",
                              "model": "QwQ-32B", "format": "int4", "chip": )";
  EXPECT_EQ(message("", row + R"("RTX 3090"}})"), "a.json: r: field 'software' is missing");
  EXPECT_NE(message("", row + R"("no such chip"}})").find("a.json: r: "), std::string::npos);
  EXPECT_NE(message("", row + R"("RTX 3090", "software": "nothing"}})").find("'nothing' is unknown"),
            std::string::npos);
  EXPECT_EQ(message("", row + R"("RTX 3090", "software": "vLLM"}})"), "");
}

}  // namespace
}  // namespace heddle::eval
