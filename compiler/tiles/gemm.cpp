#include "compiler/tiles/gemm.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <stdexcept>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/gemm_steps.hpp"

namespace heddle::tiles {
namespace {

constexpr std::int64_t kMostExtent = 1 << 20;  // fields of rows and strides hold 16 bits
constexpr int kMagnitudeArrays = 4;            // of a chunk in S: two joined ones, one to join, inverses

GemmLayout lay_out(const GemmShape& shape, const isa::Config& config) {
  for (const auto& [name, extent] : {std::pair{"M", shape.m}, {"N", shape.n}, {"K", shape.k}}) {
    if (extent < 1 || extent > kMostExtent) {
      throw std::runtime_error(
          fmt::format("gemm: {} is {}, it must be from 1 to {}", name, extent, kMostExtent));
    }
  }
  const std::int64_t line = std::max(config.columns, config.bus_bytes);
  GemmLayout out;
  out.k_tiles = static_cast<int>(ceil_div(shape.k, std::int64_t{config.rows}));
  out.n_tiles = static_cast<int>(ceil_div(shape.n, std::int64_t{config.columns}));
  out.a_row = static_cast<std::uint64_t>(round_up(shape.k, line));
  out.d_row = static_cast<std::uint64_t>(round_up(shape.n, line));
  out.w_column = round_up(static_cast<std::uint64_t>(out.k_tiles) * config.rows * config.columns,
                          std::uint64_t{std::max(config.bus_bytes, config.w_word_bytes())});
  return out;
}

/// Rows that a bank's or a memory's part of `bytes` holds, `row` bytes each.
std::int64_t fit(std::uint64_t bytes, std::uint64_t row) { return static_cast<std::int64_t>(bytes / row); }

class Search {
 public:
  Search(const GemmShape& shape, const isa::Config& config) {
    plan_.config = config;
    plan_.shape = shape;
    plan_.layout = lay_out(shape, config);
  }

  // One choice after the other, each with the best of the others so far; two rounds.
  GemmPlan run() {
    choose_weights();
    try_it(choices_);
    for (int round = 0; round < 2; ++round) {
      vary(&Choices::chunks, {0, 1, 2, 3});
      vary(&Choices::tail_rows, {0, 4, 8, 12, 16, 20, 24, 32, 48, 64, 96, 128});
      vary(&Choices::group, groups_);
      vary(&Choices::v_sets, {2, 1});
      vary(&Choices::first_slice, {1, 2, 4, 8});
      vary(&Choices::tail_tiles, {0, 1, 2, 3, 4});
      vary(&Choices::pieces, {1, 2, 3, 4, 6});
    }
    plan_.tiling = best_tiling_;
    plan_.predicted_cycles = best_;
    return std::move(plan_);
  }

 private:
  struct Choices {
    int chunks = 0;      // beyond the fewest
    int tail_rows = 16;  // of the last chunk; 0: like the others
    int group = 1;       // columns of tiles
    int v_sets = 2;
    int first_slice = 4;  // in units of a slice
    int tail_tiles = 2;
    int pieces = 4;  // in which the last chunk is quantised
    bool operator==(const Choices&) const = default;
  };

  // Whether W holds everything; else the slices of K and the groups of columns that two slots hold.
  void choose_weights() {
    const isa::Config& config = plan_.config;
    GemmTiling& tiling = plan_.tiling;
    const GemmLayout& layout = plan_.layout;
    const std::uint64_t all = layout.w_column * static_cast<std::uint64_t>(layout.n_tiles);
    tiling.resident = all <= config.w_bytes && layout.n_tiles <= static_cast<int>(config.c_blocks());
    const std::uint64_t half = config.w_bytes / 2;
    tiling.slice = layout.k_tiles;
    if (!tiling.resident && layout.w_column > half) {
      const int unit = gemm_slice_unit(config);
      const int most = static_cast<int>(half / (std::uint64_t{config.rows} * config.columns)) / unit * unit;
      const int slices = ceil_div(layout.k_tiles, std::max(most, 1));
      tiling.slice = round_up(ceil_div(layout.k_tiles, slices), unit);
      if (most < unit) throw std::runtime_error("gemm: W does not hold two slices of K: enlarge w_bytes");
    }
    int most = layout.n_tiles;
    if (!tiling.resident) {
      const std::uint64_t column = std::uint64_t{gemm_slot_column(plan_)} * config.w_word_bytes();
      most = std::min({most, static_cast<int>(half / column), static_cast<int>(config.c_blocks() / 2)});
    }
    for (int group = 1; group < most; group = group < 4 ? group + 1 : group + group / 2)
      groups_.push_back(group);
    groups_.push_back(most);
    choices_.group = std::max(1, most / 2);
  }

