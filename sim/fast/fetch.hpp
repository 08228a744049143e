// Program fetch in the cycles of rtl/control/heddle_fetch.sv.
#pragma once
#include <cstdint>
#include <cstring>

#include "isa/config.hpp"
#include "isa/instruction.hpp"
#include "isa/program.hpp"
#include "isa/status.hpp"
#include "sim/fast/instruction_cache.hpp"
#include "sim/fast/program_memory.hpp"

namespace heddle::sim::fast {

struct Quad {
  isa::ScalarInstruction bits;
  std::uint64_t pc;
  std::uint32_t status;
};

class Fetch {
 public:
  explicit Fetch(const isa::Config& config) : config_hash_(isa::config_hash(config)), cache_(config) {}

  InstructionCache& cache() { return cache_; }
  const InstructionCache& cache() const { return cache_; }

  /// Reset, with nothing in the cache.
  void reset() { cache_.reset(); }

  /// The cycle that starts a run.
  void start(std::uint64_t program, const ProgramMemory& memory) {
    memory_ = memory;
    cache_.start();
    state_ = kPrepare;
    cache_reads_ = 0;
    base_ = program >> 4 & kQuadMask;
    last_line_ = cache_.line_of(base_);
    a_pc_ = 0;
    a_address_ = base_;
    b_valid_ = c_valid_ = missed_ = false;
    fault_ = (program & 63) != 0      ? isa::kStatusIllegal
             : program > kAddressMask ? isa::kStatusWindow
                                      : isa::kStatusOk;
  }

  bool idle() const { return cache_.idle(); }
  /// Behind the header, and not stopped.
  bool running() const { return state_ == kRun; }
  /// Reads of the cache since the start, repeated ones of a missing line included.
  std::uint64_t cache_reads() const { return cache_reads_; }
  bool quad_valid() const { return (state_ == kRun && c_valid_) || state_ == kFault; }
  Quad quad() const {
    Quad quad = c_;
    if (state_ == kFault) {
      quad.pc = 0;
      quad.status = fault_;
    }
    return quad;
  }

  struct Inputs {
    bool stop, taken;  // the scalar unit takes a quad if there is one
    bool redirect;
    std::uint64_t redirect_pc;
    bool filled, fill_error, granted;
  };
  /// Whether a missing line is only asked for again, every second cycle, until it is filled.
  bool repeats() const { return missed_ && !cache_.hit() && cache_.same(); }
  /// What step() does in `cycles` cycles in which nothing moves but that.
  void repeat(std::uint64_t cycles) {
    if (!repeats()) return;
    cache_reads_ += (cycles + !b_valid_) / 2;
    if (cycles % 2 == 0) return;
    if (b_valid_) {
      a_pc_ = b_pc_;
      a_address_ = b_address_;
    } else {
      b_pc_ = a_pc_;
      b_address_ = a_address_;
      b_past_ = false;
      a_pc_ = (a_pc_ + 1) & kAddressMask;
      a_address_ = (a_address_ + 1) & kQuadMask;
    }
    b_valid_ = !b_valid_;
  }
  /// Whether the two quads in hand, and four more, are in the cache, and it has nothing else to do.
  bool flows() const {
    return stands() && !b_past_ && !cache_.awake() && cache_.clean() &&
           cache_.line_of(a_address_ + 3) == cache_.line_of(b_address_) && a_pc_ + 4 <= code_quads_;
  }
  /// Where flows() holds: step() of the cycles in which four quads are taken, which it returns.
  isa::TileInstruction flow() {
    isa::TileInstruction four;
    std::memcpy(&four, &c_.bits, sizeof c_.bits);
    memory_.copy(b_address_ << 4, four.half + 8, 3 * sizeof c_.bits);
    a_pc_ += 4;
    a_address_ += 4;
    b_pc_ = a_pc_ - 1;
    b_address_ = a_address_ - 1;
    c_.pc = a_pc_ - 2;
    c_.status = isa::kStatusOk;
    memory_.copy((a_address_ - 2) << 4, &c_.bits, sizeof c_.bits);
    cache_.read_on(b_address_);
    cache_reads_ += 4;
    missed_ = false;
    return four;
  }

