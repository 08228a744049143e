// Energy and area of nodes.
#include "eval/energy/technology.hpp"

#include <gtest/gtest.h>

#include "eval/energy/uncertainty.hpp"

namespace heddle::eval {
namespace {

TEST(Technology, PublishedNodesHaveThePublishedFigures) {
  EXPECT_NEAR(technology(45).int8_mac.value, 0.3e-12, 1e-18);
  EXPECT_NEAR(technology(45).fp32_mul.value, 3.7e-12, 1e-18);
  EXPECT_NEAR(technology(7).int8_mac.value, 0.1e-12, 1e-18);
  EXPECT_TRUE(technology(7).int8_mac.is_exact());
  EXPECT_NEAR(technology(45).sram_byte(8192).value, 10e-12 / 8, 1e-18);
  EXPECT_NEAR(technology(7).sram_byte(1 << 20).value, 14e-12 / 8, 1e-18);
}

TEST(Technology, SmallerNodesCostLess) {
  for (std::size_t i = 1; i < technology_nodes().size(); ++i) {
    const Technology older = technology(technology_nodes()[i - 1]), newer = technology(technology_nodes()[i]);
    EXPECT_LT(newer.int8_mac.value, older.int8_mac.value) << newer.node;
    EXPECT_LT(newer.gate.value, older.gate.value) << newer.node;
    EXPECT_LE(newer.bitcell.value, older.bitcell.value) << newer.node;
    EXPECT_LE(newer.int8_mac.low, newer.int8_mac.value);
    EXPECT_GE(newer.int8_mac.high, newer.int8_mac.value);
  }
}

TEST(Technology, LargerMemoriesCostMoreUpToABankOfAMebibyte) {
  const Technology node = technology(16);
  EXPECT_LT(node.sram_byte(8192).value, node.sram_byte(16384).value);
  EXPECT_LT(node.sram_byte(32768).value, node.sram_byte(65536).value);
  EXPECT_EQ(node.sram_byte(1 << 20).value, node.sram_byte(1 << 24).value);
}

TEST(Technology, RefusesOtherNodes) {
  try {
    technology(10);
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "node 10 nm is unknown; known: 45, 28, 22, 16, 12, 7, 5, 4");
  }
}

TEST(Technology, DramByTypeOrPreset) {
  EXPECT_NEAR(dram_joules_per_bit("HBM2")->low, 3.9e-12, 1e-18);
  EXPECT_NEAR(dram_joules_per_bit("LPDDR4-3200 x32")->value, 8e-12, 1e-18);
  EXPECT_FALSE(dram_joules_per_bit("ideal"));
  EXPECT_FALSE(dram_joules_per_bit("source"));
  EXPECT_FALSE(phy_area("none", 1e9));
}

TEST(Uncertainty, IndependentFactorsAddAsSquares) {
  const Range both = independent_product({Range(2, 1, 4), Range(3, 1.5, 6)});
  EXPECT_DOUBLE_EQ(both.value, 6);
  EXPECT_NEAR(both.high, 6 * std::pow(2.0, std::sqrt(2.0)), 1e-9);
  EXPECT_NEAR(both.low, 6 / std::pow(2.0, std::sqrt(2.0)), 1e-9);
  EXPECT_EQ(independent_product({Range(0.0), Range(3, 1, 6)}).high, 0);
  EXPECT_THROW(independent_product({Range(1, 0, 2)}), std::domain_error);
  EXPECT_THROW(independent_product({Range(-1.0)}), std::domain_error);
}

}  // namespace
}  // namespace heddle::eval
