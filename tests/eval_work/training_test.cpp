// 6 N D against training runs whose hours are published.
#include "eval/work/training.hpp"

#include <gtest/gtest.h>

namespace heddle::eval {
namespace {

TEST(Training, HoursOfPublishedRunsLieInTheRange) {
  // Llama-3.1-405B: 15.6T tokens, 30.84M hours of H100 (model card).
  const double llama = training_flops(load_model("Llama-3.1-405B"), 15.6e12);
  EXPECT_NEAR(llama, 3.8e25, 0.01e25);  // the paper's own figure
  const Range hours = training_seconds(llama, 1, 989.4e12, training_utilization().range) / 3600.0;
  EXPECT_TRUE(hours.contains(30.84e6)) << hours.low << " to " << hours.high;
  EXPECT_LT(hours.factor(), 2.6);
}

TEST(Training, DevicesDivideTime) {
  const Range one = training_seconds(1e20, 1, 100e12, Range(0.5, 0.25, 0.5));
  EXPECT_DOUBLE_EQ(one.value, 2e6);
  EXPECT_DOUBLE_EQ(one.high, 4e6);
  EXPECT_DOUBLE_EQ(training_seconds(1e20, 8, 100e12, Range(0.5)).value, 2.5e5);
}

}  // namespace
}  // namespace heddle::eval
