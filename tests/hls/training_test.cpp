// The program that simulators learn from, on the golden model: nothing but its data may be written, since it
// may be fetched anew at any time.
#include "sim/library/training.hpp"

#include <gtest/gtest.h>

#include "isa/config_file.hpp"

namespace heddle::sim {
namespace {

TEST(Training, LeavesItsProgramAsItIs) {
  for (const char* config : {"tiny", "edge", HEDDLE_TEST_CONFIGS "/rect.json"}) {
    const isa::NamedConfig named = isa::load_config(config);
    EXPECT_NO_THROW(train(HEDDLE_LIBRARY_PREFIX + named.name + ".so", named.config)) << config;
  }
}

}  // namespace
}  // namespace heddle::sim
