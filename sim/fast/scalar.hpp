// The scalar unit in the cycles of rtl/control/heddle_scalar.sv.
#pragma once
#include <cstdint>
#include <cstring>

#include "isa/config.hpp"
#include "isa/instruction.hpp"
#include "isa/registers.hpp"
#include "isa/status.hpp"
#include "sim/fast/fetch.hpp"
#include "sim/fast/program_memory.hpp"

namespace heddle::sim::fast {

class Scalar {
 public:
  /// The cycle that starts a run.
  void start(const isa::StartArguments& arguments, const ProgramMemory& memory) {
    memory_ = memory;
    std::memcpy(arguments_, arguments.argument, sizeof arguments_);
    std::memset(registers_, 0, sizeof registers_);
    state_ = kFetch;
    pc_ = 0;
  }

  // --- what the others see in a cycle ---------------------------------------------------------------
  bool idle() const { return state_ != kWordRequest && state_ != kWordResponse; }
  bool takes_quad() const {
    return state_ == kFetch || state_ == kProduct || state_ == kTile || (state_ == kExecute && simple());
  }
  bool redirects() const { return state_ == kRedirect && taken_; }
  std::uint64_t redirect_pc() const { return immediate(); }
  bool dispatches() const { return state_ == kDispatch; }
  int unit() const { return opcode() & 3; }
  const isa::TileInstruction& tile() const { return instruction_; }
  std::uint64_t base() const { return base_; }
  std::uint64_t pc() const { return pc_; }
  bool waits() const { return state_ == kWait; }
  std::uint16_t wait_mask() const { return instruction_.half[isa::kHalfWait]; }
  bool signals() const { return state_ == kExecute && opcode() == isa::kOpSignal; }
  std::uint16_t signal_mask() const { return instruction_.half[isa::kHalfSignal]; }
  bool halts() const { return state_ == kHalt; }
  bool fails() const { return state_ == kFault; }
  std::uint32_t status() const { return status_; }
  /// Whether issue takes part in this cycle.
  bool reaches_issue() const {
    return state_ == kDispatch || state_ == kWait || state_ == kHalt || state_ == kFault || signals();
  }
  /// Whether it stands until issue lets it go.
  bool awaits_issue() const { return state_ == kWait || state_ == kHalt; }
  bool requests_word() const { return state_ == kWordRequest; }
  std::uint64_t word_address(std::uint32_t bus_bytes) const {
    return address_ & ~std::uint64_t{bus_bytes - 1};
  }
  /// Counted as scalar_wait, and as fetch_stall where there is no quad.
  bool waiting() const {
    return state_ == kWait || state_ == kFence || state_ == kHalt || state_ == kDispatch || !idle();
  }
  bool wants_quad() const { return state_ == kFetch || state_ == kTile; }

  /// Whether it takes the quad as the first of a tile instruction.
  bool takes_tile(const Quad& quad) const {
    return state_ == kFetch && quad.status == isa::kStatusOk &&
           isa::is_tile_opcode(quad.bits.half[isa::kHalfOpcode]);
  }
  /// Cycles in which it takes the quads of a tile instruction, and reads registers behind the first and the
  /// last.
  static constexpr std::uint64_t kTileCycles = 6;
  /// step() of those, where takes_tile() holds: of all, or of as many as it returns.
  std::uint64_t take_tile(const isa::TileInstruction& quads, std::uint64_t pc) {
    instruction_ = quads;
    pc_ = pc;
    read();
    quad_ = 4;
    complete_tile();
    if (state_ != kBase) return kTileCycles - 1;
    read_base();
    return kTileCycles;
  }

