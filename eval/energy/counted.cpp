#include "eval/energy/counted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "isa/instruction.hpp"
#include "isa/program.hpp"

namespace heddle::eval {
namespace {

double ceil_div(double a, double b) { return std::max(1.0, std::ceil(a / b)); }

/// A tile instruction as it lies in the program, before its patches.
class Instruction {
 public:
  Instruction(const isa::Image& image, const isa::ImageProgram& program, std::uint64_t pc) {
    const std::uint64_t at = program.offset + sizeof(isa::ProgramHeader) + pc * isa::kQuadBytes;
    if (at + sizeof code_ > image.constants.size())
      throw std::runtime_error(fmt::format("program '{}' has no instruction at pc {}", program.name, pc));
    std::memcpy(&code_, image.constants.data() + at, sizeof code_);
    const std::uint32_t patches = isa::get32(code_.half, isa::kHalfPatches);
    for (int i = 0; i < isa::kPatches; ++i) {
      const std::uint32_t patch = patches >> (10 * i) & 0x3FF;
      if ((patch >> 5 & 15) != 0) patched_ |= 1u << (patch & 31);
    }
  }
  int bits(int half, int from, int count) const { return code_.half[half] >> from & ((1 << count) - 1); }
  bool patched(int half) const { return (patched_ >> half & 1) != 0; }
  double word(int half) const { return code_.half[half]; }
  double double_word(int half) const { return isa::get32(code_.half, half); }

 private:
  isa::TileInstruction code_;
  std::uint32_t patched_ = 0;  // halves
};

/// Bytes of a physical word of each memory: what one access reads (rtl/memory).
struct Words {
  explicit Words(const isa::Config& c)
      : a(std::max(c.columns, c.bus_bytes)),
        w(std::max(c.w_word_bytes(), c.bus_bytes)),
        block(c.block_bytes()),
        quad(std::max<std::uint32_t>(isa::kQuadBytes, c.bus_bytes)) {}
  double a, w, block, quad;
};

class Counting {
 public:
  explicit Counting(const isa::Config& config) : c_(config), words_(config) {}

  void add(const Instruction& i, const runtime::InstructionWork& done) {
    if (done.unit == isa::kUnitLoad) return load(i, done);
    if (done.active == 0) return;
    switch (done.unit) {
      case isa::kUnitStore:
        return store(i, done);
      case isa::kUnitMatrix:
        return matrix(i, done);
      default:
        return vector(i, done);
    }
  }

  /// What counters say of the whole: bytes that LOAD asked for, beats, reads of the instruction cache.
  CountedWork finish(CounterValues counters, double runs) {
    const auto of = [&](isa::Counter counter) { return static_cast<double>(counters[counter]); };
    // Rows whose bytes are patched were taken as whole beats.
    if (loaded_ > 0) {
      for (const WorkKind work :
           {WorkKind::kWriteA, WorkKind::kWriteW, WorkKind::kWriteC, WorkKind::kWriteV, WorkKind::kWriteS})
        out_[work] += loads_[work] * of(isa::kCounter_load_bytes) / loaded_;
    }
    out_[WorkKind::kBusReads] = of(isa::kCounter_read_beats) * c_.bus_bytes;
    out_[WorkKind::kBusWrites] = of(isa::kCounter_write_beats) * c_.bus_bytes +
                                 runs * static_cast<double>(sizeof(isa::CompletionRecord));
    out_[WorkKind::kWriteInstructions] =
        std::max(0.0, out_[WorkKind::kBusReads] - load_beats_ * c_.bus_bytes);
    out_[WorkKind::kReadInstructions] = words_.quad * of(isa::kCounter_cache_reads);
    return out_;
  }

 private:
  void load(const Instruction& i, const runtime::InstructionWork& done) {
    constexpr WorkKind kWrites[isa::kBuffers] = {WorkKind::kWriteA, WorkKind::kWriteW, WorkKind::kWriteC,
                                                 WorkKind::kWriteV, WorkKind::kWriteS};
    const int buffer = i.bits(isa::kHalfFlags, 0, 4);
    if (buffer >= isa::kBuffers) return;
    const auto beats = static_cast<double>(done.active);
    const bool known = !i.patched(isa::kDmaRows) && !i.patched(isa::kDmaRowBytes);
    const double bytes = known ? static_cast<double>(done.executions) * i.word(isa::kDmaRows) *
                                     i.double_word(isa::kDmaRowBytes)
                               : beats * c_.bus_bytes;
    loads_[kWrites[buffer]] += bytes;
    loaded_ += bytes;
    load_beats_ += beats;
  }

