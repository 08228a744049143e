// Which chip a driver's device name stands for, and shares of its peaks.
#include <gtest/gtest.h>

#include "eval/baseline/result.hpp"
#include "eval/chips/chips.hpp"

namespace heddle::eval {
namespace {

std::string found(const std::string& name, double gib) {
  DeviceDescription device;
  device.name = name;
  device.memory_bytes = static_cast<std::uint64_t>(gib * (1u << 30));
  return find_chip(device);
}

TEST(FindChip, ByTheDriversName) {
  EXPECT_EQ(found("NVIDIA H100 80GB HBM3", 79.1), "H100 SXM5");
  EXPECT_EQ(found("NVIDIA H100 PCIe", 79.1), "H100 PCIe");
  EXPECT_EQ(found("NVIDIA A100-SXM4-80GB", 79.2), "A100 SXM 80GB");
  EXPECT_EQ(found("NVIDIA A100-SXM4-40GB", 39.4), "A100 SXM 40GB");
  EXPECT_EQ(found("NVIDIA GeForce RTX 4090", 23.6), "RTX 4090");
}

TEST(FindChip, RatherNoneThanAnother) {
  EXPECT_EQ(found("NVIDIA A100 80GB PCIe", 79.2), "");  // less power and bandwidth than the module
  EXPECT_EQ(found("NVIDIA H100 NVL", 93), "");
  EXPECT_EQ(found("NVIDIA GeForce RTX 4090 Laptop GPU", 16), "");
  EXPECT_EQ(found("NVIDIA GeForce RTX 40900", 23.6), "");
  EXPECT_EQ(found("Intel(R) Core(TM) i7", 16), "");  // our own 'core' is no processor of that name
  EXPECT_EQ(found("", 16), "");
}

TEST(Shares, OfPeaksInTheWorkloadsFormat) {
  const Chip chip = chip_from_json(R"({
    "name": "Mine", "vendor": "Me", "class": "gpu", "sources": {"s": "sheet"},
    "peaks": {"fp32": {"value": 1, "low": 0.5, "high": 2, "unit": "TFLOPS", "source": "s", "confidence": "verified"},
              "fp16": "none"},
    "memory": {"type": "HBM", "bandwidth": {"value": 1, "unit": "TB/s", "source": "s", "confidence": "verified"}}})",
                                   "mine.json");
  BaselineResult result;
  result.workload = make_workload(WorkloadClass::kGemm, Format::kFp32, {1000, 1000, 1000});
  result.wall_seconds = {1, 1, 1, 1, 1};
  result.kernel_seconds = Spread{0.004, 0.004, 0.004, 0.004, 0.004};
  const auto compute = compute_share(result, chip);
  ASSERT_TRUE(compute.has_value());
  EXPECT_DOUBLE_EQ(compute->value, 0.5);
  EXPECT_DOUBLE_EQ(compute->low, 0.25);
  EXPECT_DOUBLE_EQ(compute->high, 1.0);
  EXPECT_DOUBLE_EQ(bandwidth_share(result, chip)->value, 12e6 / 0.004 / 1e12);
  result.workload.format = Format::kFp16;
  EXPECT_FALSE(compute_share(result, chip).has_value());
}

}  // namespace
}  // namespace heddle::eval