  struct Inputs {
    bool stop, quad_valid;
    bool units_idle, queue_full;  // of the unit of the instruction to dispatch
    bool granted_tokens, granted_bus;
    bool word, word_error;  // the word that is being loaded arrives
  };
  /// Whether anything but stop, a token, the bus or a word makes it move in this cycle.
  bool moves(bool quad_valid, bool units_idle, bool queue_full) const {
    switch (state_) {
      case kFetch:
      case kTile:
        return quad_valid;
      case kFence:
      case kHalt:
        return units_idle;
      case kDispatch:
        return !queue_full;
      case kStopped:
      case kWordRequest:
      case kWordResponse:
      case kWait:
        return false;
      default:
        return true;
    }
  }
  /// The end of a cycle in which it moves. `kQuiet`: one without stop, granted_tokens, granted_bus, word.
  /// `executed` counts finished instructions. Returns whether its state has changed.
  template <bool kQuiet>
  [[gnu::always_inline]] inline bool step(const Windows& windows, const Fetch& fetch, const Inputs& in,
                                          std::uint64_t* executed) {
    const bool stop = !kQuiet && in.stop;
    const State state = state_;
    bool done = false, take = state == kFetch;
    switch (state) {
      case kRead:
        read();
        break;
      case kExecute:
        done = take = simple();
        execute();
        break;
      case kMultiply:
        state_ = kProduct;
        break;
      case kProduct:
        write((a_ & 0xFFFFFFFFu) * (b_ & 0xFFFFFFFFu));
        done = take = true;
        break;
      case kRedirect:
        done = true;
        state_ = kFetch;
        break;
      case kWordCheck:
        status_ = (address_ & 3) != 0 ? isa::kStatusIllegal : isa::kStatusWindow;
        state_ = (address_ & 3) == 0 && windows.allow(address_, 4, false) ? kWordRequest : kFault;
        break;
      case kWordRequest:
        if (!kQuiet && in.granted_bus) state_ = kWordResponse;
        break;
      case kWordResponse:
        if (kQuiet) break;
        status_ = isa::kStatusBus;
        if (in.word) {
          done = !in.word_error;
          if (done) {
            std::uint32_t word;
            memory_.copy(address_, &word, sizeof word);
            write(word);
          }
          state_ = stop ? kStopped : in.word_error ? kFault : kFetch;
        }
        break;
      case kWait:
        done = !kQuiet && in.granted_tokens;
        if (done) state_ = kFetch;
        break;
      case kFence:
        done = in.units_idle;
        if (done) state_ = kFetch;
        break;
      case kHalt:
        done = in.units_idle;
        break;
      case kTile:
        if (in.quad_valid) take_tile_quad(fetch.quad());
        break;
      case kPatch:
        patch();
        break;
      case kBase:
        read_base();
        break;
      case kDispatch:
        if (!in.queue_full) state_ = kFetch;
        break;
      case kFault:
        state_ = kStopped;
        break;
      default:
        break;
    }
    if (take) {
      state_ = kFetch;
      if (in.quad_valid) {
        const Quad quad = fetch.quad();
        std::memcpy(instruction_.half, quad.bits.half, sizeof quad.bits.half);
        pc_ = quad.pc;
        status_ = quad.status;
        state_ = quad.status != isa::kStatusOk ? kFault : kRead;
      }
    }
    *executed += done && !stop;
    if (stop && state != kWordRequest && state != kWordResponse) state_ = kStopped;
    return state_ != state;
  }

 private:
  enum State : std::uint8_t {
    kStopped,
    kFetch,
    kRead,
    kExecute,
    kMultiply,
    kProduct,
    kRedirect,
    kWordCheck,
    kWordRequest,
    kWordResponse,
    kWait,
    kFence,
    kHalt,
    kTile,
    kPatch,
    kBase,
    kDispatch,
    kFault
  };

  int opcode() const { return instruction_.half[isa::kHalfOpcode] & 0xFF; }
  std::uint64_t immediate() const {
    const std::uint16_t* half = instruction_.half + isa::kHalfImmediate;
    return isa::get32(half, 0) | std::uint64_t{half[2]} << 32;
  }
  static std::int64_t extend(std::uint64_t x) { return static_cast<std::int64_t>(x << 16) >> 16; }
  bool is_branch() const { return opcode() >= isa::kOpBranchEq && opcode() <= isa::kOpLoop; }
  bool is_result() const {
    const int op = opcode();
    return (op >= isa::kOpAdd && op <= isa::kOpArgument && op != isa::kOpMul) || op == isa::kOpLoop;
  }
  /// An instruction that ends in its execute cycle.
  bool simple() const { return (is_result() && !is_branch()) || opcode() == isa::kOpSignal; }
  void write(std::uint64_t value) {
    const int rd = instruction_.half[isa::kHalfRegisters] & 31;
    if (rd != 0) registers_[rd] = value & kAddressMask;
  }