  void store(const Instruction& i, const runtime::InstructionWork& done) {
    const auto beats = static_cast<double>(done.active);
    switch (i.bits(isa::kHalfFlags, 0, 4)) {
      case isa::kBufferA:
        out_[WorkKind::kReadA] += beats * words_.a;
        break;
      case isa::kBufferV:
        out_[WorkKind::kReadV] += beats * words_.block;
        break;
      default:
        out_[WorkKind::kReadS] += beats * words_.block;
    }
  }

  /// rows x k_tiles x n_tiles x outer rows of A enter, one in each active cycle.
  void matrix(const Instruction& i, const runtime::InstructionWork& done) {
    const auto entered = static_cast<double>(done.active);
    const double others =
        static_cast<double>(done.executions) * i.word(isa::kMatrixNTiles) * i.word(isa::kMatrixOuter);
    const bool rows_known = !i.patched(isa::kMatrixRows);
    const double tiles =
        rows_known ? entered / i.word(isa::kMatrixRows) : others * i.word(isa::kMatrixKTiles);
    // Rows of sums: those that leave after the last of the k tiles.
    const double sums = !i.patched(isa::kMatrixKTiles) ? entered / i.word(isa::kMatrixKTiles)
                                                       : others * i.word(isa::kMatrixRows);
    const double last_tiles = tiles * sums / entered;
    const int flags = i.bits(isa::kHalfFlags, 0, 16);
    const double cells = static_cast<double>(c_.rows) * c_.columns, columns = c_.columns;
    const double read = (flags & isa::kMatrixFirst) != 0 ? entered - sums : entered;
    const double written = (flags & isa::kMatrixLast) != 0 ? entered - sums : entered;
    const double tile_words =
        (flags & isa::kMatrixTransposed) != 0 ? columns / c_.weight_rows : c_.w_tile_words();
    out_[WorkKind::kProducts] += entered * cells;
    // A word of a plain tile goes to one group of rows; transposed, it shifts through every cell.
    out_[WorkKind::kWeights] += tiles * ((flags & isa::kMatrixTransposed) != 0 ? tile_words * cells : cells);
    out_[WorkKind::kReadA] += entered * words_.a;
    out_[WorkKind::kReadW] += tiles * tile_words * words_.w;
    out_[WorkKind::kReadAccumulators] += read * words_.block;
    out_[WorkKind::kWriteAccumulators] += written * words_.block;
    if ((flags & isa::kMatrixLast) == 0) return;
    out_[WorkKind::kEdgeMultiplications] += 2 * sums * columns;
    out_[WorkKind::kEdgeConversions] += sums * columns;
    out_[WorkKind::kReadC] += last_tiles * words_.block;
    out_[WorkKind::kReadS] += sums * words_.block;
    out_[WorkKind::kWriteV] += sums * words_.block;
  }

  /// A step of LANES columns enters in each active cycle; a row is whole blocks of steps.
  void vector(const Instruction& i, const runtime::InstructionWork& done) {
    const auto steps = static_cast<double>(done.active);
    const double lanes = c_.lanes, groups = static_cast<double>(c_.columns) / c_.lanes;
    const bool columns_known = !i.patched(isa::kVectorColumns);
    const bool rows_known = !i.patched(isa::kVectorRows) && !i.patched(isa::kVectorOuter);
    const double known_rows =
        static_cast<double>(done.executions) * i.word(isa::kVectorRows) * i.word(isa::kVectorOuter);
    double row_steps = groups;
    if (columns_known) {
      row_steps = ceil_div(i.word(isa::kVectorColumns), c_.columns) * groups;
    } else if (rows_known) {
      row_steps = steps / known_rows;
    }
    const double rows = steps / row_steps;
    // Columns of a row that are there: of a patched number, on average half a block is not.
    const double columns = columns_known ? i.word(isa::kVectorColumns)
                                         : std::max(1.0, row_steps * lanes - (c_.columns - 1) / 2.0);
    const int destination = i.bits(isa::kVectorDest, 0, 2);
    operations(i, steps * lanes);
    streams(i, steps);
    if (destination == isa::kDestV) out_[WorkKind::kWriteV] += rows * columns * isa::kBytesPerWord;
    if (destination == isa::kDestS) out_[WorkKind::kWriteS] += rows * columns * isa::kBytesPerWord;
    if (destination == isa::kDestA) out_[WorkKind::kWriteA] += steps * lanes;
    const int reduce = i.bits(isa::kHalfFlags, 7, 3);
    if (reduce == isa::kReduceNone) return;
    out_[WorkKind::kWriteS] += rows * isa::kBytesPerWord;
    if (reduce == isa::kReduceSum) sums(static_cast<double>(done.executions), rows, row_steps, columns);
  }

