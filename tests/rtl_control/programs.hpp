// Programs that several tests share.
#pragma once
#include "tests/rtl_control/bench.hpp"

namespace heddle::tests {

/// A tile instruction whose unit takes `duration` cycles (0: random) and reports `status`.
isa::TileInstruction tile(int unit, int duration = 0, std::uint32_t status = isa::kStatusOk);
/// A loop of LOAD, MATRIX, VECTOR and STORE, joined by tokens.
Assembler small_program();
/// Runs it and checks everything: the device is whole.
void expect_small_program_runs(Bench& bench);

}  // namespace heddle::tests
