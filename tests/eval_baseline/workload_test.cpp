// Workloads: names, shapes, what they cost, what is refused.
#include "eval/baseline/workload.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::eval {
namespace {

std::string refusal(WorkloadClass workload_class, Format format, const std::vector<std::uint64_t>& shape) {
  try {
    make_workload(workload_class, format, shape);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Workload, ClassesByNameAndByGroup) {
  using enum WorkloadClass;
  EXPECT_EQ(parse_workload_classes("gemm,attention"),
            (std::vector{kGemm, kAttentionPrefill, kAttentionDecode}));
  EXPECT_EQ(parse_workload_classes("memory,copy"), (std::vector{kCopy, kTriad}));
  for (const WorkloadClass one : kWorkloadClasses) {
    EXPECT_EQ(parse_workload_classes(name(one)), std::vector{one});
  }
  EXPECT_THROW(parse_workload_classes("gem"), std::runtime_error);
  EXPECT_THROW(parse_workload_classes(""), std::runtime_error);
}

TEST(Workload, OperationsAndBytes) {
  const Workload gemm = make_workload(WorkloadClass::kGemm, Format::kInt8, {2, 3, 5});
  EXPECT_EQ(flops(gemm), 60);
  EXPECT_EQ(bytes(gemm), 2 * 5 + 3 * 5 + 4 * 2 * 3);
  // 4 tokens see 1 + 2 + 3 + 4 keys; two products of head_dim 8 for each of 6 heads.
  const Workload prefill = make_workload(WorkloadClass::kAttentionPrefill, Format::kFp16, {1, 4, 6, 2, 8});
  EXPECT_EQ(flops(prefill), 10 * 6 * 8 * 4);
  EXPECT_EQ(bytes(prefill), 2 * (2 * 4 * 6 * 8 + 2 * 4 * 2 * 8));
  const Workload decode = make_workload(WorkloadClass::kAttentionDecode, Format::kFp32, {3, 7, 4, 2, 8});
  EXPECT_EQ(flops(decode), 3 * 4 * 7 * 8 * 4);
  EXPECT_EQ(bytes(decode), 4 * (2 * 3 * 4 * 8 + 2 * 3 * 2 * 7 * 8));
  EXPECT_EQ(bytes(make_workload(WorkloadClass::kTriad, Format::kFp32, {10})), 120);
}

TEST(Workload, Refusals) {
  using enum WorkloadClass;
  EXPECT_EQ(refusal(kGemm, Format::kFp32, {1, 2}), "gemm of shape 1,2: needs 3 sizes: m,n,k");
  EXPECT_EQ(refusal(kGemm, Format::kFp32, {1, 0, 2}), "gemm of shape 1,0,2: n is 0");
  EXPECT_EQ(refusal(kGemv, Format::kFp32, {9, 4, 4}),
            "gemv of shape 9,4,4: m is 9; a gemv has at most 8 rows, more are a gemm");
  EXPECT_EQ(refusal(kNorm, Format::kInt8, {4, 4}), "norm of shape 4,4: is not measured in int8");
  EXPECT_EQ(refusal(kAttentionDecode, Format::kFp32, {1, 9, 6, 4, 64}),
            "attention_decode of shape 1,9,6,4,64: kv_heads does not divide heads");
  EXPECT_NE(refusal(kGemm, Format::kFp32, {1ull << 30, 1ull << 30, 4}), "");
  EXPECT_NE(refusal(kGemm, Format::kFp32, {~0ull, 4, 4}), "");
  EXPECT_EQ(parse_shape("1,22,333"), (std::vector<std::uint64_t>{1, 22, 333}));
  for (const char* bad : {"", "1,,2", "1,x", "-1", "1.5", " 1"})
    EXPECT_THROW(parse_shape(bad), std::runtime_error) << bad;
}

TEST(Workload, DefaultsCoverEveryClassAndFormat) {
  const std::vector<Workload> all = default_workloads(true);
  for (const WorkloadClass one : kWorkloadClasses) {
    for (const Format format : kFormats) {
      const bool there = std::any_of(all.begin(), all.end(), [&](const Workload& workload) {
        return workload.workload_class == one && workload.format == format;
      });
      EXPECT_EQ(there, has_format(one, format)) << name(one) << name(format);
    }
  }
  EXPECT_LT(default_workloads(false).size(), all.size());
}

}  // namespace
}  // namespace heddle::eval
