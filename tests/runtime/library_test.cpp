// The driver over device libraries: what it refuses, and how a run is cancelled.
#include <gtest/gtest.h>

#include <filesystem>

#include "isa/status.hpp"
#include "runtime/drivers/library/library_driver.hpp"
#include "runtime/drivers/registry/registry.hpp"
#include "sim/library/build.hpp"

namespace heddle::runtime {
namespace {

std::string failure(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(Library, RefusesWhatIsNone) {
  const isa::NamedConfig tiny = isa::load_config("tiny");
  EXPECT_NE(failure([&] { open_library("/nonexistent.so", tiny, {}); }).find("/nonexistent.so"),
            std::string::npos);
  EXPECT_NE(failure([&] { open_library("libm.so.6", tiny, {}); }).find("has no function heddle_library"),
            std::string::npos);
}

TEST(Library, RefusesAnotherConfiguration) {
  if (!sim::can_build(sim::Design::kHls)) GTEST_SKIP() << "no compiler";
  const std::string path = sim::device_library(isa::load_config("tiny"), sim::Design::kHls);
  EXPECT_NE(
      failure([&] { open_library(path, isa::load_config("edge"), {}); }).find("built for configuration"),
      std::string::npos);
}

TEST(Registry, RefusesUnknownTargetsAndOptions) {
  const isa::NamedConfig tiny = isa::load_config("tiny");
  EXPECT_EQ(failure([&] { open_device("abacus", tiny); }),
            "unknown target 'abacus': there are null, hls, rtl, fast, systemc, xrt, opencl, serial");
  OpenOptions options;
  options.stall_permille = 1001;
  EXPECT_NE(failure([&] { open_device("rtl", tiny, options); }).find("1001"), std::string::npos);
  options.stall_permille = 1;
  EXPECT_NE(failure([&] { open_device("hls", tiny, options); }).find("stalls"), std::string::npos);
  options.stall_permille = 0;
  options.waveform = "w.fst";
  EXPECT_NE(failure([&] { open_device("null", tiny, options); }).find("waveform"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists("w.fst"));
}

TEST(Registry, DevicesAreIndependent) {
  if (!sim::can_build(sim::Design::kHls)) GTEST_SKIP() << "no compiler";
  const isa::NamedConfig tiny = isa::load_config("tiny");
  const auto first = open_device("hls", tiny), second = open_device("hls", tiny);
  const std::uint64_t a = first->allocate(64), b = second->allocate(64);
  const std::uint8_t one[1] = {1};
  std::uint8_t back[1] = {9};
  first->write(a, one);
  second->read(b, back);
  EXPECT_EQ(back[0], 0);
}

}  // namespace
}  // namespace heddle::runtime