  /// Most rows at a time; `what` names the memory that limits them.
  std::int64_t most_rows(const Choices& choices, const char** what) const {
    const isa::Config& config = plan_.config;
    const GemmLayout& layout = plan_.layout;
    std::int64_t most = 65535;
    const auto limit = [&](std::int64_t rows, const char* memory) {
      if (rows < most) {
        most = rows;
        *what = memory;
      }
    };
    const std::uint64_t bus_words = std::max(1u, config.bus_bytes / isa::kBytesPerWord);
    const std::uint64_t s_bank = config.s_words() / isa::kScalarBanks;
    limit(fit(config.a_bytes / isa::kActivationBanks, std::max(layout.a_row, layout.d_row)), "a");
    limit(fit(config.v_blocks() / static_cast<std::uint64_t>(choices.v_sets),
              static_cast<std::uint64_t>(layout.n_tiles)),
          "v");
    limit(config.acc_rows(), "acc");
    limit(fit(s_bank, 2 * kMagnitudeArrays) / static_cast<std::int64_t>(bus_words) *
                  static_cast<std::int64_t>(bus_words) -
              static_cast<std::int64_t>(bus_words),
          "s");
    if (plan_.tiling.slice < layout.k_tiles) limit(config.acc_rows() / choices.group, "acc");
    return most;
  }

  bool tile(const Choices& choices, GemmTiling* out) const {
    const char* what = "";
    const std::int64_t most = most_rows(choices, &what), m = plan_.shape.m;
    if (most < 1) return false;
    *out = plan_.tiling;
    out->v_sets = choices.v_sets;
    out->group = choices.group;
    out->first_slice = choices.first_slice * gemm_slice_unit(plan_.config);
    out->tail_tiles = choices.tail_tiles;
    if (!out->resident) {
      const std::uint32_t column = gemm_slot_column(plan_);
      const std::uint32_t by_words =
          plan_.config.w_words() / (column * static_cast<std::uint32_t>(choices.group));
      const std::uint32_t by_scales = plan_.config.c_blocks() / static_cast<std::uint32_t>(choices.group);
      out->slots = static_cast<int>(std::min({by_words, by_scales, 8u}));
      if (out->slots < 2) return false;
    } else {
      out->slots = 1;
    }
    const std::int64_t tail = std::min<std::int64_t>(choices.tail_rows, most);
    const std::int64_t rest = tail > 0 && m > tail ? m - tail : m;
    const std::int64_t count = std::min(rest, ceil_div(rest, most) + choices.chunks);
    out->chunks.clear();
    for (std::int64_t i = 0; i < count; ++i) {
      // The longer ones first.
      out->chunks.push_back(static_cast<int>(rest / count + (i < rest % count ? 1 : 0)));
    }
    if (rest < m) out->chunks.push_back(static_cast<int>(tail));
    out->quantise_rows = ceil_div(out->chunks.back(), choices.pieces);
    return true;
  }

  void try_it(const Choices& choices) {
    GemmTiling tiling;
    if (!tile(choices, &tiling)) return;
    GemmPlan plan = plan_;
    plan.tried.clear();
    plan.tiling = tiling;
    const GemmSteps steps = gemm_steps(plan);
    const std::int64_t cycles = schedule_units(steps.work).cycles;
    plan_.tried.push_back({tiling, cycles});
    if (best_ != 0 && cycles >= best_) return;
    best_ = cycles;
    best_tiling_ = std::move(tiling);
    choices_ = choices;
  }

  void vary(int Choices::*choice, const std::vector<int>& values) {
    for (const int value : values) {
      Choices choices = choices_;
      if (choices.*choice == value) continue;
      choices.*choice = value;
      try_it(choices);
    }
    if (best_ != 0) return;
    const char* what = "";
    if (most_rows(choices_, &what) < 1) {
      throw std::runtime_error(fmt::format(
          "gemm: one row of {}x{}x{} does not fit memory {}: enlarge {}_bytes in the configuration",
          plan_.shape.m, plan_.shape.n, plan_.shape.k, what, what));
    }
  }

  GemmPlan plan_;
  Choices choices_;
  std::vector<int> groups_;
  std::int64_t best_ = 0;
  GemmTiling best_tiling_;
};

}  // namespace

std::string GemmCandidate::text() const {
  return fmt::format(
      "rows {} v_sets {} group {} slice {} slots {} resident {} first_slice {} tail_tiles {} "
      "quantise_rows {}: {} cycles",
      fmt::join(tiling.chunks, ","), tiling.v_sets, tiling.group, tiling.slice, tiling.slots,
      tiling.resident ? 1 : 0, tiling.first_slice, tiling.tail_tiles, tiling.quantise_rows, cycles);
}

GemmPlan plan_gemm(const GemmShape& shape, const isa::Config& config) { return Search(shape, config).run(); }

std::vector<std::uint8_t> pack_gemm_weights(const GemmPlan& plan, const std::vector<std::int8_t>& weights) {
  const std::uint64_t columns = plan.config.columns;
  std::vector<std::uint8_t> out(plan.layout.w_column * static_cast<std::uint64_t>(plan.layout.n_tiles));
  const auto n_all = static_cast<std::uint64_t>(plan.shape.n);
  for (std::uint64_t k = 0; k < static_cast<std::uint64_t>(plan.shape.k); ++k) {
    for (std::uint64_t n = 0; n < n_all; n += columns) {
      std::memcpy(&out[n / columns * plan.layout.w_column + k * columns], &weights[k * n_all + n],
                  std::min(columns, n_all - n));
    }
  }
  return out;
}

}  // namespace heddle::tiles
