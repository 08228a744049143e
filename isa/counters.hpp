// Counters of a run, all 64 bits, zero at START, frozen at done.
#pragma once
#include <cstdint>

namespace heddle {
namespace isa {

// name, what it counts, functional (equal in HLS and RTL) or not (cycles: zero in HLS)
#define HEDDLE_COUNTERS(X)                                                                                \
  X(cycles, "cycles from START to the last byte written", 0)                                              \
  X(scalar_instructions, "scalar instructions completed, HALT, WAIT, SIGNAL and FENCE included", 1)       \
  X(load_instructions, "LOAD instructions finished", 1)                                                   \
  X(store_instructions, "STORE instructions finished", 1)                                                 \
  X(matrix_instructions, "MATRIX instructions finished", 1)                                               \
  X(vector_instructions, "VECTOR instructions finished", 1)                                               \
  X(load_bytes, "bytes that LOAD instructions asked for", 1)                                              \
  X(store_bytes, "bytes that STORE instructions wrote", 1)                                                \
  X(macs, "multiply-accumulates of the array, padding included: rows * columns a row of A", 1)            \
  X(load_busy, "cycles in which a beat of data arrives for LOAD", 0)                                      \
  X(load_memory, "cycles in which LOAD executes and no beat arrives", 0)                                  \
  X(load_token, "cycles in which LOAD has an instruction that waits for a token", 0)                      \
  X(load_issue, "cycles in which LOAD has no instruction", 0)                                             \
  X(store_busy, "cycles in which the bus takes a beat of data from STORE", 0)                             \
  X(store_memory, "cycles in which STORE executes and the bus takes no beat", 0)                          \
  X(store_token, "cycles in which STORE waits for a token", 0)                                            \
  X(store_issue, "cycles in which STORE has no instruction", 0)                                           \
  X(matrix_busy, "cycles in which a row of A enters the array", 0)                                        \
  X(matrix_operand, "cycles in which MATRIX executes and no row enters: weights, filling, draining", 0)   \
  X(matrix_token, "cycles in which MATRIX waits for a token", 0)                                          \
  X(matrix_issue, "cycles in which MATRIX has no instruction", 0)                                         \
  X(vector_busy, "cycles in which a step enters the lanes", 0)                                            \
  X(vector_operand, "cycles in which VECTOR executes and no step enters the lanes: filling, draining", 0) \
  X(vector_token, "cycles in which VECTOR waits for a token", 0)                                          \
  X(vector_issue, "cycles in which VECTOR has no instruction", 0)                                         \
  X(fetch_stall, "cycles in which the scalar unit waits for its program", 0)                              \
  X(scalar_wait, "cycles in which the scalar unit waits: token, fence, full queue, load of a word", 0)    \
  X(read_beats, "beats of the memory bus read, program fetch included", 0)                                \
  X(write_beats, "beats of the memory bus written, completion record excluded", 0)                        \
  X(cache_reads, "reads of the instruction cache, repeated ones of a missing line included", 0)

enum Counter : int {
#define HEDDLE_COUNTER_ENUM(name, text, functional) kCounter_##name,
  HEDDLE_COUNTERS(HEDDLE_COUNTER_ENUM)
#undef HEDDLE_COUNTER_ENUM
      kCounters
};

/// How a unit spends its cycles; the four sum to kCounter_cycles. Its counters follow each other in this order.
enum UnitState : int { kUnitBusy, kUnitStalled, kUnitToken, kUnitIssue, kUnitStates };
constexpr int unit_counter(int unit, UnitState state) {
  return kCounter_load_busy + kUnitStates * unit + state;
}

struct CounterInfo {
  const char* name;
  const char* text;
  bool functional;
};

static const CounterInfo kCounterInfo[kCounters] = {
#define HEDDLE_COUNTER_INFO(name, text, functional) {#name, text, functional != 0},
    HEDDLE_COUNTERS(HEDDLE_COUNTER_INFO)
#undef HEDDLE_COUNTER_INFO
};

}  // namespace isa
}  // namespace heddle
