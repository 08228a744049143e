// Products of matrices cut into pieces for a board, on the golden model of the board's configuration.
#include <gtest/gtest.h>

#include <random>

#include "isa/config_file.hpp"
#include "runtime/drivers/library/library_driver.hpp"
#include "runtime/drivers/null/null_driver.hpp"
#include "runtime/drivers/serial/board_products.hpp"

namespace heddle::runtime {
namespace {

struct Shape {
  std::uint32_t m, k, n;
};

void same_product(BoardProducts& board, const Shape& shape, std::mt19937& random) {
  SCOPED_TRACE(testing::Message() << shape.m << "x" << shape.k << " by " << shape.k << "x" << shape.n);
  std::vector<std::int8_t> a(std::size_t{shape.m} * shape.k), w(std::size_t{shape.k} * shape.n);
  // Extremes are frequent.
  for (auto* matrix : {&a, &w}) {
    for (std::int8_t& x : *matrix) x = static_cast<std::int8_t>(random() % 4 == 0 ? -128 : random());
  }
  std::vector<std::int32_t> sums(std::size_t{shape.m} * shape.n, 12345);
  board.multiply({shape.m, shape.k, shape.n, a.data(), w.data(), sums.data()});
  for (std::uint32_t m = 0; m < shape.m; ++m) {
    for (std::uint32_t n = 0; n < shape.n; ++n) {
      std::int32_t sum = 0;
      for (std::uint32_t k = 0; k < shape.k; ++k) sum += a[m * shape.k + k] * w[k * shape.n + n];
      ASSERT_EQ(sums[m * shape.n + n], sum) << "row " << m << ", column " << n;
    }
  }
}

TEST(BoardProducts, AnyShapeIsTheProduct) {
  const auto device =
      open_library(HEDDLE_LIBRARY_PREFIX "nano.so", isa::load_config("nano"), {.driver = "hls"});
  BoardProducts board(*device);
  std::mt19937 random(5);
  // Around tiles, around the pieces of activations (8 KiB), weights (12 KiB), sums (8 KiB) and accumulators
  // (256).
  for (const Shape& shape : {Shape{1, 1, 1},
                             {1, 4, 4},
                             {2, 5, 3},
                             {3, 64, 172},
                             {1, 64, 512},
                             {255, 8, 5},
                             {256, 4, 4},
                             {257, 4, 4},
                             {513, 3, 9},
                             {2, 4096, 4},
                             {2, 4100, 7},
                             {1, 8193, 1},
                             {31, 264, 67}}) {
    same_product(board, shape, random);
  }
  for (int i = 0; i < 20; ++i)
    same_product(board, {1 + random() % 70, 1 + random() % 300, 1 + random() % 200}, random);
  EXPECT_GT(board.runs(), 40u);
}

TEST(BoardProducts, RefusesAMachineWithFloatUnit) {
  const auto device = open_null(isa::load_config("tiny"));
  EXPECT_THROW(BoardProducts board(*device), DeviceError);
}

TEST(BoardProducts, AProductThatFailsSaysWhich) {
  // No room for programs: other hosts hold all of the board's memory.
  const auto device =
      open_library(HEDDLE_LIBRARY_PREFIX "nano.so", isa::load_config("nano"), {.driver = "hls"});
  device->allocate(60000);
  BoardProducts board(*device);
  const std::int8_t one = 1;
  std::int32_t sum;
  EXPECT_THROW(board.multiply({1, 1, 1, &one, &one, &sum}), DeviceError);
}

}  // namespace
}  // namespace heddle::runtime
