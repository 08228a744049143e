// The course of a measurement, on a device that is not there.
#include "eval/baseline/measure.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace heddle::eval {
namespace {

struct Script {
  std::vector<double>
      kernel_seconds;  // of the runs in turn, the last one for all after; empty: no time stamps
  bool right = true;
  std::uint64_t runs = 0;
};

class ScriptedKernel : public Prepared {
 public:
  ScriptedKernel(Script& script, const Workload& workload, const Operands& operands)
      : script_(script), workload_(workload), operands_(operands) {}
  Timing run() override {
    Timing timing;
    timing.wall_seconds = 1;
    if (!script_.kernel_seconds.empty()) {
      timing.kernel_seconds =
          script_.kernel_seconds[std::min(script_.runs, script_.kernel_seconds.size() - 1)];
    }
    ++script_.runs;
    return timing;
  }
  void read(std::uint64_t offset, std::uint64_t count, double* into) override {
    for (std::uint64_t i = 0; i < count; ++i) {
      into[i] = static_cast<double>(operands_[0][offset + i]) + (script_.right ? 0 : 1);
    }
  }
  std::string implementation() const override { return "scripted"; }

 private:
  Script& script_;
  Workload workload_;
  Operands operands_;
};

class ScriptedDevice : public Device {
 public:
  Script script;
  DeviceDescription description() const override { return {}; }
  Software software() const override { return {}; }
  std::optional<std::string> refusal(const Workload&) const override { return std::nullopt; }
  std::unique_ptr<Prepared> prepare(const Workload& workload, const Operands& operands) override {
    return std::make_unique<ScriptedKernel>(script, workload, operands);
  }
};

const Workload kCopy8 = make_workload(WorkloadClass::kCopy, Format::kFp32, {8});

TEST(Measure, WarmUpDoesNotCount) {
  ScriptedDevice device;
  device.script.kernel_seconds = {100, 100, 4, 1, 3, 2, 5};
  const BaselineResult result = measure(device, kCopy8, {.repeat = 5, .warm_up = 2, .seconds = 10});
  EXPECT_EQ(result.repetitions, 5u);
  EXPECT_EQ(result.warm_up, 2u);
  ASSERT_TRUE(result.kernel_seconds.has_value());
  EXPECT_EQ(result.kernel_seconds->median, 3);
  EXPECT_EQ(result.kernel_seconds->quartile_1, 2);
  EXPECT_EQ(result.kernel_seconds->quartile_3, 4);
  EXPECT_EQ(result.kernel_seconds->minimum, 1);
  EXPECT_EQ(result.kernel_seconds->maximum, 5);
  EXPECT_EQ(result.seconds(), 3);
  EXPECT_FALSE(result.power.has_value());
}

TEST(Measure, WithoutTimeStampsTheWallCounts) {
  ScriptedDevice device;
  const BaselineResult result = measure(device, kCopy8, {.repeat = 4, .warm_up = 1, .seconds = 10});
  EXPECT_FALSE(result.kernel_seconds.has_value());
  EXPECT_EQ(result.seconds(), 1);
}

TEST(Measure, ASlowDeviceIsRunThreeTimes) {
  ScriptedDevice device;
  const BaselineResult result = measure(device, kCopy8, {.repeat = 1000, .warm_up = 1, .seconds = 1e-12});
  EXPECT_EQ(result.repetitions, 3u);
}

TEST(Measure, AWrongResultFailsBeforeItIsTimed) {
  ScriptedDevice device;
  device.script.right = false;
  EXPECT_THROW(measure(device, kCopy8, {.repeat = 50, .warm_up = 1, .seconds = 10}), std::runtime_error);
  EXPECT_EQ(device.script.runs, 1u);
}

TEST(Statistics, Quantiles) {
  const Spread even = spread({4, 1, 3, 2});
  EXPECT_DOUBLE_EQ(even.median, 2.5);
  EXPECT_DOUBLE_EQ(even.quartile_1, 1.75);
  const Spread one = spread({7});
  EXPECT_EQ(one.quartile_3, 7);
  EXPECT_THROW(spread({}), std::logic_error);
}

}  // namespace
}  // namespace heddle::eval
