// Which options target fast takes, and which it refuses.
#include <gtest/gtest.h>

#include "runtime/drivers/registry/registry.hpp"

namespace heddle::runtime {
namespace {

std::string refusal(const std::string& target, const OpenOptions& options) {
  try {
    check_device(target, options);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(FastOptions, Refused) {
  OpenOptions stalls, waves, timing;
  stalls.stall_permille = 10;
  waves.waveform = "waves.fst";
  timing.timing_only = true;
  EXPECT_NE(refusal("fast", stalls).find("no stalls"), std::string::npos);
  EXPECT_NE(refusal("fast", waves).find("waveform"), std::string::npos);
  EXPECT_NE(refusal("hls", timing).find("timing only"), std::string::npos);
  EXPECT_NE(refusal("rtl", timing).find("timing only"), std::string::npos);
}

// Timing only needs no compiler, whatever the configuration.
TEST(FastOptions, TimingOnly) {
  OpenOptions options;
  options.timing_only = true;
  options.memory_latency = 3;
  EXPECT_EQ(refusal("fast", options), "");
  isa::NamedConfig config = isa::load_config("core");
  config.name = "unseen";
  config.config.lanes = 8;
  config.config.bus_bytes = 16;
  const std::unique_ptr<Device> device = open_device("fast", config, options);
  EXPECT_EQ(device->info().driver, "fast");
  EXPECT_TRUE(device->info().counts_cycles);
}

}  // namespace
}  // namespace heddle::runtime
