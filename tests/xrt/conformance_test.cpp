#include "tests/runtime/conformance.hpp"

#include <gtest/gtest.h>

namespace heddle::runtime {
namespace {

class Conformance : public ::testing::TestWithParam<Case> {};
TEST_P(Conformance, Holds) { run_case(GetParam()); }
std::string case_name(const ::testing::TestParamInfo<Case>& info) {
  return info.param.driver + "_" + info.param.feature.name;
}
INSTANTIATE_TEST_SUITE_P(Drivers, Conformance, ::testing::ValuesIn(cases({"xrt_hls", "opencl_hls"})),
                         case_name);

}  // namespace
}  // namespace heddle::runtime
