// Formats on chips: native, weight-only, substituted, refused.
#include "eval/chips/execution.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "eval/chips/chips.hpp"

namespace heddle::eval {
namespace {

std::string refusal(const std::string& chip, Format format) {
  try {
    execution(load_chip(chip), format);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Execution, NativeFormats) {
  const Execution bf16 = execution(load_chip("A100"), Format::kBf16);
  EXPECT_EQ(bf16.support, Support::kNative);
  EXPECT_TRUE(bf16.remark.empty());
  const Execution fp8 = execution(load_chip("H100"), Format::kFp8);
  EXPECT_EQ(fp8.support, Support::kNative);
  EXPECT_EQ(fp8.precision.compute, Format::kFp8);
  EXPECT_EQ(fp8.precision.activations, Format::kFp8);
  EXPECT_EQ(fp8.precision.cache, Format::kBf16);
  EXPECT_EQ(fp8.precision.head.format, Format::kBf16);
  EXPECT_EQ(execution(load_chip("A100"), Format::kInt8).precision.compute, Format::kInt8);
}

TEST(Execution, Fp8IsRefusedWhereItIsLacking) {
  EXPECT_EQ(refusal("A100", Format::kFp8),
            "A100 SXM 80GB lacks fp8; it has fp32, tf32, bf16, fp16, int8, int4");
  EXPECT_NE(refusal("BR100", Format::kFp8).find("its peak in fp8 is not known"), std::string::npos);
}

TEST(Execution, Int4IsWeightOnly) {
  for (const char* name : {"A100", "H100", "MTT S4000", "EPYC 9654"}) {
    const Execution result = execution(load_chip(name), Format::kInt4);
    EXPECT_EQ(result.support, Support::kWeightOnly) << name;
    EXPECT_EQ(result.precision.weights.format, Format::kInt4) << name;
    EXPECT_EQ(result.precision.compute, Format::kBf16) << name;
    EXPECT_EQ(result.precision.activations, Format::kBf16) << name;
    EXPECT_FALSE(result.remark.empty()) << name;
  }
  EXPECT_EQ(execution(load_chip("V100"), Format::kInt4).precision.compute, Format::kFp16);
  EXPECT_EQ(execution(load_chip("A100"), Format::kInt4, true).precision.compute, Format::kInt4);
  EXPECT_THROW(execution(load_chip("H100"), Format::kInt4, true), std::runtime_error);
}

TEST(Execution, ChipsWithoutFloatUseWhatTheyHave) {
  EXPECT_EQ(execution(load_chip("MLU270"), Format::kInt4).support, Support::kNative);
  const Execution fpga = execution(load_chip("KV260"), Format::kInt4);
  EXPECT_EQ(fpga.support, Support::kWeightOnly);
  EXPECT_EQ(fpga.precision.compute, Format::kInt8);
  EXPECT_NE(refusal("KV260", Format::kBf16), "");
}

TEST(Execution, TheOther16BitFormatIsNamed) {
  const Execution result = execution(load_chip("V100"), Format::kBf16);
  EXPECT_EQ(result.support, Support::kSubstitute);
  EXPECT_EQ(result.precision.compute, Format::kFp16);
  EXPECT_EQ(result.precision.weights.format, Format::kFp16);
  EXPECT_EQ(result.remark, "V100 SXM2 32GB lacks bf16: computed in fp16");
}

TEST(Execution, UnknownPeaksAreRefused) {
  EXPECT_NE(refusal("S60", Format::kInt4).find("S60: its peak in int4 is not known"), std::string::npos);
}

TEST(Execution, OurMachineHasInt8AndNothingElse) {
  const Execution result = execution(load_chip("server"), Format::kInt8);
  EXPECT_EQ(result.support, Support::kNative);
  EXPECT_EQ(result.precision.cache, Format::kInt8);
  EXPECT_EQ(result.precision.head.format, Format::kInt8);
  for (const Format format : {Format::kBf16, Format::kFp8, Format::kInt4, Format::kFp32}) {
    EXPECT_EQ(refusal("edge", format),
              std::string("edge lacks ").append(name(format)).append("; it has int8"));
  }
}

}  // namespace
}  // namespace heddle::eval