  /// Arithmetic of the lanes: all of them work in a step, those past the last column too.
  void operations(const Instruction& i, double each) {
    const auto select = [&](int operand) { return i.bits(isa::kVectorSelects, 3 * operand, 3); };
    const auto adds = [&](int operand, int from) {
      return select(operand) != isa::kSelNone && i.bits(isa::kHalfFlags, from, 2) <= isa::kCombineSub;
    };
    if (i.bits(isa::kHalfFlags, 0, 1) != 0) {  // ROPE: two products and their sum
      out_[WorkKind::kMultiplications] += 2 * each;
      out_[WorkKind::kAdditions] += each;
      return;
    }
    out_[WorkKind::kMultiplications] += each * ((select(0) != isa::kSelNone) + (select(2) != isa::kSelNone));
    out_[WorkKind::kAdditions] += each * (adds(1, 2) + adds(3, 4));
    if (i.bits(isa::kHalfFlags, 10, 3) != isa::kFuncNone) out_[WorkKind::kFunctions] += each;
  }

  /// Every step reads the whole word that its columns are in.
  void streams(const Instruction& i, double steps) {
    bool uses[isa::kSelImm1 + 1] = {};
    for (int operand = 0; operand < 4; ++operand) {
      const int select = i.bits(isa::kVectorSelects, 3 * operand, 3);
      if (select <= isa::kSelImm1) uses[select] = true;
    }
    uses[isa::kSelU] |= i.bits(isa::kHalfFlags, 0, 1) != 0;
    const int a_space = i.bits(isa::kVectorSelects, 12, 2), u_space = i.bits(isa::kVectorSelects, 14, 2);
    const auto read = [&](int space) {
      if (space == isa::kSpaceV) out_[WorkKind::kReadV] += steps * words_.block;
      if (space == isa::kSpaceS) out_[WorkKind::kReadS] += steps * words_.block;
      if (space == isa::kSpaceA) out_[WorkKind::kReadA] += steps * words_.a;
    };
    read(a_space);
    if (uses[isa::kSelU]) read(u_space);
    out_[WorkKind::kReadS] += steps * words_.block * (uses[isa::kSelS0] + uses[isa::kSelS1]);
  }

  /// Additions of the sums of `rows` rows (heddle_vector_reduce). Level k of the tree joins neighbours 2^k
  /// columns apart: over the lanes in every step, further ones once for two values that arrive, a lone last
  /// one too. A sum is taken at the first level where it stands alone and climbs on, a level in four cycles,
  /// until the last sum of its instruction has been taken for two cycles. Blocks of 256 are then added up.
  void sums(double executions, double rows, double row_steps, double columns) {
    constexpr int kLevels = 8;
    const double instruction_rows = rows / executions, present = ceil_div(columns, c_.lanes);
    const double whole = std::min(columns, 1.0 * (1 << kLevels));
    double sum = ceil_div(columns, 1 << kLevels) - 1;
    int taken = 0;
    while ((1 << taken) < whole) ++taken;
    double climbing = 0;
    for (int k = 0; k < kLevels; ++k) {
      const double nodes = std::max(1.0, c_.lanes / std::exp2(k + 1));
      if (k < taken) {
        const double values = std::exp2(k + 1) <= c_.lanes ? present : columns / std::exp2(k + 1);
        sum += nodes * std::ceil(values);
      } else {
        const double late = std::ceil((4.0 * (k - taken) - 2) / row_steps);
        climbing += nodes * std::max(0.0, instruction_rows - std::max(0.0, late));
      }
    }
    out_[WorkKind::kAdditions] += rows * sum + executions * climbing;
  }

  isa::Config c_;
  Words words_;
  CountedWork out_, loads_;  // loads_: what LOAD writes, before the counter of its bytes is known
  double loaded_ = 0, load_beats_ = 0;
};

}  // namespace

CountedWork counted_work(const runtime::Timeline& timeline, const isa::Image& image, CounterValues counters) {
  Counting counting(image.config);
  for (const auto& [name, work] : timeline.work()) {
    const isa::ImageProgram& program = image.program(name);
    for (const auto& [pc, done] : work) counting.add(Instruction(image, program, pc), done);
  }
  return counting.finish(counters, static_cast<double>(timeline.runs()));
}

}  // namespace heddle::eval
