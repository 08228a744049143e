// Writes the tile program of a matrix product: the pieces of work in the order of their schedule.
//
// Chunks of rows alternate between the banks of A. A chunk's output takes the place of its activations as
// soon as MATRIX is through with them, so that VECTOR and STORE work in one bank while MATRIX reads the
// other. LOAD writes bank 1 of S, VECTOR bank 0. Only VECTOR reads V.
#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/builder.hpp"
#include "compiler/tiles/gemm.hpp"
#include "compiler/tiles/gemm_steps.hpp"
#include "compiler/tiles/verify.hpp"
#include "isa/image.hpp"
#include "isa/program.hpp"

namespace heddle::tiles {
namespace {

enum : int { kTagNone, kTagLoad, kTagMultiply, kTagQuantise, kTagStore };
enum : int { kJoined0, kJoined1, kToJoin, kInverse, kArrays };

class GemmLowering {
 public:
  GemmLowering(const GemmPlan& plan, const Module& module)
      : plan_(plan),
        config_(plan.config),
        layout_(plan.layout),
        module_(module),
        b_(plan.config, kGemmProgram) {
    int row0 = 0;
    for (const int rows : plan.tiling.chunks) {
      first_row_.push_back(row0);
      row0 += rows;
    }
    regions();
  }

  Program build() {
    const GemmSteps steps = gemm_steps(plan_);
    const UnitSchedule schedule = schedule_units(steps.work);
    const std::vector<UnitTokens> tokens = assign_tokens(steps.work, schedule.order);
    activations_ = base(kGemmActivations);
    weights_ = base(kGemmWeights);
    column_scales_ = base(kGemmColumnScales);
    row_scales_ = base(kGemmRowScales);
    output_ = base(kGemmOutput);
    output_scales_ = base(kGemmOutputScales);
    for (const int index : schedule.order) {
      tokens_ = tokens[static_cast<std::size_t>(index)];
      step(steps.steps[static_cast<std::size_t>(index)]);
    }
    return b_.take();
  }

 private:
  void regions() {
    const GemmTiling& tiling = plan_.tiling;
    const auto rows =
        static_cast<std::uint32_t>(*std::max_element(tiling.chunks.begin(), tiling.chunks.end()));
    const std::uint32_t a_units =
        rows * static_cast<std::uint32_t>(std::max(layout_.a_row, layout_.d_row)) / config_.columns;
    const std::uint32_t bus_words = std::max(1u, config_.bus_bytes / isa::kBytesPerWord);
    const std::uint32_t scales = round_up(rows + bus_words - 1, bus_words);
    const std::uint32_t s_bank = config_.s_words() / isa::kScalarBanks;
    for (std::uint32_t i = 0; i < 2; ++i) {
      const std::string name = std::to_string(i);
      rows_.push_back(b_.region("rows" + name, Memory::kA, i * config_.a_bank_blocks(), a_units));
      scales_.push_back(b_.region("row_scales" + name, Memory::kS, s_bank + i * scales, scales));
      for (std::uint32_t j = 0; j < kArrays; ++j) {
        constexpr const char* kNames[] = {"magnitude", "magnitude_other", "magnitude_part", "inverse"};
        arrays_.push_back(b_.region(kNames[j] + name, Memory::kS, (i * kArrays + j) * scales, scales));
      }
    }
    const auto sets = static_cast<std::uint32_t>(tiling.v_sets);
    for (std::uint32_t i = 0; i < sets; ++i) {
      const std::uint32_t size = config_.v_blocks() / sets;
      results_.push_back(b_.region("results" + std::to_string(i), Memory::kV, i * size, size));
    }
    const std::uint32_t group = static_cast<std::uint32_t>(tiling.resident ? layout_.n_tiles : tiling.group);
    const std::uint32_t words = group * gemm_slot_column(plan_);
    for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(tiling.slots); ++i) {
      slot_words_.push_back(b_.region("weights" + std::to_string(i), Memory::kW, i * words, words));
      slot_scales_.push_back(b_.region("scales" + std::to_string(i), Memory::kC, i * group, group));
    }
  }

