#include "eval/kernels/latency.hpp"

#include <gtest/gtest.h>

#include "eval/kernels/parameters.hpp"

namespace heddle::eval {
namespace {

Machine some_machine() {
  Machine machine;
  machine.name = "some";
  machine.operations_per_s = 300e12, machine.vector_operations_per_s = 20e12, machine.bytes_per_s = 2e12;
  machine.cache_bytes = 40e6, machine.units = 100;
  machine.sustained = 1;
  return machine;
}

double seconds(Kernel kernel, const Machine& machine) {
  const Coefficients c = Coefficients::start();
  return physical_latency(kernel_work(kernel), kernel.cold, kernel.kind, machine, c).total;
}

TEST(Latency, LargeProductsReachTheShareOfThePeakAndThinOnesThatOfTheBandwidth) {
  const Coefficients c = Coefficients::start();
  const double large = seconds(gemm_kernel(16384, 16384, 16384, "bf16"), some_machine());
  const double peak_share = 2 * 16384.0 * 16384 * 16384 / large / 300e12;
  EXPECT_LT(peak_share, c[Coefficients::kComputeEfficiency]);
  EXPECT_GT(peak_share, 0.6 * c[Coefficients::kComputeEfficiency]);
  const double thin = seconds(gemm_kernel(1, 32768, 32768, "bf16"), some_machine());
  const double bandwidth_share = 2 * 32768.0 * 32768 / thin / 2e12;
  EXPECT_LT(bandwidth_share, c[Coefficients::kBandwidthEfficiency]);
  EXPECT_GT(bandwidth_share, 0.9 * c[Coefficients::kBandwidthEfficiency]);
}

TEST(Latency, OneRowOnAMachineWithoutTensorUnitsIsNotPaddedToATile) {
  Machine machine = some_machine();
  machine.operations_per_s = machine.vector_operations_per_s = 14e12;
  machine.bytes_per_s = 400e9;
  const double t = seconds(gemm_kernel(1, 8192, 8192, "bf16"), machine);
  EXPECT_LT(t, 1.1 * 2 * 8192.0 * 8192 / (400e9 * 0.85)) << "a vector product is bound by its weights";
}

TEST(Latency, MoreWorkTakesLongerAndMoreBandwidthLess) {
  const Kernel decode = attention_decode_kernel(8, 4096, 32, 8, 128, 2);
  Kernel longer = decode, half = decode;
  longer.context = 8192, half.cache_bytes = 1;
  EXPECT_GT(seconds(longer, some_machine()), seconds(decode, some_machine()));
  EXPECT_LT(seconds(half, some_machine()), seconds(decode, some_machine()));
  Machine fast = some_machine();
  fast.bytes_per_s *= 2;
  EXPECT_LT(seconds(decode, fast), seconds(decode, some_machine()));
}

TEST(Latency, WarmWeightsAreFasterThanColdOnes) {
  Kernel kernel = gemm_kernel(1, 2048, 2048, "bf16");
  const double cold = seconds(kernel, some_machine());
  kernel.cold = false;
  EXPECT_LT(seconds(kernel, some_machine()), cold);
}

TEST(Latency, ABoardHoldsLessOfItsPeakTheLowerTheClockThatItsMakerGuarantees) {
  const Kernel kernel = gemm_kernel(16384, 16384, 16384, "bf16");
  Machine firm = some_machine(), soft = some_machine();
  firm.sustained = sustained_share(1.4e9, 1.4e9), soft.sustained = sustained_share(0.35e9, 1.4e9);
  EXPECT_DOUBLE_EQ(firm.sustained, 1);
  EXPECT_NEAR(seconds(kernel, soft) / seconds(kernel, firm), 2, 0.01);
}

TEST(Latency, AttentionOverPromptsPaysForItsSoftmaxOnTheVectorUnits) {
  const Kernel kernel = attention_prefill_kernel(8, 8192, 32, 8, 128, "bf16", 2);
  Machine twice = some_machine(), vectors = some_machine();
  twice.operations_per_s *= 2;
  vectors.vector_operations_per_s *= 2;
  const double once = seconds(kernel, some_machine());
  EXPECT_GT(seconds(kernel, twice), 0.55 * once) << "twice the tensor peak does not halve it";
  EXPECT_LT(seconds(kernel, vectors), once);
}

TEST(Latency, AContextInOneBlockTakesAsLongForOneSequenceAsForAll) {
  Kernel one = mla_decode_kernel(1, 65536, 64, 2), many = mla_decode_kernel(50, 65536, 64, 2);
  EXPECT_GT(seconds(many, some_machine()), 2 * seconds(one, some_machine()));
  one.one_block = many.one_block = true;
  EXPECT_LT(seconds(many, some_machine()), 1.1 * seconds(one, some_machine()));
  Kernel longer = one;
  longer.context *= 2;
  EXPECT_NEAR(seconds(longer, some_machine()) / seconds(one, some_machine()), 2, 0.1);
}

TEST(Latency, LatentAttentionDecodesHeadsInTilesOf64) {
  const auto decode = [](double heads) {
    Kernel kernel = mla_decode_kernel(1000, 8192, heads, 0.01);  // bound by compute
    return seconds(kernel, some_machine());
  };
  EXPECT_NEAR(decode(16) / decode(64), 1, 0.02);
  EXPECT_NEAR(decode(65) / decode(64), 2, 0.05);
}

TEST(Latency, AMachineWithoutPeakIsRefusedByName) {
  Machine machine = some_machine();
  machine.operations_per_s = 0;
  try {
    seconds(gemm_kernel(1, 64, 64, "bf16"), machine);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("some: "), std::string::npos);
  }
}

TEST(Latency, ColdKernelsNeverBeatTheirStreamWhateverTheTablesSay) {
  KernelSet set;
  set.coefficients = Coefficients::start();
  set.residual.tables.push_back({0, 1, {0}, {0}, {-5.0}});  // the tables claim 150 times faster
  const Kernel kernel = gemm_kernel(1, 16384, 16384, "bf16");
  const double stream = 2 * 16384.0 * 16384 / (2e12 * set.coefficients[Coefficients::kBandwidthEfficiency]);
  EXPECT_DOUBLE_EQ(kernel_latency(set, kernel, some_machine()).total, stream);
}

TEST(Kernel, ExpertsTouchedLieBetweenTopKAndAll) {
  EXPECT_DOUBLE_EQ(experts_touched(1, 256, 256, 8, 0), 8);
  EXPECT_NEAR(experts_touched(1e5, 256, 32, 8, 0), 32, 1e-6);
  EXPECT_LT(experts_touched(64, 256, 256, 8, 1.01), experts_touched(64, 256, 256, 8, 0));
}

TEST(Kernel, WorkOfADecodeIsItsCacheAndAnUnknownFormatIsRefused) {
  const KernelWork work = kernel_work(attention_decode_kernel(2, 1000, 32, 8, 128, 2));
  EXPECT_DOUBLE_EQ(work.stream_bytes, 2.0 * 2 * 8 * 1000 * 128 * 2);
  EXPECT_DOUBLE_EQ(work.operations, 4.0 * 2 * 32 * 1000 * 128);
  EXPECT_THROW(kernel_weight_bytes("int3"), std::runtime_error);
  EXPECT_THROW(kernel_class_from("gemmm"), std::runtime_error);
}

}  // namespace
}  // namespace heddle::eval
