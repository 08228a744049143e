#include "tests/rtl_control/programs.hpp"

#include <gtest/gtest.h>

namespace heddle::tests {

isa::TileInstruction tile(int unit, int duration, std::uint32_t status) {
  isa::TileInstruction x = {};
  x.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(isa::kOpLoad + unit);
  x.half[kModelDuration] = static_cast<std::uint16_t>(duration);
  x.half[kModelStatus] = static_cast<std::uint16_t>(status);
  return x;
}

Assembler small_program() {
  Assembler code;
  code.set(1, 3);
  const std::uint64_t top = code.pc();
  code.tile(tile(isa::kUnitLoad), 0, 1);
  code.tile(tile(isa::kUnitMatrix), 1, 2);
  code.tile(tile(isa::kUnitVector), 2, 4);
  code.tile(tile(isa::kUnitStore), 4, 0);
  code.loop(1, top);
  code.halt();
  return code;
}

void expect_small_program_runs(Bench& bench) {
  const Assembler code = small_program();
  const Report report = bench.run(code);
  EXPECT_EQ(report.status, isa::kStatusOk);
  EXPECT_EQ(report.pc, code.pc() - 1);
  EXPECT_EQ(report.counters[isa::kCounter_scalar_instructions], 5u);
  EXPECT_EQ(bench.units.started.size(), 12u);
  check_counters(report, bench);
}

}  // namespace heddle::tests
