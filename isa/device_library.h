// The C interface of a device library: one shared object per configuration and design (HLS or RTL),
// built by sim/library/build.hpp and opened with dlopen. Plain data only, so that a library built by
// another compiler run can be loaded.
#pragma once
#include <cstdint>
#include "isa/instruction.hpp"
#include "isa/program.hpp"
#include "isa/registers.hpp"

extern "C" {

/// One tile instruction as its unit sees it, in dispatch order. `base` is the value of its base register.
typedef void (*heddle_trace_fn)(void* user, int unit, std::uint64_t pc, const heddle::isa::TileInstruction* instruction,
                                std::uint64_t base);
/// One tile instruction that has finished (RTL). Cycles since START.
struct heddle_unit_event {
  int unit;
  std::uint16_t tag;      // its graph operation
  std::uint64_t pc;
  std::uint64_t waiting;  // when it became its unit's next: from here it waited for tokens
  std::uint64_t started;  // when it had them, and the one before it was done
  std::uint64_t done;     // when its last byte was written
  std::uint64_t active;   // cycles of these in which the unit moved something, see isa/counters.hpp
};
typedef void (*heddle_event_fn)(void* user, const heddle_unit_event* event);
/// What works in the design when it is simulated: see heddle_switched.
enum heddle_switching_kind {
  kSwitchingProducts,         // 8-bit products of the array, each with its addition
  kSwitchingWeights,          // bytes that enter a cell's shadow, or pass through it
  kSwitchingMultiplications,  // FP32
  kSwitchingAdditions,        // FP32
  kSwitchingConversions,      // INT32 to FP32
  kSwitchingFunctions,        // exp, reciprocal, reciprocal square root
  kSwitchingReads,            // bytes of memory words that are read
  kSwitchingWrites,           // bytes of memory words that are written
  kSwitchingBusReads,         // bytes of beats on the memory bus
  kSwitchingBusWrites,
  kSwitchingKinds
};
/// What one instance of the RTL did in a run (a library built to count): `amount` of the kind, and how many
/// of the `bits` of its operands differed from those of the operation before.
struct heddle_switched {
  const char* instance;  // hierarchical name
  int kind;
  std::uint64_t amount, toggled, bits;
};
typedef void (*heddle_switching_fn)(void* user, const heddle_switched* switched);
/// Called now and then during a run; returning nonzero cancels it (kStatusWatchdog).
typedef int (*heddle_progress_fn)(void* user, std::uint64_t cycles);

/// A product of matrices that another machine is to make: sums[m][n] = the sum over k of activations[m][k] *
/// weights[k][n], in 32 bits that wrap. Row-major.
struct heddle_product {
  std::uint32_t m, k, n;
  const std::int8_t* activations;
  const std::int8_t* weights;
  std::int32_t* sums;
};
/// Returning nonzero: it could not be made; the run ends with kStatusBus.
typedef int (*heddle_products_fn)(void* user, const heddle_product* product);

/// How to simulate. Fields that a design has no use for are ignored by it.
struct heddle_run_options {
  std::uint64_t cycle_limit;        // 0: none. Reaching it ends the run with kStatusWatchdog.
  const void* memory;               // heddle::sim::dram::Timing of the memory; null: memory_latency (RTL)
  std::uint32_t core_mhz;           // clock of the core, against which that memory's runs (RTL)
  std::uint32_t memory_latency;     // cycles from a read address to its first beat (RTL)
  std::uint32_t stall_permille;     // chance that a bus channel stalls in a cycle (RTL)
  std::uint64_t stall_seed;
  const char* waveform;             // FST file, or null (RTL, a library built with waveforms)
  heddle_trace_fn trace;            // or null (HLS)
  heddle_event_fn event;            // or null (RTL)
  heddle_switching_fn switching;    // or null; called when a run ends (RTL, a library built to count)
  heddle_progress_fn progress;      // or null
  heddle_products_fn products;      // what multiplies instead of the design's own array, or null (HLS)
  void* user;
};

/// Hash of the configuration that the library was built for.
std::uint64_t heddle_library_config_hash(void);
/// A device, after reset; null when out of memory.
void* heddle_library_open(void);
void heddle_library_close(void* device);
/// Runs from START to done. `memory` is the whole device memory; an access at or past `memory_bytes` is a
/// bus error. `record` receives what the device reports, also when it could not write it to memory.
void heddle_library_run(void* device, std::uint8_t* memory, std::uint64_t memory_bytes,
                        const heddle::isa::StartArguments* arguments, const heddle_run_options* options,
                        heddle::isa::CompletionRecord* record);
}
