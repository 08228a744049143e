#include "eval/kernels/parameters.hpp"

#include <gtest/gtest.h>

#include "eval/kernels/fit/samples.hpp"
#include "eval/kernels/fit/study.hpp"
#include "tests/support/temporary.hpp"

namespace heddle::eval {
namespace {

KernelSet set_of(const std::string& format, const std::string& chip, const std::string& software) {
  KernelSet set;
  set.format = format, set.chip = chip, set.software = software;
  set.files = {"gemm.csv"};
  set.coefficients = Coefficients::start();
  return set;
}

Parameters some_parameters() {
  Parameters out;
  out.file = "some.json";
  out.siblings = {{"twin", "own"}};
  out.sets = {set_of("bf16", "", "TensorRT-LLM 1"), set_of("bf16", "own", "TensorRT-LLM 1"),
              set_of("bf16", "own", "vLLM 1"), set_of("fp8", "", "TensorRT-LLM 1")};
  return out;
}

TEST(Parameters, TheOwnChipComesBeforeItsDieBeforeAllChips) {
  const Parameters parameters = some_parameters();
  const Kernel kernel = gemm_kernel(1, 64, 64, "bf16");
  EXPECT_EQ(choose(parameters, kernel, "own", "").set, &parameters.sets[1]);
  EXPECT_EQ(choose(parameters, kernel, "own", "vLLM").set, &parameters.sets[2]);
  EXPECT_EQ(choose(parameters, kernel, "twin", "").relation, SetRelation::kSibling);
  EXPECT_EQ(choose(parameters, kernel, "stranger", "").relation, SetRelation::kShared);
}

TEST(Parameters, AnotherFormatStandsInAndSaysSo) {
  const Parameters parameters = some_parameters();
  const ChosenSet block = choose(parameters, gemm_kernel(1, 64, 64, "fp8_block"), "own", "");
  EXPECT_EQ(block.set->format, "fp8");
  EXPECT_TRUE(block.other_format);
  EXPECT_FALSE(choose(parameters, gemm_kernel(1, 64, 64, "fp8"), "own", "").other_format);
  EXPECT_THROW(choose(parameters, mla_decode_kernel(1, 64, 16, 2), "own", ""), std::runtime_error);
}

TEST(Parameters, TextRoundTrips) {
  Parameters parameters = some_parameters();
  parameters.source = "a test";
  parameters.processors["own"] = {108, 40e6, 1.4e9, 1.1e9, "a paper"};
  parameters.sets[1].residual.tables.push_back({0, 1, {0, 1}, {2, 3, 4}, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}});
  parameters.sets[1].one_block = true;
  const std::string text = parameters_text(parameters);
  const Parameters again = parameters_from_json(text, "again.json");
  EXPECT_EQ(parameters_text(again), text);
  EXPECT_TRUE(again.sets[1].one_block);
  EXPECT_FALSE(again.sets[0].one_block);
  EXPECT_DOUBLE_EQ(again.sets[1].residual.at({0, 3, 0}), 0.2);
}

TEST(Parameters, ErrorsNameFileSetAndField) {
  Parameters parameters = some_parameters();
  parameters.processors["own"] = {108, 40e6, 1.4e9, 1.1e9, "a paper"};
  const auto message = [](std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos);
    text.replace(at, from.size(), to);
    try {
      parameters_from_json(text, "p.json");
    } catch (const std::runtime_error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string text = parameters_text(parameters);
  EXPECT_NE(
      message(text, "\"launch_us\":3", "\"launch_us\":-3").find("p.json: sets[0]: coefficients.launch_us"),
      std::string::npos);
  EXPECT_NE(message(text, "\"class\": \"gemm\"", "\"class\": \"gem\"").find("'gem' is unknown"),
            std::string::npos);
  EXPECT_NE(message(text, "\"tables\": []", "\"tables\": [{}]").find("sets[0]"), std::string::npos);
  EXPECT_THROW(parameters_from_json("{", "p.json"), std::runtime_error);
}

TEST(Quality, PercentilesOfErrorsAndRatios) {
  const Quality q = quality({1.0, 0.8, 1.25, 1.0, 1.0});
  EXPECT_EQ(q.count, 5);
  EXPECT_DOUBLE_EQ(q.median, 0);
  EXPECT_DOUBLE_EQ(q.p90, 0.25);
  EXPECT_EQ(quality({}).count, 0);
}

TEST(CommittedParameters, EveryClassServesEveryChipAndHeldOutShapesStayBelowTheAim) {
  const Parameters& parameters = kernel_parameters();
  for (const Kernel& kernel :
       {gemm_kernel(1, 4096, 4096, "bf16"), gemm_kernel(1, 4096, 4096, "int4_wo"),
        gemm_kernel(1, 4096, 4096, "w8a8"), gemm_kernel(1, 4096, 4096, "fp8_block"),
        attention_prefill_kernel(1, 512, 32, 8, 128, "bf16", 2),
        attention_decode_kernel(1, 512, 32, 8, 128, 1), mla_prefill_kernel(1, 512, 16, 2),
        mla_decode_kernel(1, 512, 16, 1), moe_kernel(8, 7168, 2048, 256, 256, 8, 0, "int4_wo")}) {
    EXPECT_NE(choose(parameters, kernel, "a chip nobody measured", "").set, nullptr);
  }
  for (const KernelSet& set : parameters.sets) {
    if (set.chip.empty()) continue;
    EXPECT_GT(set.held_out.count, 0) << set.chip << " " << kernel_class_name(set.kind);
    EXPECT_LT(set.held_out.median, 0.07)
        << set.chip << " " << kernel_class_name(set.kind) << " " << set.format;
  }
}

TEST(CommittedParameters, ReproduceTheMeasuredKernels) {
  const std::string folder = test::shared_path("facts/gpu_kernels");
  if (folder.empty()) GTEST_SKIP() << "facts/gpu_kernels is neither in $HEDDLE_SHARED nor in ../shared";
  const Parameters& parameters = kernel_parameters();
  for (const SampleFile& file : read_samples(folder)) {
    const std::string family = file.software.substr(0, file.software.find(' '));
    std::vector<double> ratios;
    for (const Sample& sample : file.samples) {
      Machine machine = kernel_machine(file.chip, sample.kernel.format);
      parameters.processors.at(file.chip).describe(machine);
      const ChosenSet chosen = choose(parameters, sample.kernel, file.chip, family);
      ASSERT_EQ(chosen.set->chip, file.chip);
      ratios.push_back(sample.seconds / kernel_latency(*chosen.set, sample.kernel, machine).total);
      if (ratios.size() >= 200) break;  // the chips' files are read anew for every sample
    }
    EXPECT_LT(quality(ratios).median, 0.07) << file.name;
  }
}

}  // namespace
}  // namespace heddle::eval