  Reg base(const char* name) {
    const Reg reg = b_.plain_register(name);
    b_.argument(reg, isa::kArgumentArena);
    b_.scalar(isa::kOpAdd, reg, reg, 0, module_.segment(name));
    return reg;
  }

  int parity(const GemmStep& s) const { return s.chunk % 2; }
  std::int64_t row0(const GemmStep& s) const {
    return first_row_[static_cast<std::size_t>(s.chunk)] + s.row0;
  }
  /// Words by which a row's scalars lie behind the start of their arrays: as in memory, modulo the bus.
  std::int64_t phase(const GemmStep& s) const {
    const std::int64_t bus_words = std::max(1u, config_.bus_bytes / isa::kBytesPerWord);
    return first_row_[static_cast<std::size_t>(s.chunk)] % bus_words + s.row0;
  }
  Value scalars(const GemmStep& s, int array) const {
    return {arrays_[static_cast<std::size_t>(parity(s) * kArrays + array)], phase(s)};
  }
  /// Of part `part`: the magnitudes of all parts up to it.
  static int joined(int part) { return part % 2 == 0 ? kJoined0 : kJoined1; }
  Value results(const GemmStep& s) const {
    return {results_[static_cast<std::size_t>(s.chunk % plan_.tiling.v_sets)],
            std::int64_t{s.row0} * layout_.n_tiles + s.n0};
  }
  std::int64_t a_blocks() const { return static_cast<std::int64_t>(layout_.a_row) / config_.columns; }
  std::int64_t d_blocks() const { return static_cast<std::int64_t>(layout_.d_row) / config_.columns; }

  void step(const GemmStep& s) {
    switch (s.work) {
      case GemmWork::kLoadRows:
        return load_rows(s);
      case GemmWork::kLoadRowScales:
        return load_row_scales(s);
      case GemmWork::kLoadWeights:
        return load_weights(s);
      case GemmWork::kLoadColumnScales:
        return load_column_scales(s);
      case GemmWork::kMultiply:
        return multiply(s);
      case GemmWork::kMagnitude:
        return magnitude(s);
      case GemmWork::kJoin:
        return join(s);
      case GemmWork::kInvert:
        return invert(s);
      case GemmWork::kQuantise:
        return quantise(s);
      case GemmWork::kStoreRows:
        return store_rows(s);
      case GemmWork::kStoreScales:
        return store_scales(s);
    }
  }

  void load_rows(const GemmStep& s) {
    const auto row = static_cast<std::int64_t>(layout_.a_row);
    const std::int64_t begin = std::int64_t{s.k0} * config_.rows;
    const std::int64_t end = s.k1 == layout_.k_tiles ? row : std::int64_t{s.k1} * config_.rows;
    const bool whole = end - begin == row;  // then one piece of memory
    Dma op{.tag = kTagLoad, .buffer = isa::kBufferA, .base = activations_};
    op.rows = whole ? 1 : s.rows;
    op.row_bytes = whole ? row * s.rows : end - begin;
    op.mem_offset = row0(s) * row + begin;
    op.mem_stride = whole ? 0 : row;
    op.local = Value(rows_[static_cast<std::size_t>(parity(s))], begin);
    op.local_stride = whole ? 0 : row;
    load(op);
  }

  void load_row_scales(const GemmStep& s) {
    load({.tag = kTagLoad,
          .buffer = isa::kBufferS,
          .base = row_scales_,
          .row_bytes = std::int64_t{s.rows} * isa::kBytesPerWord,
          .mem_offset = row0(s) * isa::kBytesPerWord,
          .local = b_.bytes_of(scales_[static_cast<std::size_t>(parity(s))], phase(s))});
  }

