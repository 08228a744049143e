// A small memory for traces computed by hand: all times differ, one core cycle is one memory clock.
#pragma once
#include <cstdint>

#include "sim/dram/memory_model.hpp"

namespace heddle::sim::dram {

/// One channel of 32 bits, 2 groups of 4 banks, rows of 4 bursts of 32 bytes. A burst takes 4 clocks on the
/// pins; from a column read to its data's use pass CL 11 + tDQSCK 1 + 4 + backend 2 = 18 clocks, from a
/// column write to its answer CWL 7 + tDQSS 1 + 4 + backend 2 = 14.
inline Timing small_timing() {
  Timing t;
  t.clock_mhz = 100;
  t.channels = 1;
  t.channel_bits = 32;
  t.burst_length = 8;
  t.bank_groups = 2;
  t.banks_per_group = 4;
  t.row_bytes = 128;
  t.interleave_bytes = 64;
  t.queue_depth = 16;
  t.frontend = 3;
  t.backend = 2;
  t.CL = 11;
  t.tDQSCK = 1;
  t.CWL = 7;
  t.tDQSS = 1;
  t.tRCD = 13;
  t.tRP = 10;
  t.tRPab = 12;
  t.tRAS = 30;
  t.tRC = 41;
  t.tRRD_S = 5;
  t.tRRD_L = 7;
  t.tFAW = 29;
  t.tCCD_S = 4;
  t.tCCD_L = 6;
  t.tRTP = 8;
  t.tWR = 15;
  t.tWTR_S = 3;
  t.tWTR_L = 9;
  t.tRTW = 9;
  return t;
}

constexpr std::uint32_t kSmallMhz = 100;

/// The address of a burst in the small memory (one channel): row, bank, column, bank group from the top.
constexpr std::uint64_t at(std::uint64_t row, std::uint64_t bank, std::uint64_t column, std::uint64_t group) {
  return (((row * 4 + bank) * 4 + column) * 2 + group) * 32;
}

}  // namespace heddle::sim::dram
