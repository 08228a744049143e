// Compiled as C++17 by the test dram_headers_cxx17.
#include "sim/dram/axi_timing.hpp"

static_assert(heddle::sim::dram::Timing().burst_bytes() == 0, "plain data");
