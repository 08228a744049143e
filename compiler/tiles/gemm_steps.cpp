#include "compiler/tiles/gemm_steps.hpp"

#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/unit_costs.hpp"

namespace heddle::tiles {
namespace {

// Streams: LOAD and VECTOR have two.
enum : int { kRowsIn, kWeightsIn, kProducts, kMagnitudes, kQuantised, kOut };

class Steps {
 public:
  explicit Steps(const GemmPlan& plan)
      : plan_(plan), config_(plan.config), tiling_(plan.tiling), layout_(plan.layout) {
    slot_user_.assign(static_cast<std::size_t>(std::max(1, tiling_.slots)), -1);
  }

  GemmSteps build() {
    for (chunk_ = 0; chunk_ < static_cast<int>(tiling_.chunks.size()); ++chunk_) chunk();
    return std::move(out_);
  }

 private:
  struct Chunk {
    int last_product = -1, last_quantised = -1, last_store = -1;
  };

  int rows() const { return tiling_.chunks[static_cast<std::size_t>(chunk_)]; }
  bool last_chunk() const { return chunk_ + 1 == static_cast<int>(tiling_.chunks.size()); }
  const Chunk* before(int distance) const {
    return chunk_ >= distance ? &chunks_[static_cast<std::size_t>(chunk_ - distance)] : nullptr;
  }

  int add(GemmStep step, int unit, int stream, std::int64_t cycles, std::vector<int> after,
          std::int64_t bus = 0) {
    std::erase(after, -1);
    step.chunk = chunk_;
    out_.steps.push_back(step);
    out_.work.push_back({unit, stream, cycles + bus, bus, products_, std::move(after)});
    return static_cast<int>(out_.steps.size()) - 1;
  }

  std::int64_t beats(std::int64_t lines, std::int64_t bytes) const {
    return bus_beats(config_, lines, bytes);
  }

  // --- one chunk of rows ---
  void chunk() {
    chunks_.emplace_back();
    loaded_k_ = 0;
    parts_ = 0;
    const int k = layout_.k_tiles, n = layout_.n_tiles;
    const bool progressive = chunk_ == 0;
    if (tiling_.resident && !progressive) {
      const int tail = last_chunk() && tiling_.tail_tiles > 0 ? std::min(tiling_.tail_tiles, n - 1) : 0;
      product({.n0 = 0, .n1 = n - tail, .k1 = k});
      if (tail > 0) product({.n0 = n - tail, .n1 = n, .k1 = k});
    } else {
      for (int n0 = 0; n0 < n; n0 += tiling_.group) {
        for (int k0 = 0; k0 < k; k0 += tiling_.slice) {
          unit({.n0 = n0,
                .n1 = std::min(n, n0 + tiling_.group),
                .k0 = k0,
                .k1 = std::min(k, k0 + tiling_.slice)});
        }
      }
    }
    finish();
  }

  /// What one slot holds.
  void unit(GemmStep piece) {
    if (tiling_.resident) {
      piece.slot = 0;
    } else {
      piece.slot = static_cast<int>(units_++ % static_cast<std::int64_t>(tiling_.slots));
      piece.slot_n0 = piece.n0;
      piece.slot_k0 = piece.k0;
    }
    const int user = slot_user_[static_cast<std::size_t>(piece.slot)];
    slot_free_ = tiling_.resident ? -1 : user;
    const bool whole_k = piece.k0 == 0 && piece.k1 == layout_.k_tiles;
    weights_ = -1;
    if (chunk_ > 0) load_weights(piece);
    int n0 = piece.n0;
    if (chunk_ == 0 && n0 == 0 && whole_k) n0 = begin_with_slices(piece);
    const int tail = last_chunk() && piece.n1 == layout_.n_tiles && whole_k ? tiling_.tail_tiles : 0;
    const int cut = tail > 0 && piece.n1 - tail > n0 ? piece.n1 - tail : piece.n1;
    for (const auto& [from, to] : {std::pair{n0, cut}, std::pair{cut, piece.n1}}) {
      if (from >= to) continue;
      GemmStep part = piece;
      part.n0 = from;
      part.n1 = to;
      if (chunk_ == 0) load_weights(part);
      product(part);
    }
    slot_user_[static_cast<std::size_t>(piece.slot)] = chunks_.back().last_product;
  }

  // The very first rows and weights come in pieces along K, the first of them small, so that MATRIX starts
  // early; sums wait in the accumulators. Returns the first column of tiles that is left.
  int begin_with_slices(const GemmStep& piece) {
    const int k = layout_.k_tiles, unit = gemm_slice_unit(config_);
    const int fit = static_cast<int>(config_.acc_rows()) / rows();
    if (fit < 1 || tiling_.first_slice >= k) return piece.n0;
    GemmStep part = piece;
    part.n1 = std::min(piece.n1, piece.n0 + fit);
    int slice = round_up(tiling_.first_slice, unit);
    for (int k0 = 0; k0 < k; slice *= 2) {
      part.k0 = k0;
      part.k1 = k - k0 < 2 * slice ? k : k0 + slice;
      load_weights(part);
      product(part);
      k0 = part.k1;
    }
    return part.n1;
  }

  void load_weights(const GemmStep& piece) {
    GemmStep step = piece;
    const std::int64_t tile = std::int64_t{config_.rows} * config_.columns;
    load_rows(piece.k1);
    step.work = GemmWork::kLoadWeights;
    weights_ = add(step, isa::kUnitLoad, kWeightsIn, kLoadOverhead, {slot_free_},
                   beats(step.n1 - step.n0, (step.k1 - step.k0) * tile));
    if (piece.k1 != layout_.k_tiles) return;
    step.work = GemmWork::kLoadColumnScales;
    weights_ = add(step, isa::kUnitLoad, kWeightsIn, kLoadOverhead, {slot_free_},
                   beats(1, std::int64_t{step.n1 - step.n0} * config_.block_bytes()));
  }

