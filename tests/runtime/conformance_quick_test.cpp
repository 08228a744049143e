#include <gtest/gtest.h>

#include "tests/runtime/conformance.hpp"

namespace heddle::runtime {
namespace {

class Conformance : public ::testing::TestWithParam<Case> {};
TEST_P(Conformance, Holds) { run_case(GetParam()); }
std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  return info.param.driver + "_" + info.param.feature.name;
}
INSTANTIATE_TEST_SUITE_P(Drivers, Conformance, ::testing::ValuesIn(cases({"null", "hls", "fast", "serial"})),
                         case_name);

}  // namespace
}  // namespace heddle::runtime
