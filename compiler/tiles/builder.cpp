#include "compiler/tiles/builder.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

#include "isa/numerics/fp32.hpp"

namespace heddle::tiles {
namespace {
constexpr int kLastPatchRegister = 15;

isa::VectorDest dest_of(isa::VectorSpace space) {
  switch (space) {
    case isa::kSpaceV:
      return isa::kDestV;
    case isa::kSpaceS:
      return isa::kDestS;
    case isa::kSpaceA:
      return isa::kDestA;
    default:
      throw std::logic_error("a constant is no destination");
  }
}
}  // namespace

Builder::Builder(const isa::Config& config, std::string name) : config_(config) {
  program_.name = std::move(name);
  blocks_.push_back(&program_.body);
}

int Builder::region(const std::string& name, Memory memory, std::uint32_t base, std::uint32_t size) {
  program_.regions.push_back({name, memory, base, size});
  return static_cast<int>(program_.regions.size()) - 1;
}

Value Builder::bytes_of(int region, std::int64_t units, Reg byte_offset) const {
  const Region& place = program_.regions[static_cast<std::size_t>(region)];
  return Value(region, units * unit_bytes(config_, place.memory), byte_offset);
}

Reg Builder::allocate(const std::string& name, int first, int last, std::int64_t minimum,
                      std::int64_t maximum) {
  // Plain registers from above, so that they leave the patchable ones alone as long as possible.
  for (int i = last; i >= first; --i) {
    if (used_[i]) continue;
    used_[i] = true;
    std::string unique = name;  // names are what the text form knows registers by
    for (int n = 2; std::any_of(program_.registers.begin(), program_.registers.end(),
                                [&](const Register& reg) { return reg.name == unique; });
         ++n) {
      unique = fmt::format("{}{}", name, n);
    }
    program_.registers.push_back({unique, i, minimum, maximum});
    return Reg{static_cast<int>(program_.registers.size())};
  }
  throw std::logic_error(fmt::format("tile program {}: no scalar register left for {}", program_.name, name));
}

Reg Builder::patch_register(const std::string& name, std::int64_t minimum, std::int64_t maximum) {
  return allocate(name, 1, kLastPatchRegister, minimum, maximum);
}

Reg Builder::plain_register(const std::string& name) {
  return allocate(name, 1, isa::kScalarRegisters - 1, 0, 0);
}

void Builder::release(Reg reg) {
  used_[program_.registers[static_cast<std::size_t>(reg.id - 1)].index] = false;
}

void Builder::scalar(isa::Opcode opcode, Reg rd, Reg ra, std::int64_t immediate, int segment) {
  Operation op;
  op.kind = Kind::kScalar;
  op.opcode = opcode;
  op.rd = rd;
  op.ra = ra;
  op.has_immediate = true;
  op.immediate = immediate;
  op.segment = segment;
  append(std::move(op));
}

void Builder::scalar(isa::Opcode opcode, Reg rd, Reg ra, Reg rb) {
  Operation op;
  op.kind = Kind::kScalar;
  op.opcode = opcode;
  op.rd = rd;
  op.ra = ra;
  op.rb = rb;
  append(std::move(op));
}

void Builder::argument(Reg rd, int number) { scalar(isa::kOpArgument, rd, Reg{}, std::int64_t{number}); }

void Builder::load_word(Reg rd, Reg address, std::int64_t offset) {
  scalar(isa::kOpLoadWord, rd, address, offset);
}

void Builder::credit(int semaphore, int tokens) {
  for (int i = 0; i < tokens; ++i) {
    Operation op;
    op.kind = Kind::kScalar;
    op.opcode = isa::kOpSignal;
    op.signal = bit(semaphore);
    append(std::move(op));
  }
}

void Builder::fence() {
  Operation op;
  op.kind = Kind::kScalar;
  op.opcode = isa::kOpFence;
  append(std::move(op));
}

std::vector<Operation> Builder::collect(const std::function<void()>& body) {
  std::vector<Operation> operations;
  if (!body) return operations;
  blocks_.push_back(&operations);
  body();
  blocks_.pop_back();
  return operations;
}

void Builder::loop(Reg counter, const std::function<void()>& body) {
  Operation op;
  op.kind = Kind::kLoop;
  op.opcode = isa::kOpLoop;
  op.rd = counter;
  op.body = collect(body);
  append(std::move(op));
}

void Builder::repeat(const std::function<void()>& body, Condition again) {
  Operation op;
  op.kind = Kind::kRepeat;
  op.opcode = again.branch;
  op.ra = again.a;
  op.rb = again.b;
  op.body = collect(body);
  append(std::move(op));
}

void Builder::branch(Condition condition, const std::function<void()>& then,
                     const std::function<void()>& otherwise) {
  Operation op;
  op.kind = Kind::kIf;
  op.opcode = condition.branch;
  op.ra = condition.a;
  op.rb = condition.b;
  op.body = collect(then);
  op.otherwise = collect(otherwise);
  append(std::move(op));
}

void Builder::dma(int opcode, const Dma& in) {
  Operation op;
  op.opcode = opcode;
  op.tag = in.tag;
  op.wait = in.wait;
  op.signal = in.signal;
  op.set(Field::kBufferField, static_cast<int>(in.buffer));
  op.set(Field::kBase, Value(-1, 0, in.base));
  op.set(Field::kDmaRows, in.rows);
  op.set(Field::kRowBytes, in.row_bytes);
  op.set(Field::kMemOffset, in.mem_offset);
  op.set(Field::kMemStride, in.mem_stride);
  op.set(Field::kLocalAddr, in.local);
  op.set(Field::kLocalStride, in.local_stride);
  append(std::move(op));
}

void Builder::matrix(const MatrixOp& in) {
  Operation op;
  op.opcode = isa::kOpMatrix;
  op.tag = in.tag;
  op.wait = in.wait;
  op.signal = in.signal;
  op.set(Field::kFirst, in.first);
  op.set(Field::kLast, in.last);
  op.set(Field::kTransposed, in.w.transposed);
  op.set(Field::kMatrixDFormat, static_cast<int>(isa::kFormatFp32));
  op.set(Field::kMatrixRows, in.rows);
  op.set(Field::kKTiles, in.k_tiles);
  op.set(Field::kNTiles, in.n_tiles);
  op.set(Field::kMatrixOuter, in.outer);
  op.set(Field::kMatrixAAddr, in.a.addr);
  op.set(Field::kMatrixARow, in.a.row);
  op.set(Field::kMatrixABlock, in.a.block);
  op.set(Field::kMatrixAOuter, in.a.outer);
  op.set(Field::kWAddr, in.w.addr);
  op.set(Field::kWK, in.w.k);
  op.set(Field::kWN, in.w.n);
  op.set(Field::kWOuter, in.w.outer);
  if (in.last) {
    op.set(Field::kCAddr, in.scale.c);
    op.set(Field::kCOuter, in.scale.c_outer);
    op.set(Field::kMatrixSAddr, in.scale.s);
    op.set(Field::kMatrixSRow, in.scale.s_row);
    op.set(Field::kMatrixSOuter, in.scale.s_outer);
    op.set(Field::kMatrixDAddr, in.d.addr);
    op.set(Field::kMatrixDRow, in.d.row);
    op.set(Field::kMatrixDOuter, in.d.outer);
  }
  op.set(Field::kAccN, in.acc_n);
  append(std::move(op));
}

void Builder::vector(const VectorOp& in) {
  Operation op;
  op.opcode = isa::kOpVector;
  op.tag = in.tag;
  op.wait = in.wait;
  op.signal = in.signal;
  op.set(Field::kColumns, in.columns);
  op.set(Field::kVectorRows, in.rows);
  op.set(Field::kVectorOuter, in.outer);
  op.set(Field::kASpace, static_cast<int>(in.a.space));
  op.set(Field::kAAddr, in.a.addr);
  op.set(Field::kARow, in.a.row);
  op.set(Field::kAOuter, in.a.outer);
  if (in.u) {
    op.set(Field::kUSpace, static_cast<int>(in.u->space));
    op.set(Field::kUAddr, in.u->addr);
    op.set(Field::kURow, in.u->row);
    op.set(Field::kUOuter, in.u->outer);
  }
  op.set(Field::kRope, in.rope);
  op.set(Field::kPreMul, static_cast<int>(in.pre_mul));
  op.set(Field::kPreAdd, static_cast<int>(in.pre_add));
  op.set(Field::kPre, static_cast<int>(in.pre));
  if (in.mask) {
    op.set(Field::kMask, 1);
    op.set(Field::kMaskStep, in.mask->step);
    op.set(Field::kMaskLimit, in.mask->limit);
  }
  op.set(Field::kFunctionField, static_cast<int>(in.function));
  op.set(Field::kPostMul, static_cast<int>(in.post_mul));
  op.set(Field::kPostAdd, static_cast<int>(in.post_add));
  op.set(Field::kPost, static_cast<int>(in.post));
  op.set(Field::kReduceField, static_cast<int>(in.reduce));
  op.set(Field::kReduceF, in.reduce_f);
  op.set(Field::kS0Addr, in.s0);
  op.set(Field::kS1Addr, in.s1);
  op.set(Field::kRedAddr, in.red);
  op.set(Field::kSRow, in.s_row);
  op.set(Field::kSOuter, in.s_outer);
  if (in.d) {
    op.set(Field::kDestField, static_cast<int>(dest_of(in.d->space)));
    op.set(Field::kDAddr, in.d->addr);
    op.set(Field::kDRow, in.d->row);
    op.set(Field::kDOuter, in.d->outer);
    op.set(Field::kDBlock, in.d->block);
  }
  op.set(Field::kImm0, isa::bits_of(in.imm0));
  op.set(Field::kImm1, isa::bits_of(in.imm1));
  append(std::move(op));
}

void Builder::tokens(int opcode, int tag, std::uint16_t wait, std::uint16_t signal) {
  Operation op;
  op.opcode = opcode;
  op.tag = tag;
  op.wait = wait;
  op.signal = signal;
  if (opcode == isa::kOpMatrix) op.set(Field::kMatrixDFormat, static_cast<int>(isa::kFormatFp32));
  append(std::move(op));
}

}  // namespace heddle::tiles
