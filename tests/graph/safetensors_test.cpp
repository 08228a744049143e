#include "compiler/graph/safetensors.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "compiler/graph/half.hpp"
#include "tests/graph/expect_error.hpp"
#include "tests/support/temporary.hpp"
#include "tests/support/tiny_models.hpp"

namespace heddle::graph {
namespace {

using test::expect_error;
using test::safetensors_bytes;

class Safetensors : public ::testing::Test {
 protected:
  std::string path() const { return directory_.file("weights.safetensors"); }
  void refuse(const std::string& bytes, const std::vector<std::string>& parts) {
    test::write_file(path(), bytes);
    std::vector<std::string> all = {path()};
    all.insert(all.end(), parts.begin(), parts.end());
    expect_error([&] { SafetensorsFile file(path()); }, all);
  }
  void refuse_header(const std::string& header, std::size_t data_bytes,
                     const std::vector<std::string>& parts) {
    refuse(safetensors_bytes(header, std::string(data_bytes, '\0')), parts);
  }

  test::TemporaryDirectory directory_;
};

TEST_F(Safetensors, ReadsEveryFloatType) {
  for (const std::string dtype : {"F32", "F16", "BF16"}) {
    test::Tensors tensors;
    tensors["a"] = {{2, 3}, {0.0f, -1.5f, 3.1415927f, 1e-3f, 65000.0f, -0.0f}};
    tensors["b"] = {{1}, {std::ldexp(1.0f, -24) * 3}};  // a subnormal of F16
    tensors["empty"] = {{0, 4}, {}};
    tensors["scalar"] = {{}, {7.0f}};
    test::write_file(path(), safetensors_bytes(tensors, dtype));
    const SafetensorsFile file(path());
    EXPECT_EQ(file.tensors().size(), 4u);
    for (const auto& [name, tensor] : tensors) {
      EXPECT_EQ(file.tensors().at(name).shape, tensor.shape);
      std::vector<float> expected;
      for (const float value : tensor.values) expected.push_back(test::round_to(dtype, value));
      EXPECT_EQ(file.read(name), expected) << dtype << " " << name;
    }
  }
}

TEST_F(Safetensors, ConvertsEveryHalfExactly) {
  for (int bits = 0; bits < 0x8000; ++bits) {
    const int exponent = bits >> 10, fraction = bits & 1023;
    const float value = half_to_float(static_cast<std::uint16_t>(bits));
    const float negative = half_to_float(static_cast<std::uint16_t>(bits | 0x8000));
    if (exponent == 31 && fraction != 0) {
      EXPECT_TRUE(std::isnan(value) && std::isnan(negative));
      continue;
    }
    float expected = std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
    if (exponent == 0) expected = std::ldexp(static_cast<float>(fraction), -24);
    if (exponent == 31) expected = std::numeric_limits<float>::infinity();
    ASSERT_EQ(value, expected) << bits;
    ASSERT_EQ(negative, -expected) << bits;
    ASSERT_TRUE(std::signbit(negative));
  }
  EXPECT_EQ(bfloat_to_float(0x3F80), 1.0f);
  EXPECT_EQ(bfloat_to_float(0xC049), -3.140625f);
}

TEST_F(Safetensors, HeaderMayBeInAnyOrderAndHoldOtherTypes) {
  const std::string header =
      R"({"z":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
      R"("e":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}})";
  test::write_file(path(), safetensors_bytes(header, std::string(12, '\0')));
  const SafetensorsFile file(path());
  EXPECT_EQ(file.read("z"), std::vector<float>{0.0f});
  expect_error([&] { file.read("a"); }, {path(), "\"a\"", "dtype I64", "F32, F16 or BF16"});
  expect_error([&] { file.read("b"); }, {path(), "no tensor \"b\""});
}

TEST_F(Safetensors, RefusesFilesThatAreNone) {
  expect_error([&] { SafetensorsFile file(directory_.file("absent")); }, {"absent", "No such file"});
  expect_error([&] { SafetensorsFile file(directory_.path()); }, {"not a regular file"});
  refuse("", {"0 bytes, too short"});
  refuse("1234567", {"7 bytes, too short"});
  refuse(std::string("\x01\0\0\0\0\0\0\0", 8), {"header's length, 1, goes beyond the file of 8 bytes"});
  refuse(std::string(8, '\xff') + "{}", {"header's length, 18446744073709551615, goes beyond"});
  refuse("version https://git-lfs.github.com/spec/v1\n", {"not a safetensors file"});
}

TEST_F(Safetensors, RefusesEveryTruncation) {
  test::Tensors tensors;
  tensors["a"] = {{3}, {1, 2, 3}};
  tensors["b"] = {{2, 2}, {1, 2, 3, 4}};
  const std::string whole = safetensors_bytes(tensors, "F32");
  for (std::size_t length = 0; length < whole.size(); ++length) refuse(whole.substr(0, length), {});
  refuse(whole + "x", {"1 bytes after the last tensor"});
}

TEST_F(Safetensors, RefusesHeadersThatAreNotJson) {
  refuse_header("", 0, {"not valid JSON"});
  refuse_header("{\"a\":", 0, {"not valid JSON"});
  refuse_header("[]", 0, {"not a JSON object"});
  refuse_header(R"({"a\u0000b":1})", 0, {R"(the name "a\u0000b" has control characters)"});
  refuse_header("{} x", 0, {"not valid JSON"});
  refuse_header("{\"a\xff\":1}", 0, {"not valid JSON"});
  refuse_header(R"({"a":)" + std::string(100000, '[') + std::string(100000, ']') + "}", 0,
                {"nested too deeply"});
}

TEST_F(Safetensors, RefusesEntriesThatLie) {
  const auto entry = [](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return R"({"t":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  refuse_header(entry("\"F32\"", "[2]", "[0,12]"), 8, {"\"t\"", "[0, 12] go beyond the 8 bytes"});
  refuse_header(entry("\"F32\"", "[2]", "[0,18446744073709551615]"), 8, {"\"t\"", "go beyond the 8 bytes"});
  refuse_header(entry("\"F32\"", "[2]", "[8,0]"), 8, {"\"t\"", "end before they begin"});
  refuse_header(entry("\"F32\"", "[3]", "[0,8]"), 8, {"\"t\"", "8 bytes of data", "[3] of F32 takes 12"});
  refuse_header(entry("\"F16\"", "[2]", "[0,8]"), 8, {"\"t\"", "[2] of F16 takes 4"});
  refuse_header(entry("\"F99\"", "[2]", "[0,8]"), 8, {"\"t\"", "unknown dtype \"F99\""});
  refuse_header(entry("32", "[2]", "[0,8]"), 8, {"\"t\"", "\"dtype\" is not a string"});
  refuse_header(entry("\"F32\"", "[-2]", "[0,8]"), 8, {"\"t\"", "impossible dimension -2"});
  refuse_header(entry("\"F32\"", "[2.0]", "[0,8]"), 8, {"\"t\"", "impossible dimension 2.0"});
  refuse_header(entry("\"F32\"", "[\"2\"]", "[0,8]"), 8, {"\"t\"", "impossible dimension"});
  refuse_header(entry("\"F32\"", "[18446744073709551615]", "[0,8]"), 8, {"\"t\"", "impossible dimension"});
  refuse_header(entry("\"F32\"", "[99999999999999999999]", "[0,8]"), 8, {"\"t\"", "impossible dimension"});
  refuse_header(entry("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0, {"\"t\"", "more than 64 bits"});
  refuse_header(entry("\"F32\"", "2", "[0,8]"), 8, {"\"t\"", "\"shape\" is not a list"});
  refuse_header(entry("\"F32\"", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2]", "[0,8]"), 8, {"17 dimensions"});
  refuse_header(entry("\"F32\"", "[2]", "[0]"), 8, {"\"t\"", "not a pair of positions"});
  refuse_header(entry("\"F32\"", "[2]", "[-8,0]"), 8, {"\"t\"", "not a pair of positions"});
  refuse_header(entry("\"F32\"", "[2]", "8"), 8, {"\"t\"", "not a pair of positions"});
  refuse_header(R"({"t":{"dtype":"F32","shape":[2]}})", 8, {"\"t\"", "\"data_offsets\" is missing"});
  refuse_header(R"({"t":5})", 8, {"\"t\"", "not a JSON object"});
  refuse_header(R"({"__metadata__":5})", 0, {"\"__metadata__\" is not an object"});
}

TEST_F(Safetensors, RefusesOverlapsHolesAndDuplicates) {
  const auto two = [](const std::string& second, const std::string& offsets) {
    return R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},")" + second +
           R"(":{"dtype":"F32","shape":[2],"data_offsets":)" + offsets + "}}";
  };
  refuse_header(two("b", "[4,12]"), 12, {"\"a\" and \"b\" overlap at byte 4"});
  refuse_header(two("b", "[0,8]"), 8, {"\"a\" and \"b\" overlap at byte 0"});
  refuse_header(two("b", "[12,20]"), 20, {"bytes 8 to 12", "before tensor \"b\"", "belong to no tensor"});
  refuse_header(two("a", "[8,16]"), 16, {"the name \"a\" occurs twice"});
  refuse_header("{}", 4, {"4 bytes after the last tensor"});
}

}  // namespace
}  // namespace heddle::graph
