// Every OpenCL kernel on a device that is here, against the reference, at the edges of its tiles.
#include <gtest/gtest.h>

#include <stdexcept>

#include "eval/baseline/opencl/devices.hpp"
#include "eval/baseline/reference.hpp"

namespace heddle::eval::opencl {
namespace {

class OpenclKernels : public testing::TestWithParam<Variant> {
 protected:
  void SetUp() override {
    const Devices devices = find_devices();
    if (devices.found.empty()) GTEST_SKIP() << devices.absence;
    context_ = std::make_unique<Context>(devices.found.front().second);
  }

  Check run(const Workload& workload) {
    const Operands operands = make_operands(workload);
    const Plan plan = make_plan(*context_, workload, operands, GetParam());
    std::vector<std::byte> bytes(result_elements(workload) * result_bytes(workload.format), std::byte{0xff});
    // Results start as NaN, so that an element that no kernel writes is noticed.
    context_->queue().enqueueWriteBuffer(plan.result, CL_TRUE, 0, bytes.size(), bytes.data());
    for (const Launch& launch : plan.launches) {
      context_->queue().enqueueNDRangeKernel(launch.kernel, cl::NullRange, launch.global, launch.local);
    }
    context_->queue().enqueueReadBuffer(plan.result, CL_TRUE, 0, bytes.size(), bytes.data());
    return check_results(workload, operands, [&](std::uint64_t offset, std::uint64_t count, double* into) {
      unpack_results(bytes.data() + offset * result_bytes(workload.format), count, workload.format, into);
    });
  }

  void expect_right(WorkloadClass workload_class, Format format, const std::vector<std::uint64_t>& shape) {
    const Workload workload = make_workload(workload_class, format, shape);
    SCOPED_TRACE(shape_text(workload));
    try {
      EXPECT_EQ(run(workload).elements, result_elements(workload));
    } catch (const std::runtime_error& error) {
      ADD_FAILURE() << error.what();
    }
  }

  std::unique_ptr<Context> context_;
};

TEST_P(OpenclKernels, Gemm) {
  for (const Format format : {Format::kFp32, Format::kFp16, Format::kInt8}) {
    for (const auto& shape : std::vector<std::vector<std::uint64_t>>{
             {64, 64, 16}, {63, 65, 17}, {65, 63, 15}, {1, 1, 1}, {3, 130, 33}, {9, 5, 300}}) {
      expect_right(WorkloadClass::kGemm, format, shape);
    }
  }
}

TEST_P(OpenclKernels, Gemv) {
  for (const Format format : {Format::kFp32, Format::kFp16, Format::kInt8}) {
    for (const auto& shape : std::vector<std::vector<std::uint64_t>>{
             {1, 1, 1}, {1, 65, 257}, {3, 7, 255}, {8, 5, 259}, {5, 3, 16}}) {
      expect_right(WorkloadClass::kGemv, format, shape);
    }
  }
}

TEST_P(OpenclKernels, AttentionPrefill) {
  for (const Format format : {Format::kFp32, Format::kFp16}) {
    // One below, at and one above a tile of queries; groups of 1, 2 and 4; a head that no vector divides.
    for (const auto& shape : std::vector<std::vector<std::uint64_t>>{
             {1, 15, 2, 2, 64}, {2, 16, 4, 2, 64}, {1, 17, 4, 1, 32}, {1, 1, 1, 1, 16}, {1, 50, 2, 1, 40}}) {
      expect_right(WorkloadClass::kAttentionPrefill, format, shape);
    }
  }
}

TEST_P(OpenclKernels, AttentionDecode) {
  for (const Format format : {Format::kFp32, Format::kFp16}) {
    // One below, at and one above a block of keys, several parts; groups up to more heads than a work-group
    // has.
    for (const auto& shape : std::vector<std::vector<std::uint64_t>>{{1, 31, 2, 2, 64},
                                                                     {2, 32, 8, 2, 64},
                                                                     {3, 33, 9, 1, 32},
                                                                     {1, 1, 1, 1, 16},
                                                                     {1, 500, 4, 1, 48},
                                                                     {1, 70, 20, 1, 40}}) {
      expect_right(WorkloadClass::kAttentionDecode, format, shape);
    }
  }
}

TEST_P(OpenclKernels, Norm) {
  for (const Format format : {Format::kFp32, Format::kFp16}) {
    for (const auto& shape : std::vector<std::vector<std::uint64_t>>{{1, 1}, {3, 127}, {2, 128}, {5, 300}}) {
      expect_right(WorkloadClass::kNorm, format, shape);
    }
  }
}

TEST_P(OpenclKernels, Streams) {
  for (const std::uint64_t elements : {1, 3, 4, 4095, 4096, 4098, 10001}) {
    expect_right(WorkloadClass::kCopy, Format::kFp32, {elements});
    expect_right(WorkloadClass::kTriad, Format::kFp32, {elements});
  }
}

INSTANTIATE_TEST_SUITE_P(Variants, OpenclKernels, testing::Values(Variant::kTiled, Variant::kVector),
                         [](const auto& info) { return info.param == Variant::kTiled ? "Tiled" : "Vector"; });

}  // namespace
}  // namespace heddle::eval::opencl
