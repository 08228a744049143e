// Writes the operations of one tile program: registers with lifetimes, structured control, and tile
// operations with their operands as small structs instead of fields.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// A register of a program under construction; converts to the id that Operation and Value use.
struct Reg {
  int id = 0;
  operator int() const { return id; }  // NOLINT: a register is its id
};

/// LOAD or STORE. Strides and sizes in bytes.
struct Dma {
  int tag = 0;
  isa::Buffer buffer = isa::kBufferA;
  Reg base{};
  Value rows = 1, row_bytes{}, mem_offset{};
  std::int64_t mem_stride = 0;
  Value local{};  // bytes; give a region's by Builder::bytes_of
  std::int64_t local_stride = 0;
  std::uint16_t wait = 0, signal = 0;
};

struct MatrixA {
  Value addr{};
  std::int64_t row = 0, block = 1, outer = 0;
};
struct MatrixW {
  Value addr{};
  std::int64_t k = 0, n = 0, outer = 0;
  bool transposed = false;
};
struct MatrixScale {
  Value c{};
  std::int64_t c_outer = 0;
  Value s{};
  std::int64_t s_row = 0, s_outer = 0;
};
struct MatrixD {
  Value addr{};
  std::int64_t row = 0, outer = 0;
};
struct MatrixOp {
  int tag = 0;
  Value rows = 1, k_tiles = 1, n_tiles = 1, outer = 1;
  MatrixA a{};
  MatrixW w{};
  MatrixScale scale{};
  MatrixD d{};
  bool first = true, last = true;
  std::int64_t acc_n = 0;
  std::uint16_t wait = 0, signal = 0;
};

/// A stream of VECTOR, or its destination.
struct Stream {
  isa::VectorSpace space = isa::kSpaceV;
  Value addr{};
  std::int64_t row = 0, outer = 0, block = 1;
};
struct MaskSpec {
  Value limit{};
  int step = 1;
};
struct VectorOp {
  int tag = 0;
  Value columns = 1, rows = 1, outer = 1;
  Stream a{};
  std::optional<Stream> u{};
  bool rope = false;
  isa::VectorSelect pre_mul = isa::kSelNone, pre_add = isa::kSelNone;
  isa::VectorCombine pre = isa::kCombineAdd;
  std::optional<MaskSpec> mask{};
  isa::VectorFunction function = isa::kFuncNone;
  isa::VectorSelect post_mul = isa::kSelNone, post_add = isa::kSelNone;
  isa::VectorCombine post = isa::kCombineAdd;
  isa::VectorReduce reduce = isa::kReduceNone;
  bool reduce_f = false;
  Value s0{}, s1{}, red{};
  std::int64_t s_row = 0, s_outer = 0;
  std::optional<Stream> d{};  // space CONST is no destination
  float imm0 = 0.0f, imm1 = 0.0f;
  std::uint16_t wait = 0, signal = 0;
};

struct Condition {
  isa::Opcode branch;  // kOpBranchEq, ...
  Reg a, b;
};

class Builder {
 public:
  Builder(const isa::Config& config, std::string name);

  /// A named place on chip: `base` and `size` in the memory's units (unit_bytes). Its number.
  int region(const std::string& name, Memory memory, std::uint32_t base, std::uint32_t size);
  /// The same place in bytes, for LOAD and STORE.
  Value bytes_of(int region, std::int64_t units = 0, Reg byte_offset = {}) const;

  /// A register that can patch fields, or any other; holds values in [minimum, maximum].
  Reg patch_register(const std::string& name, std::int64_t minimum, std::int64_t maximum);
  Reg plain_register(const std::string& name);
  /// Ends a register's life: its place may be used again.
  void release(Reg reg);

  // Scalar instructions: rd = ra op b.
  void scalar(isa::Opcode opcode, Reg rd, Reg ra, std::int64_t immediate, int segment = -1);
  void scalar(isa::Opcode opcode, Reg rd, Reg ra, Reg rb);
  void copy(Reg rd, Reg ra) { scalar(isa::kOpAdd, rd, ra, Reg{}); }
  void constant(Reg rd, std::int64_t value) { scalar(isa::kOpAdd, rd, Reg{}, value); }
  void argument(Reg rd, int number);  // of the run (isa::StartArguments)
  void load_word(Reg rd, Reg address, std::int64_t offset);
  /// Initial tokens of a semaphore.
  void credit(int semaphore, int tokens);
  void fence();

  /// Structured flow. `loop`: the body as often as the counter says, once at least; `repeat`: once, and
  /// again while the condition holds.
  void loop(Reg counter, const std::function<void()>& body);
  void repeat(const std::function<void()>& body, Condition again);
  void branch(Condition condition, const std::function<void()>& then,
              const std::function<void()>& otherwise = {});

  void load(const Dma& op) { dma(isa::kOpLoad, op); }
  void store(const Dma& op) { dma(isa::kOpStore, op); }
  void matrix(const MatrixOp& op);
  void vector(const VectorOp& op);
  /// An instruction that moves tokens only.
  void tokens(int opcode, int tag, std::uint16_t wait, std::uint16_t signal);

  /// What has been written so far.
  const Program& program() const { return program_; }
  Program take() { return std::move(program_); }

 private:
  Reg allocate(const std::string& name, int first, int last, std::int64_t minimum, std::int64_t maximum);
  void dma(int opcode, const Dma& op);
  void append(Operation operation) { blocks_.back()->push_back(std::move(operation)); }
  std::vector<Operation> collect(const std::function<void()>& body);

  isa::Config config_;
  Program program_;
  std::vector<std::vector<Operation>*> blocks_;
  bool used_[isa::kScalarRegisters] = {};
};

}  // namespace heddle::tiles