  /// The chunk's activations up to that k-tile; all of them but in the first chunk.
  void load_rows(int k1) {
    if (loaded_k_ >= k1) return;
    if (chunk_ > 0) k1 = layout_.k_tiles;
    const Chunk* old = before(2);  // its place is taken
    GemmStep step{.work = GemmWork::kLoadRows, .k0 = loaded_k_, .k1 = k1, .rows = rows()};
    const std::int64_t bytes = k1 == layout_.k_tiles ? static_cast<std::int64_t>(layout_.a_row) -
                                                           std::int64_t{step.k0} * config_.rows
                                                     : std::int64_t{k1 - step.k0} * config_.rows;
    rows_in_ = add(step, isa::kUnitLoad, kRowsIn, kLoadOverhead,
                   {old ? old->last_store : -1, old ? old->last_product : -1}, beats(rows(), bytes));
    loaded_k_ = k1;
    if (k1 != layout_.k_tiles) return;
    step.work = GemmWork::kLoadRowScales;
    rows_in_ = add(step, isa::kUnitLoad, kRowsIn, kLoadOverhead, {old ? old->last_product : -1},
                   beats(1, 4 * std::int64_t{rows()}));
  }

  void product(GemmStep step) {
    load_rows(step.k1);
    step.work = GemmWork::kMultiply;
    step.rows = rows();
    const std::int64_t tiles = std::int64_t{step.n1 - step.n0} * (step.k1 - step.k0);
    const Chunk* old = before(tiling_.v_sets);  // whose results stood where these will
    const int index = add(step, isa::kUnitMatrix, kProducts, product_cycles(config_, tiles, rows(), false),
                          {weights_, rows_in_, old ? old->last_quantised : -1});
    chunks_.back().last_product = index;
    ++products_;
    if (step.k1 == layout_.k_tiles) magnitude(step, index);
  }

  // --- vector work ---
  std::int64_t passes(std::int64_t lines, std::int64_t columns) const {
    return lines * ceil_div(columns, std::int64_t{config_.lanes}) + kVectorOverhead;
  }

  void magnitude(GemmStep step, int after) {
    step.work = GemmWork::kMagnitude;
    step.part = parts_++;
    const std::int64_t columns = std::int64_t{step.n1 - step.n0} * config_.columns;
    add(step, isa::kUnitVector, kMagnitudes, passes(rows(), columns), {after});
    if (step.part == 0) return;
    step.work = GemmWork::kJoin;
    add(step, isa::kUnitVector, kMagnitudes, passes(rows(), 1), {});
  }

  void finish() {
    Chunk& chunk = chunks_.back();
    GemmStep step{.work = GemmWork::kInvert, .n1 = layout_.n_tiles, .rows = rows(), .part = parts_ - 1};
    const int inverted = add(step, isa::kUnitVector, kMagnitudes, passes(rows(), 1), {});
    // What depends on the magnitudes may be many pieces later in the order of streams.
    int pieces = last_chunk() ? ceil_div(rows(), tiling_.quantise_rows) : 1;
    const int size = ceil_div(rows(), pieces);
    std::vector<int> stores;
    for (int row = 0; row < rows(); row += size) {
      step.row0 = row;
      step.rows = std::min(size, rows() - row);
      step.work = GemmWork::kQuantise;
      chunk.last_quantised =
          add(step, isa::kUnitVector, kQuantised,
              kVectorLatency - kVectorOverhead + passes(step.rows, plan_.shape.n), {inverted});
      step.work = GemmWork::kStoreRows;
      chunk.last_store = add(step, isa::kUnitStore, kOut, kStoreOverhead, {chunk.last_quantised},
                             beats(step.rows, plan_.shape.n));
      if (row != 0) continue;
      // The scales go out behind the first rows.
      GemmStep scales = step;
      scales.work = GemmWork::kStoreScales;
      scales.row0 = 0;
      scales.rows = rows();
      chunk.last_store =
          add(scales, isa::kUnitStore, kOut, kStoreOverhead, {inverted}, beats(1, 4 * std::int64_t{rows()}));
    }
  }

  const GemmPlan& plan_;
  const isa::Config& config_;
  const GemmTiling& tiling_;
  const GemmLayout& layout_;
  GemmSteps out_;
  std::vector<Chunk> chunks_;
  std::vector<int> slot_user_;  // the last product from each slot
  int chunk_ = 0, loaded_k_ = 0, parts_ = 0;
  int weights_ = -1, rows_in_ = -1, slot_free_ = -1;
  std::int64_t units_ = 0, products_ = 0;
};

}  // namespace

int gemm_slice_unit(const isa::Config& config) {
  return static_cast<int>(std::max(config.columns, config.bus_bytes) / config.rows);
}

std::uint32_t gemm_slot_column(const GemmPlan& plan) {
  const std::uint32_t bytes =
      static_cast<std::uint32_t>(plan.tiling.slice) * plan.config.rows * plan.config.columns;
  return round_up(bytes, std::max(plan.config.bus_bytes, plan.config.w_word_bytes())) /
         plan.config.w_word_bytes();
}

GemmSteps gemm_steps(const GemmPlan& plan) { return Steps(plan).build(); }

}  // namespace heddle::tiles