  void read() {
    const int op = opcode();
    const std::uint32_t fields = instruction_.half[isa::kHalfRegisters];
    a_ = registers_[op == isa::kOpLoop ? fields & 31 : fields >> 5 & 31];
    if (op == isa::kOpLoop)
      b_ = 1;
    else if (op == isa::kOpLoadWord || ((fields & isa::kScalarImmediate) != 0 && !is_branch()))
      b_ = immediate();
    else
      b_ = registers_[fields >> 10 & 31];
    quad_ = 1;
    patches_pending_ = 0;
    patches_ = isa::get32(instruction_.half, isa::kHalfPatches);
    for (int p = 0; p < isa::kPatches; ++p) {
      if ((patches_ >> (10 * p + 5) & 15) != 0) patches_pending_ |= 1u << p;
    }
    status_ = isa::kStatusIllegal;
    if ((instruction_.half[isa::kHalfOpcode] >> 8) != 0 || !(isa::is_tile_opcode(op) || op <= isa::kOpFence))
      state_ = kFault;
    else if (isa::is_tile_opcode(op))
      state_ = kTile;
    else if (op == isa::kOpMul)
      state_ = kMultiply;
    else if (op == isa::kOpWait)
      state_ = kWait;
    else if (op == isa::kOpFence)
      state_ = kFence;
    else if (op == isa::kOpHalt)
      state_ = kHalt;
    else if (op == isa::kOpArgument && immediate() >> 4 != 0)
      state_ = kFault;
    else
      state_ = kExecute;
  }

  void execute() {
    const std::int64_t a = extend(a_), b = extend(b_);
    const bool less = a < b;
    std::uint64_t result = a_ + b_;
    taken_ = false;
    switch (opcode()) {
      case isa::kOpSub:
        result = a_ - b_;
        break;
      case isa::kOpLoop:
        result = a_ - b_;
        taken_ = a_ != b_;
        break;
      case isa::kOpShl:
        result = a_ << (b_ & 63);
        break;
      case isa::kOpShr:
        result = static_cast<std::uint64_t>(a >> (b_ & 63));
        break;
      case isa::kOpAnd:
        result = a_ & b_;
        break;
      case isa::kOpMin:
        result = less ? a_ : b_;
        break;
      case isa::kOpMax:
        result = less ? b_ : a_;
        break;
      case isa::kOpBranchEq:
        taken_ = a_ == b_;
        break;
      case isa::kOpBranchNe:
        taken_ = a_ != b_;
        break;
      case isa::kOpBranchLt:
        taken_ = less;
        break;
      case isa::kOpBranchGe:
        taken_ = !less;
        break;
      default:
        break;
    }
    address_ = result & kAddressMask;
    if (is_result()) write(opcode() == isa::kOpArgument ? arguments_[immediate() & 15] : result);
    if (is_branch())
      state_ = kRedirect;
    else if (opcode() == isa::kOpLoadWord)
      state_ = kWordCheck;
  }

  void take_tile_quad(const Quad& quad) {
    std::memcpy(instruction_.half + 8 * quad_, quad.bits.half, sizeof quad.bits.half);
    if (quad_++ == 3) complete_tile();
    if (quad.status != isa::kStatusOk) {
      status_ = quad.status;
      state_ = kFault;
    }
  }

  void complete_tile() {
    bool refused = patches_ >> 30 != 0;
    for (int p = 0; p < isa::kPatches; ++p) {
      const std::uint32_t field = patches_ >> (10 * p) & 0x3FF;
      const std::uint32_t half = field & 31;
      refused |= (field >> 5 & 15) != 0 && (half < 6 || (field >> 9 != 0 && (half & 1) != 0));
    }
    state_ = refused ? kFault : patches_pending_ != 0 ? kPatch : kBase;
  }

  void read_base() {
    base_ = registers_[instruction_.half[isa::kHalfFlags] >> 4 & 31];
    state_ = kDispatch;
  }

  void patch() {
    const int p = __builtin_ctz(patches_pending_);
    const std::uint32_t field = patches_ >> (10 * p) & 0x3FF;
    const int half = static_cast<int>(field & 31);
    const std::uint32_t add = static_cast<std::uint32_t>(registers_[field >> 5 & 15]);
    if (field >> 9 != 0)
      isa::set32(instruction_.half, half, isa::get32(instruction_.half, half) + add);
    else
      instruction_.half[half] = static_cast<std::uint16_t>(instruction_.half[half] + add);
    patches_pending_ &= patches_pending_ - 1;
    if (patches_pending_ == 0) state_ = kBase;
  }

  ProgramMemory memory_;
  std::uint64_t arguments_[isa::kArguments] = {};
  std::uint64_t registers_[isa::kScalarRegisters] = {};  // 48 bits
  State state_ = kStopped;
  isa::TileInstruction instruction_ = {};  // a scalar instruction is its first quad
  std::uint64_t pc_ = 0, a_ = 0, b_ = 0, base_ = 0, address_ = 0;
  std::uint32_t status_ = 0, patches_ = 0, patches_pending_ = 0;
  int quad_ = 1;
  bool taken_ = false;
};

}  // namespace heddle::sim::fast
