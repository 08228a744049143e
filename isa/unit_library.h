// What a device library of the golden model offers beside isa/device_library.h: its units one instruction at
// a time, for a simulator that has the timing and wants the results.
#pragma once
#include <cstdint>

#include "isa/instruction.hpp"
#include "isa/registers.hpp"

extern "C" {

/// Begins a run: windows and counters. On-chip memories keep what they hold.
void heddle_units_begin(void* device, const heddle::isa::StartArguments* arguments);
/// Executes one tile instruction (unit: isa::Unit) on `memory`; `base` is the value of its base register.
/// Returns its status; rows before a fault have been moved.
std::uint32_t heddle_units_execute(void* device, std::uint8_t* memory, std::uint64_t memory_bytes, int unit,
                                   const heddle::isa::TileInstruction* instruction, std::uint64_t base);
}
