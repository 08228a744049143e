// The committed SystemVerilog package and reference page are what the contract generates today.
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "isa/generate/constants.hpp"
#include "isa/generate/writers.hpp"

namespace heddle::isa::generate {
namespace {

std::string file(const std::string& path) {
  std::ifstream in(std::string(HEDDLE_SOURCE_DIR) + "/" + path);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(Generated, PackageIsFresh) {
  EXPECT_EQ(file("rtl/pkg/heddle_isa_pkg.sv"), isa_package()) << "run: cmake --build build --target contract";
}

TEST(Generated, FunctionTablesAreFresh) {
  EXPECT_EQ(file("isa/numerics/function_tables.inc"), function_tables());
  EXPECT_EQ(file("rtl/vector/heddle_vector_rom.sv"), function_rom())
      << "run: cmake --build build --target contract";
}

TEST(Generated, ReferencePageIsFresh) {
  EXPECT_EQ(file("docs/isa.md"), reference_page(std::string(HEDDLE_SOURCE_DIR) + "/isa"))
      << "run: cmake --build build --target contract";
}

TEST(Generated, Names) {
  EXPECT_EQ(upper_snake("kMatrixAAddr"), "MATRIX_A_ADDR");
  EXPECT_EQ(upper_snake("kMatrixWNStride"), "MATRIX_W_N_STRIDE");
  EXPECT_EQ(upper_snake("kCounter_cycles"), "COUNTER_CYCLES");
}

}  // namespace
}  // namespace heddle::isa::generate