  /// The end of a cycle. `kQuiet`: one of the run's without stop, filled, and granted. Returns whether
  /// anything changed, the repeated read of repeats() aside.
  template <bool kQuiet>
  [[gnu::always_inline]] inline bool step(const Windows& windows, const Inputs& in) {
    if (stands() && !in.taken && !in.redirect && (kQuiet || !in.stop)) {
      if (!kQuiet || cache_.awake()) {
        cache_.step<kQuiet>(windows,
                            {false, false, false, 0, last_line_, in.filled, in.fill_error, in.granted});
      }
      return cache_.awake();
    }
    const State state = kQuiet ? kRun : state_;
    const bool stop = !kQuiet && in.stop;
    const bool in_header = state == kIdentity || state == kSize;
    const bool c_taken = in_header || in.taken;
    const bool there = b_past_ || cache_.hit();
    const bool b_miss = b_valid_ && !there;
    const bool b_move = b_valid_ && there && (!c_valid_ || c_taken);
    const bool header_done = state == kSize && c_valid_ && c_.pc == 1;
    const bool jump = header_done || in.redirect;
    const bool a_read = (in_header || state == kRun) && (!b_valid_ || b_move) && !b_miss && !jump && !stop;
    const bool a_past = !in_header && a_pc_ >= code_quads_;
    bool changed = ((a_read || b_miss) && !repeats()) || b_move || jump || (c_valid_ && c_taken);

    const std::uint64_t last_line = last_line_;
    if (state != kRun && state != kOff) changed |= prepare(header_done);
    // Stage C takes what the cache answers before the next read changes it.
    if (b_move) {
      c_.pc = b_pc_;
      c_.status = b_past_           ? isa::kStatusIllegal
                  : cache_.denied() ? isa::kStatusWindow
                  : cache_.error()  ? isa::kStatusBus
                                    : isa::kStatusOk;
      memory_.copy(b_address_ << 4, &c_.bits, sizeof c_.bits);
    }
    const bool read = a_read && !a_past, lookup = b_valid_ && !b_past_;
    cache_reads_ += read;
    if (!kQuiet || read || lookup || cache_.awake()) {
      cache_.step<kQuiet>(windows,
                          {stop, read, lookup, a_address_, last_line, in.filled, in.fill_error, in.granted});
      changed |= cache_.awake();
    }
    if (header_done) cache_.wake();  // more lines than the header's may be fetched from now on
    if (stop) {
      changed |= state_ != kOff;
      state_ = kOff;
    }

    missed_ = (missed_ || b_miss) && !b_move && !jump && !stop;
    const std::uint64_t read_pc = a_pc_, read_address = a_address_;
    if (jump) {
      const std::uint64_t pc = header_done ? 0 : in.redirect_pc;
      a_pc_ = pc;
      a_address_ = (base_ + 4 + pc) & kQuadMask;
    } else if (b_miss) {
      a_pc_ = b_pc_;
      a_address_ = b_address_;
    } else if (a_read) {
      a_pc_ = (a_pc_ + 1) & kAddressMask;
      a_address_ = (a_address_ + 1) & kQuadMask;
    }
    if (a_read) {
      b_pc_ = read_pc;
      b_address_ = read_address;
      b_past_ = a_past;
    }
    if (jump || stop) {
      b_valid_ = c_valid_ = false;
    } else {
      const bool b_next = a_read || (b_valid_ && !b_move && !b_miss);
      c_valid_ = b_move || (c_valid_ && !c_taken);
      b_valid_ = b_next;
    }
    return changed;
  }

 private:
  enum State : std::uint8_t { kOff, kPrepare, kIdentity, kSize, kRun, kFault };
  static constexpr std::uint64_t kQuadMask = (std::uint64_t{1} << 44) - 1;

  /// Whether every stage has its quad, and the cache knows of the last one's line: only the fill engine may
  /// move until one is taken.
  bool stands() const {
    return state_ == kRun && c_valid_ && b_valid_ && (b_past_ || (cache_.hit() && cache_.known()));
  }

  /// The header, before the first instruction: the end of a cycle. Returns whether the state changes.
  bool prepare(bool header_done) {
    const State state = state_;
    switch (state) {
      case kPrepare:
        if (fault_ != isa::kStatusOk)
          state_ = kFault;
        else if (cache_.ready())
          state_ = kIdentity;
        return true;
      case kIdentity:
        if (c_valid_) {
          fault_ = c_.status;
          if (c_.status == isa::kStatusOk) {
            if (word(c_, 0) != isa::kProgramMagic || word(c_, 1) != isa::kIsaVersion)
              fault_ = isa::kStatusVersion;
            else if ((word(c_, 2) | std::uint64_t{word(c_, 3)} << 32) != config_hash_)
              fault_ = isa::kStatusConfig;
          }
          state_ = fault_ == isa::kStatusOk ? kSize : kFault;
        }
        break;
      case kSize:
        if (header_done) {
          code_quads_ = word(c_, 0);
          last_line_ = cache_.line_of((base_ + 3 + code_quads_) & kQuadMask);
          state_ = kRun;
        }
        break;
      default:
        break;
    }
    return state_ != state;
  }

  static std::uint32_t word(const Quad& quad, int index) { return isa::get32(quad.bits.half, 2 * index); }

  std::uint64_t config_hash_;
  InstructionCache cache_;
  ProgramMemory memory_;
  State state_ = kOff;
  std::uint32_t fault_ = 0;
  std::uint64_t base_ = 0;  // quad address of the header
  std::uint32_t code_quads_ = 0;
  std::uint64_t last_line_ = 0;
  std::uint64_t cache_reads_ = 0;
  // Stage A: the next read. Stage B: the cache's answer. Stage C: the quad on offer.
  std::uint64_t a_pc_ = 0, a_address_ = 0, b_pc_ = 0, b_address_ = 0;
  bool b_past_ = false, b_valid_ = false, c_valid_ = false;
  bool missed_ = false;  // the line of stage B, or of stage A if B is empty
  Quad c_ = {};
};

}  // namespace heddle::sim::fast