  void load_weights(const GemmStep& s) {
    const std::int64_t tile = std::int64_t{config_.rows} * config_.columns;
    const std::int64_t pitch = std::int64_t{gemm_slot_column(plan_)} * config_.w_word_bytes();
    const auto column = static_cast<std::int64_t>(layout_.w_column);
    const std::int64_t bytes = s.k1 == layout_.k_tiles ? column - s.k0 * tile : (s.k1 - s.k0) * tile;
    const std::int64_t count = s.n1 - s.n0;
    const bool whole = bytes == column && pitch == column;
    Dma op{.tag = kTagLoad, .buffer = isa::kBufferW, .base = weights_};
    op.rows = whole ? 1 : count;
    op.row_bytes = whole ? count * column : bytes;
    op.mem_offset = s.n0 * column + s.k0 * tile;
    op.mem_stride = whole || count == 1 ? 0 : column;
    op.local = Value(slot_words_[static_cast<std::size_t>(s.slot)],
                     (s.n0 - s.slot_n0) * pitch + (s.k0 - s.slot_k0) * tile);
    op.local_stride = whole || count == 1 ? 0 : pitch;
    load(op);
  }

  void load_column_scales(const GemmStep& s) {
    const std::int64_t block = config_.block_bytes();
    load({.tag = kTagLoad,
          .buffer = isa::kBufferC,
          .base = column_scales_,
          .row_bytes = (s.n1 - s.n0) * block,
          .mem_offset = s.n0 * block,
          .local = b_.bytes_of(slot_scales_[static_cast<std::size_t>(s.slot)], s.n0 - s.slot_n0)});
  }

  void multiply(const GemmStep& s) {
    const std::int64_t tile = config_.w_tile_words(), column = gemm_slot_column(plan_);
    const std::int64_t count = s.n1 - s.n0;
    MatrixOp op;
    op.tag = kTagMultiply;
    op.rows = s.rows;
    op.k_tiles = s.k1 - s.k0;
    op.n_tiles = count;
    op.a = {{rows_[static_cast<std::size_t>(parity(s))], std::int64_t{s.k0} * config_.rows / config_.columns},
            a_blocks()};
    op.w = {{slot_words_[static_cast<std::size_t>(s.slot)],
             (s.n0 - s.slot_n0) * column + (s.k0 - s.slot_k0) * tile},
            tile,
            count == 1 ? 0 : column};
    op.first = s.k0 == 0;
    op.last = s.k1 == layout_.k_tiles;
    op.acc_n = op.first && op.last ? 0 : s.rows;
    if (op.last) {
      op.scale = {{slot_scales_[static_cast<std::size_t>(s.slot)], s.n0 - s.slot_n0},
                  0,
                  {scales_[static_cast<std::size_t>(parity(s))], phase(s)},
                  1};
      op.d = {results(s), layout_.n_tiles};
    }
    op.wait = tokens_.wait;
    op.signal = tokens_.signal;
    b_.matrix(op);
  }

  std::int64_t columns_of(const GemmStep& s) const {
    return std::min(plan_.shape.n, std::int64_t{s.n1} * config_.columns) -
           std::int64_t{s.n0} * config_.columns;
  }

  void magnitude(const GemmStep& s) {
    vector({.tag = kTagQuantise,
            .columns = columns_of(s),
            .rows = s.rows,
            .a = {isa::kSpaceV, results(s), layout_.n_tiles},
            .reduce = isa::kReduceAbsMax,
            .red = scalars(s, s.part == 0 ? joined(0) : kToJoin),
            .s_row = 1});
  }

  // max(max(0, s0), s1)
  void join(const GemmStep& s) {
    vector({.tag = kTagQuantise,
            .rows = s.rows,
            .a = {isa::kSpaceConst},
            .pre_add = isa::kSelS0,
            .pre = isa::kCombineMax,
            .post_add = isa::kSelS1,
            .post = isa::kCombineMax,
            .reduce = isa::kReduceAbsMax,
            .s0 = scalars(s, joined(s.part - 1)),
            .s1 = scalars(s, kToJoin),
            .red = scalars(s, joined(s.part)),
            .s_row = 1});
  }

