// The tile program: what each unit of a device does, with structured loops, named on-chip regions, named
// scalar registers and named semaphores. One step above instructions: no jump targets, no addresses of memory
// segments, no bit positions. text.hpp prints and parses it, verify.hpp says what is legal.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/tiles/fields.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

/// The on-chip memories. The unit of address: A, V, C blocks; W, S words; accumulators rows.
enum class Memory : std::uint8_t { kA, kW, kC, kV, kS, kAcc };
constexpr int kMemories = 6;
const char* memory_name(Memory memory);
/// Bytes of one unit of address, and how many units the memory has.
std::uint32_t unit_bytes(const isa::Config& config, Memory memory);
std::uint32_t unit_count(const isa::Config& config, Memory memory);
/// Equal consecutive parts with ports of their own; 1 where there are none.
std::uint32_t bank_count(Memory memory);

/// A named piece of an on-chip memory. Pieces may overlap: their contents live at different times.
struct Region {
  std::string name;
  Memory memory = Memory::kA;
  std::uint32_t base = 0, size = 0;  // units of address
  bool operator==(const Region&) const = default;
};

/// A named scalar register and the values that it is known to hold where a field uses it.
struct Register {
  std::string name;
  int index = 0;  // 1-31; those up to 15 can patch fields
  std::int64_t minimum = 0, maximum = 0;
  bool operator==(const Register&) const = default;
};

/// What a field holds: region base + constant + register, each optional.
struct Value {
  std::int64_t constant = 0;
  int region = -1;  // index into Program::regions
  int reg = 0;      // index into Program::registers plus one; 0: none
  Value() = default;
  Value(std::int64_t number) : constant(number) {}  // NOLINT: fields are written as numbers
  Value(int region_index, std::int64_t offset, int register_id = 0)
      : constant(offset), region(region_index), reg(register_id) {}
  bool operator==(const Value&) const = default;
};

struct FieldSetting {
  Field field = Field::kCount;
  Value value;
  bool operator==(const FieldSetting&) const = default;
};

/// Semaphores by purpose. One unit signals each and one waits on it; the k-th wait follows the k-th signal.
enum Semaphore : int {
  kWeightsFull,     // LOAD -> MATRIX: a chunk of weights has arrived
  kWeightsFree,     // MATRIX -> LOAD: its slot may be written again
  kKvFull,          // LOAD -> MATRIX: keys or values of a block have arrived, in turns
  kKvFree,          // MATRIX -> LOAD: their slot may be written again
  kVectorFull,      // LOAD -> VECTOR: parameters, embedding rows or value scales have arrived
  kParametersFree,  // VECTOR -> LOAD: the parameters of a layer are used up
  kScalesFree,      // VECTOR -> LOAD: the value scales of a block are used up
  kResult,          // MATRIX -> VECTOR: a product stands in V
  kMixed,           // MATRIX -> VECTOR: probabilities times values of a later block stand in V
  kOperand,         // VECTOR -> MATRIX: activations stand in A
  kCacheRows,       // VECTOR -> STORE: new rows of the cache stand in A and S
  kCacheStored,     // STORE -> LOAD: they are in memory
  kLogitsFull,      // MATRIX -> STORE: a piece of the logits stands in V
  kLogitsFree,      // STORE -> MATRIX: its place may be written again
  kRowsStored,      // STORE -> VECTOR: rows that VECTOR wrote are in memory, their place may be written again
  kNamedSemaphores
};
const char* semaphore_name(int semaphore);
constexpr std::uint16_t bit(int semaphore) { return static_cast<std::uint16_t>(1u << semaphore); }

enum class Kind : std::uint8_t { kTile, kScalar, kLoop, kRepeat, kIf };

/// One operation. A tile operation names the fields that it sets; all others are zero.
struct Operation {
  Kind kind = Kind::kTile;
  int opcode = isa::kOpHalt;  // tile or scalar; of kRepeat and kIf: the branch that continues, enters
  int tag = 0;                // index into Module::operations
  std::uint16_t wait = 0, signal = 0;
  std::vector<FieldSetting> fields;
  // Registers are index into Program::registers plus one, 0: zero.
  int rd = 0, ra = 0, rb = 0;
  bool has_immediate = false;
  std::int64_t immediate = 0;
  int segment = -1;  // index into Module::segments: its offset in the arena is added to the immediate
  // kLoop: body, counted by rd (at least once). kRepeat: body, again while the branch's condition holds.
  // kIf: body where the condition holds, else otherwise.
  std::vector<Operation> body, otherwise;

  bool operator==(const Operation&) const = default;
  const Value* find(Field field) const;
  void set(Field field, Value value);
};

struct Program {
  std::string name;
  std::vector<Region> regions;
  std::vector<Register> registers;
  std::vector<Operation> body;  // without the final HALT
  bool operator==(const Program&) const = default;
};

/// A piece of the device's arena.
struct Segment {
  std::string name;
  std::uint64_t bytes = 0;
  bool state = false;  // written by programs or by the host; else a constant
  bool operator==(const Segment&) const = default;
};

struct Module {
  isa::Config config;
  std::vector<std::string> operations;  // tag -> name of the graph operation; tag 0 is no operation
  std::vector<Segment> segments;
  std::vector<Program> programs;

  int segment(const std::string& name) const;  // index; throws std::runtime_error when there is none
  const Program& program(const std::string& name) const;
};

}  // namespace heddle::tiles
