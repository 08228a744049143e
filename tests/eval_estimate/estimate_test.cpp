#include "eval/estimate/estimate.hpp"

#include <gtest/gtest.h>

#include "eval/chips/chips.hpp"
#include "eval/common/schema.hpp"
#include "eval/estimate/collective.hpp"
#include "eval/estimate/step.hpp"

namespace heddle::eval {
namespace {

EstimateRequest request(const std::string& model, const std::string& chip, Format format,
                        std::uint32_t devices = 1) {
  EstimateRequest out;
  out.model = load_model(model);
  out.chips = {load_chip(chip)};
  out.format = format;
  out.devices = devices;
  return out;
}

std::string message(const EstimateRequest& request) {
  try {
    estimate(request, kernel_parameters());
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Estimate, DecodeStaysBelowTheBandwidthRoofAndIsBoundByMemory) {
  for (const char* chip : {"RTX 4090", "A100 SXM 80GB", "H100 SXM5", "L40S", "Ascend 910B", "M4 Max"}) {
    const EstimateRequest wanted = request("QwQ-32B", chip, Format::kInt4);
    const Estimate e = estimate(wanted, kernel_parameters());
    const double bytes = e.decode->totals.weight_bytes + e.decode->totals.cache_bytes;
    const double roof = wanted.chips[0].need_bandwidth().range.high / bytes;
    EXPECT_LT(e.tokens_per_second.range.value, roof) << chip;
    EXPECT_GT(e.tokens_per_second.range.value, 0.4 * roof) << chip;
    EXPECT_EQ(e.decode->bound, Bound::kMemory) << chip;
    EXPECT_EQ(e.prefill.bound, Bound::kCompute) << chip;
  }
}

TEST(Estimate, RangesHoldTheirValueAndAreNoWiderThanStatedOnMeasuredChips) {
  for (const std::uint64_t batch : {1, 32}) {
    EstimateRequest wanted = request("Llama-3-8B", "H100", Format::kBf16);
    wanted.batch = batch;
    const Estimate e = estimate(wanted, kernel_parameters());
    for (const Graded& g : {e.tokens_per_second, e.tokens_per_second_group, e.time_to_first_token}) {
      EXPECT_LT(g.range.low, g.range.value);
      EXPECT_GT(g.range.high, g.range.value);
      EXPECT_LE(g.range.factor(), kWidestModelRange + 1e-9);
      EXPECT_EQ(g.grade, Grade::kModelled);
    }
  }
}

TEST(Estimate, DisputedFiguresAndUnmeasuredChipsWidenTheRange) {
  EstimateRequest wanted = request("QwQ-32B", "BR100", Format::kInt8);
  const Graded wide = estimate(wanted, kernel_parameters()).tokens_per_second;
  EXPECT_GT(wide.range.factor(), kWidestModelRange);
  EXPECT_EQ(wide.grade, Grade::kExtrapolated);
}

TEST(Estimate, TensorSplitSpeedsAUserUpAndLayerSplitDoesNot) {
  EstimateRequest wanted = request("Qwen2.5-72B", "H100", Format::kBf16, 1);
  const double one = estimate(wanted, kernel_parameters()).tokens_per_second.range.value;
  wanted.devices = 4;
  EXPECT_GT(estimate(wanted, kernel_parameters()).tokens_per_second.range.value, 2 * one);
  wanted.split = Split::kLayer;
  EXPECT_LT(estimate(wanted, kernel_parameters()).tokens_per_second.range.value, one);
}

TEST(Estimate, UnequalDevicesShareByMemoryAndOnlyByLayers) {
  EstimateRequest wanted = request("QwQ-32B", "RTX 4090", Format::kInt4);
  wanted.chips.push_back(load_chip("M4 Max"));
  EXPECT_NE(message(wanted).find("--split layer"), std::string::npos);
  wanted.split = Split::kLayer;
  wanted.software = "exo";
  const double both = estimate(wanted, kernel_parameters()).tokens_per_second.range.value;
  wanted.chips.erase(wanted.chips.begin());
  const double slow = estimate(wanted, kernel_parameters()).tokens_per_second.range.value;
  EXPECT_GT(both, slow) << "a sixth of the layers runs on the faster device";
}

// A token of QwQ-32B at context 4,096 on `server` takes 127,599,339 cycles at 1 GHz (docs/models.md).
TEST(Estimate, OurOwnMachineDecodesAsItIsSimulated) {
  const Graded rate =
      estimate(request("QwQ-32B", "server", Format::kInt8), kernel_parameters()).tokens_per_second;
  EXPECT_TRUE(rate.range.contains(1e9 / 127599339)) << rate.range.low << " to " << rate.range.high;
}

// A prompt of 2,048 tokens takes 32,304,443,676 cycles there (docs/models.md): the weights are read again for
// every eight rows, which is what a bank of its vector memory holds.
TEST(Estimate, OurOwnMachineReadsWeightsAgainForEachChunkOfAPrompt) {
  EstimateRequest wanted = request("QwQ-32B", "server", Format::kInt8);
  wanted.context = 2048;
  const Estimate whole = estimate(wanted, kernel_parameters());
  EXPECT_TRUE(whole.prefill_tokens_per_second.range.contains(2048e9 / 32304443676))
      << whole.prefill_tokens_per_second.range.value;
  wanted.context = 8;
  const Estimate chunk = estimate(wanted, kernel_parameters());
  EXPECT_NEAR(whole.prefill.totals.weight_bytes / chunk.prefill.totals.weight_bytes, 256, 8);
  EXPECT_EQ(whole.decode->totals.weight_bytes, chunk.decode->totals.weight_bytes);
}

double decoded(EstimateRequest wanted, const std::string& software) {
  wanted.software = software;
  return estimate(wanted, kernel_parameters()).decode->totals.weight_bytes;
}

TEST(Estimate, ProgramsStoreNarrowWeightsAndHeadsAsTheyDo) {
  const double layers = 32 * (2 * 4096.0 * 4096 + 2 * 4096.0 * 1024 + 3 * 4096.0 * 14336);
  const double head = 128256.0 * 4096;
  for (const char* chip : {"RTX 4090", "M3 Max"}) {  // with and without 8-bit integers
    const EstimateRequest narrow = request("Llama-3-8B", chip, Format::kInt4);
    EXPECT_NEAR(decoded(narrow, "llama.cpp"), (layers * 4.85 + head * 6.56) / 8, 1e6) << chip;
    EXPECT_NEAR(decoded(narrow, "vLLM"), layers * (4 + 20.0 / 128) / 8 + head * 2, 1e6) << chip;
    const EstimateRequest bytes = request("Llama-3-8B", chip, Format::kInt8);
    EXPECT_NEAR(decoded(bytes, "llama.cpp"), (layers + head) * 8.5 / 8, 1e6) << chip;
  }
}

TEST(Estimate, ProgramsOfTheirOwnKernelsMultiplyEightBitWeightsAsTheyMultiplySixteen) {
  EstimateRequest wanted = request("Llama-3-8B", "A100", Format::kInt8);
  wanted.software = "gpt-fast", wanted.prompt = 2048;
  const Estimate e = estimate(wanted, kernel_parameters());
  EXPECT_LT(e.prefill_tokens_per_second.range.value, 312e12 / (2 * 7e9)) << "weights alone are narrow";
}

TEST(Estimate, ProductsWithoutTensorUnitsStayBelowThePeak) {
  EstimateRequest wanted = request("Llama-3-8B", "M3 Max", Format::kBf16);
  wanted.prompt = 2048, wanted.software = "roofline";
  const Estimate e = estimate(wanted, kernel_parameters());
  const double rate = e.prefill.totals.flops / e.prefill.seconds.range.value;
  EXPECT_LT(rate, 0.82 * 14.32e12);
  EXPECT_GT(rate, 0.6 * 14.32e12);
}

TEST(Estimate, GraphsShortenGapsOnNvidiaAlone) {
  const auto gain = [](const char* chip) {
    EstimateRequest wanted = request("Llama-3-8B", chip, Format::kInt4);
    wanted.software = "llama.cpp";
    const double replayed = estimate(wanted, kernel_parameters()).tokens_per_second.range.value;
    wanted.software = "llama.cpp without graphs";
    return replayed / estimate(wanted, kernel_parameters()).tokens_per_second.range.value;
  };
  EXPECT_GT(gain("RTX 4090"), 1.02 * gain("M3 Max"));
}

TEST(Estimate, FewestDevicesThatHoldAModel) {
  EXPECT_EQ(fewest_devices(request("QwQ-32B", "RTX 4090", Format::kInt4)), 1U);
  EstimateRequest experts = request("DeepSeek-R1", "H200", Format::kFp8);
  experts.split = Split::kExpert;
  EXPECT_EQ(fewest_devices(experts), 8U);
  experts.chips = {load_chip("H100")};
  EXPECT_EQ(fewest_devices(experts), 0U);
  EXPECT_FALSE(estimate(experts, kernel_parameters()).memory.fits());
}

TEST(Estimate, RefusesWhatAChipCannotDo) {
  EXPECT_NE(message(request("QwQ-32B", "A100", Format::kFp8)).find("A100"), std::string::npos);
  EXPECT_NE(message(request("QwQ-32B", "server", Format::kInt4)).find("server"), std::string::npos);
  EXPECT_EQ(message(request("QwQ-32B", "server", Format::kInt8)), "");
  EstimateRequest wrong = request("QwQ-32B", "H100", Format::kBf16, 0);
  EXPECT_NE(message(wrong).find("'devices'"), std::string::npos);
  wrong.devices = 1, wrong.batch = 0;
  EXPECT_NE(message(wrong).find("'batch'"), std::string::npos);
  wrong.batch = 1, wrong.context = 0;
  EXPECT_NE(message(wrong).find("'context'"), std::string::npos);
  wrong.context = 1, wrong.software = "no such thing";
  EXPECT_NE(message(wrong).find("'no such thing' is unknown"), std::string::npos);
}

TEST(Estimate, WeightOnlyFormatsSaySo) {
  const Estimate e = estimate(request("QwQ-32B", "H100", Format::kInt4), kernel_parameters());
  EXPECT_EQ(e.execution.support, Support::kWeightOnly);
  ASSERT_FALSE(e.remarks.empty());
  EXPECT_NE(e.remarks[0].find("weight-only"), std::string::npos);
}

TEST(Estimate, ASplitThatDividesNoHeadsSaysSo) {
  const auto says = [](std::uint32_t devices) {
    const Estimate e = estimate(request("QwQ-32B", "H100", Format::kBf16, devices), kernel_parameters());
    return std::any_of(e.remarks.begin(), e.remarks.end(), [](const std::string& remark) {
      return remark.find("40 heads do not divide among 3 devices") != std::string::npos;
    });
  };
  EXPECT_TRUE(says(3));
  EXPECT_FALSE(says(2));
}

TEST(Estimate, JsonCarriesGradesAndExplanations) {
  const Estimate e = estimate(request("QwQ-32B", "H100", Format::kBf16), kernel_parameters());
  const Json json = estimate_to_json(e, true);
  EXPECT_EQ(json["tokens_per_second"]["grade"], "modelled");
  EXPECT_EQ(json["memory"]["fits"], true);
  EXPECT_FALSE(json["decode"]["operators"].empty());
  EXPECT_FALSE(json["sources"]["chips"]["H100 SXM5"]["bandwidth"]["source"].get<std::string>().empty());
  EXPECT_FALSE(estimate_to_json(e, false).contains("sources"));
}

TEST(Estimate, AnEncoderHasNoDecode) {
  EstimateRequest wanted = request("BERT-large", "A100", Format::kInt8);
  wanted.context = wanted.prompt = 178;
  const Estimate e = estimate(wanted, kernel_parameters());
  EXPECT_FALSE(e.decode.has_value());
  EXPECT_GT(e.prefill_tokens_per_second.range.value, 0);
}

TEST(Collective, GrowsWithTheMessageAndLeavesTheNodeBeyondEight) {
  Operator op;
  op.kind = OperatorClass::kCollective;
  op.collective = Collective::kAllReduce;
  op.devices = 8, op.message_bytes = 1e4;
  const Chip chip = load_chip("H100");
  const Software& software = find_software("TensorRT-LLM");
  const double small = collective_time(op, chip, software).value;
  op.devices = 16;
  EXPECT_GT(collective_time(op, chip, software).value, 3 * small);
  op.devices = 8, op.message_bytes = 1e8;
  EXPECT_GT(collective_time(op, chip, software).value, 10 * small);
}

TEST(Software, ErrorsNameTheProgramAndTheField) {
  const std::string text =
      R"({"software": [{"name": "x", "aliases": [], "kernels": "", "kernel_factor": [1, 2, 3], "reason": ""}]})";
  try {
    software_from_json(text, "s.json");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()),
              "s.json: x: field 'kernel_factor': low, value and high are not in order");
  }
  EXPECT_EQ(find_software("trtllm").name, "TensorRT-LLM");
}

/// Operations/s of attention that a prompt of 512 tokens reaches in 16384 further keys.
double depth_rate(const std::string& chip, const std::string& program) {
  EstimateRequest wanted;
  wanted.model = load_model("Llama-3-8B");
  wanted.chips = {load_chip(chip)};
  wanted.format = Format::kInt4;
  wanted.software = program;
  wanted.context = wanted.prompt = 512;
  wanted.flash_attention = true;
  wanted.cached = 16384;
  const double shallow = estimate(wanted, kernel_parameters()).prefill.seconds.range.value;
  wanted.cached = 32768;
  const double deep = estimate(wanted, kernel_parameters()).prefill.seconds.range.value;
  const AttentionShape& shape = wanted.model.attention;
  return 4.0 * 512 * 16384 * static_cast<double>(shape.heads * shape.head_dim * wanted.model.layers) /
         (deep - shallow);
}

TEST(Estimate, FlashAttentionRunsAtAShareOfTheUnitsThatItRunsOn) {
  // Published: 59, 36 and 39 TFLOPS on R9700, RX 7900 XTX and GB10, which reach 0.55 to 0.6 of what is
  // modelled.
  EXPECT_NEAR(depth_rate("GB10", "llama.cpp"), 0.45 * 125e12, 5e12);
  EXPECT_NEAR(depth_rate("R9700", "llama.cpp"), 0.45 * 191e12, 8e12);
  EXPECT_NEAR(depth_rate("R9700", "llama.cpp 2025"), 0.45 * 47.8e12, 2e12) << "on the vector units then";
  EXPECT_EQ(depth_rate("RTX 5090", "llama.cpp 2025"), depth_rate("RTX 5090", "llama.cpp"));
}

}  // namespace
}  // namespace heddle::eval