  // (1 / (1 * magnitude)) * 127
  void invert(const GemmStep& s) {
    vector({.tag = kTagQuantise,
            .rows = s.rows,
            .a = {isa::kSpaceConst},
            .pre_mul = isa::kSelS0,
            .function = isa::kFuncReciprocal,
            .post_mul = isa::kSelImm1,
            .reduce = isa::kReduceSum,
            .s0 = scalars(s, joined(s.part)),
            .red = scalars(s, kInverse),
            .s_row = 1,
            .imm0 = 1.0f,
            .imm1 = 127.0f});
  }

  Value output_rows(const GemmStep& s, std::int64_t unit) const {
    return {rows_[static_cast<std::size_t>(parity(s))], s.row0 * unit};
  }

  void quantise(const GemmStep& s) {
    vector({.tag = kTagQuantise,
            .columns = plan_.shape.n,
            .rows = s.rows,
            .a = {isa::kSpaceV, results(s), layout_.n_tiles},
            .pre_mul = isa::kSelS0,
            .s0 = scalars(s, kInverse),
            .s_row = 1,
            .d = Stream{isa::kSpaceA, output_rows(s, d_blocks()), d_blocks()}});
  }

  void store_rows(const GemmStep& s) {
    const auto row = static_cast<std::int64_t>(layout_.d_row);
    const std::int64_t used = std::int64_t{layout_.n_tiles} * config_.columns;
    const bool whole = used == row;
    Dma op{.tag = kTagStore, .buffer = isa::kBufferA, .base = output_};
    op.rows = whole ? 1 : s.rows;
    op.row_bytes = whole ? row * s.rows : used;
    op.mem_offset = row0(s) * row;
    op.mem_stride = whole ? 0 : row;
    op.local = output_rows(s, row);
    op.local_stride = whole ? 0 : row;
    store(op);
  }

  void store_scales(const GemmStep& s) {
    const Value place = scalars(s, joined(s.part));
    store({.tag = kTagStore,
           .buffer = isa::kBufferS,
           .base = output_scales_,
           .row_bytes = std::int64_t{s.rows} * isa::kBytesPerWord,
           .mem_offset = row0(s) * isa::kBytesPerWord,
           .local = b_.bytes_of(place.region, place.constant)});
  }

  void load(Dma op) {
    op.wait = tokens_.wait;
    op.signal = tokens_.signal;
    b_.load(op);
  }
  void store(Dma op) {
    op.wait = tokens_.wait;
    op.signal = tokens_.signal;
    b_.store(op);
  }
  void vector(VectorOp op) {
    op.wait = tokens_.wait;
    op.signal = tokens_.signal;
    b_.vector(op);
  }

  const GemmPlan& plan_;
  const isa::Config& config_;
  const GemmLayout& layout_;
  const Module& module_;
  Builder b_;
  UnitTokens tokens_;
  std::vector<int> first_row_;  // of each chunk
  std::vector<int> rows_, scales_, arrays_, results_, slot_words_, slot_scales_;
  Reg activations_, weights_, column_scales_, row_scales_, output_, output_scales_;
};

}  // namespace

Module lower_gemm(const GemmPlan& plan) {
  const auto m = static_cast<std::uint64_t>(plan.shape.m),
             tiles = static_cast<std::uint64_t>(plan.layout.n_tiles);
  const std::uint64_t word = isa::kBytesPerWord;
  Module module;
  module.config = plan.config;
  module.operations = {"", "load", "multiply", "quantise", "store"};
  module.segments = {
      {kGemmActivations, m * plan.layout.a_row},      {kGemmRowScales, m * word},
      {kGemmWeights, tiles * plan.layout.w_column},   {kGemmColumnScales, tiles * plan.config.block_bytes()},
      {kGemmOutput, m * plan.layout.d_row, true},     {kGemmOutputScales, m * word, true},
      {"record", sizeof(isa::CompletionRecord), true}};
  module.programs.push_back(GemmLowering(plan, module).build());
  verify(module);
  return module;
}

}  // namespace heddle::tiles
