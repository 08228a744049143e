#include "compiler/tiles/quantize.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

#include "tests/graph/expect_error.hpp"

namespace heddle::tiles {
namespace {

TEST(Quantize, RoundsHalfToEvenAtTheScaleOfEachRow) {
  const graph::Matrix weights{3,
                              6,
                              {127.0f, 0.5f, 1.5f, -2.5f, -3.5f, 126.5f,  //
                               -254.0f, 1.0f, 3.0f, 5.0f, 2.9f, 253.0f,   //
                               1.0f, -1.0f, 0.25f, 0.0f, -0.0f, 0.0039f}};
  const QuantizedMatrix found = quantize_rows(weights, "w");
  EXPECT_EQ(found.rows, 3);
  EXPECT_EQ(found.cols, 6);
  EXPECT_EQ(found.scales, (std::vector<float>{1.0f, 2.0f, 1.0f / 127.0f}));
  EXPECT_EQ(found.values, (std::vector<std::int8_t>{127, 0, 2, -2, -4, 126,  //
                                                    -127, 0, 2, 2, 1, 126,   //
                                                    127, -127, 32, 0, 0, 0}));
}

TEST(Quantize, ErrorIsAtMostHalfAStep) {
  std::mt19937 random(3);
  graph::Matrix weights{40, 33, {}};
  for (int i = 0; i < 40 * 33; ++i) {
    const float magnitude = std::ldexp(1.0f, static_cast<int>(i / 33) * 6 - 110);  // rows of all magnitudes
    weights.data.push_back(magnitude * (static_cast<float>(random() % 20001) / 10000.0f - 1.0f));
  }
  const QuantizedMatrix found = quantize_rows(weights, "w");
  for (std::int64_t r = 0; r < weights.rows; ++r) {
    int highest = 0;
    const double scale = found.scales[static_cast<std::size_t>(r)];
    for (std::int64_t c = 0; c < weights.cols; ++c) {
      const int value = found.row(r)[c];
      highest = std::max(highest, std::abs(value));
      ASSERT_LE(std::fabs(value * scale - weights.at(r, c)), scale * 0.5000001) << r << " " << c;
    }
    EXPECT_EQ(highest, 127);
  }
}

TEST(Quantize, RowsOfZerosHaveScaleZero) {
  const float tiny = std::numeric_limits<float>::min();
  const graph::Matrix weights{
      4, 2, {0.0f, -0.0f, tiny, 0.0f, tiny * 126.0f, 0.0f, tiny * 128.0f, -tiny * 64.0f}};
  const QuantizedMatrix found = quantize_rows(weights, "w");
  EXPECT_EQ(found.values, (std::vector<std::int8_t>{0, 0, 0, 0, 0, 0, 127, -64}));
  EXPECT_EQ(std::vector<float>(found.scales.begin(), found.scales.begin() + 3),
            (std::vector<float>(3, 0.0f)));
  EXPECT_GE(found.scales[3], tiny);
}

TEST(Quantize, TheLargestFloatsDoNotOverflow) {
  const float large = std::numeric_limits<float>::max();
  EXPECT_EQ(quantize_rows({1, 2, {large, -large}}, "w").values, (std::vector<std::int8_t>{127, -127}));
}

TEST(Quantize, NothingIsLegal) { EXPECT_TRUE(quantize_rows({0, 5, {}}, "w").values.empty()); }

TEST(Quantize, RefusesWhatIsNotFinite) {
  for (const float bad : {std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity(),
                          std::numeric_limits<float>::quiet_NaN()}) {
    test::expect_error(
        [&] {
          quantize_rows({2, 2, {1, 2, 3, bad}}, "model.norm");
        },
        {"tensor \"model.norm\"", "element [1, 1]", "must be finite"});
  }
}

}  // namespace
}  // namespace heddle::tiles
