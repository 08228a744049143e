#include "sim/fast/matrix_timing.hpp"

#include <algorithm>

#include "isa/status.hpp"
#include "sim/fast/address_range.hpp"
#include "sim/fast/windows.hpp"

namespace heddle::sim::fast {
namespace {

constexpr std::uint64_t kToSums = 2;        // from the read of a row to its sums, beside the row groups
constexpr std::uint64_t kSumsToDone = 3;    // from a row's sums to done: added and kept
constexpr std::uint64_t kLanesToDone = 12;  // added, through the lanes, written to V
constexpr std::uint64_t kDrainBeyond = 16;  // cycles of draining beside the row groups
constexpr int kFormats = isa::kFormatInt8 | isa::kFormatInt8 << 4 | isa::kFormatFp32 << 8;

struct Fields {
  const isa::Config& c;
  const std::uint16_t* h;
  std::uint32_t rows, k_tiles, n_tiles, outer, parts, groups, words;
  bool first, last, transposed, one_buffer;

  Fields(const isa::Config& config, const isa::TileInstruction& x) : c(config), h(x.half) {
    const int flags = h[isa::kHalfFlags];
    first = (flags & isa::kMatrixFirst) != 0;
    last = (flags & isa::kMatrixLast) != 0;
    transposed = (flags & isa::kMatrixTransposed) != 0;
    rows = h[isa::kMatrixRows];
    k_tiles = h[isa::kMatrixKTiles];
    n_tiles = h[isa::kMatrixNTiles];
    outer = h[isa::kMatrixOuter];
    parts = c.columns / c.rows;
    groups = c.row_groups();
    words = transposed ? c.columns / c.weight_rows : groups;  // of a tile
    one_buffer = c.weight_buffers == 1;
  }

  bool refused() const {
    const int known = isa::kMatrixFirst | isa::kMatrixLast | isa::kMatrixTransposed;
    return (h[isa::kHalfFlags] & ~known) != 0 || h[isa::kMatrixFormats] != kFormats ||
           h[isa::kMatrixGroup] != 0 || h[isa::kMatrixGroup + 1] != 0 || (!(first && last) && outer > 1);
  }
  bool empty() const { return rows == 0 || k_tiles == 0 || n_tiles == 0 || outer == 0; }
  /// Cycles from the first row of a tile to that of the next.
  std::uint32_t period() const {
    if (one_buffer) return transposed ? rows - 1 + groups + words : std::max(rows + 1, groups);
    return std::max(rows, transposed ? words + groups - 1 : groups);
  }
  /// The first cycle in which a word of the next tile is read: `tile`, the begin of this one, and `word`, its
  /// own first word's.
  std::uint64_t next_word(std::uint64_t tile, std::uint64_t word) const {
    if (transposed) return tile + groups - 1 + (one_buffer ? rows : 0);
    return std::max(word + groups, tile + (one_buffer ? rows : 0));
  }
  std::uint32_t k_blocks() const { return (k_tiles - 1) / parts + 1; }

  /// Whether every address certainly lies in its memory.
  bool inside() const {
    const Stride o_loop = {outer, 0}, n_loop = {n_tiles, 1};
    const auto o = [&](int half) { return Stride{o_loop.count, h[half]}; };
    if (!AddressRange(h[isa::kMatrixAAddr], {o(isa::kMatrixAOuterStride),
                                             {k_blocks(), h[isa::kMatrixABlockStride]},
                                             {rows, h[isa::kMatrixARowStride]}})
             .below(c.a_blocks()))
      return false;
    if (!AddressRange(h[isa::kMatrixWAddr], {o(isa::kMatrixWOuterStride),
                                             {transposed ? k_blocks() : k_tiles, h[isa::kMatrixWKStride]},
                                             {n_tiles, h[isa::kMatrixWNStride]},
                                             {words, 1}})
             .below(c.w_words()))
      return false;
    if (!AddressRange(h[isa::kMatrixAccAddr], {{n_tiles, h[isa::kMatrixAccNStride]}, {rows, 1}})
             .below(c.acc_rows()))
      return false;
    if (!last) return true;
    return AddressRange(h[isa::kMatrixCAddr], {o(isa::kMatrixCOuterStride), n_loop}).below(c.c_blocks()) &&
           AddressRange(h[isa::kMatrixSAddr],
                        {o(isa::kMatrixSOuterStride), {rows, h[isa::kMatrixSRowStride]}})
               .below(c.s_words()) &&
           AddressRange(h[isa::kMatrixDAddr],
                        {o(isa::kMatrixDOuterStride), {rows, h[isa::kMatrixDRowStride]}, n_loop})
               .below(c.v_blocks());
  }

  bool a_illegal(std::uint32_t o, std::uint32_t kt, std::uint32_t m) const {
    const std::uint32_t block = h[isa::kMatrixAAddr] + o * h[isa::kMatrixAOuterStride] +
                                kt / parts * h[isa::kMatrixABlockStride] + m * h[isa::kMatrixARowStride];
    return (block & 0xFFFF) >= c.a_blocks();
  }
  bool w_illegal(std::uint32_t o, std::uint32_t nt, std::uint32_t kt, std::uint32_t i) const {
    const std::uint32_t word = h[isa::kMatrixWAddr] + o * h[isa::kMatrixWOuterStride] +
                               nt * h[isa::kMatrixWNStride] +
                               (transposed ? kt / parts : kt) * h[isa::kMatrixWKStride] + i;
    return (word & 0xFFFF) >= c.w_words();
  }
  bool sums_illegal(std::uint32_t o, std::uint32_t nt, std::uint32_t kt, std::uint32_t m) const {
    const std::uint32_t acc = h[isa::kMatrixAccAddr] + nt * h[isa::kMatrixAccNStride] + m;
    if ((acc & 0xFFFF) >= c.acc_rows()) return true;
    if (!last || kt + 1 != k_tiles) return false;
    const std::uint32_t cs = h[isa::kMatrixCAddr] + o * h[isa::kMatrixCOuterStride] + nt;
    const std::uint32_t ss =
        h[isa::kMatrixSAddr] + o * h[isa::kMatrixSOuterStride] + m * h[isa::kMatrixSRowStride];
    const std::uint32_t ds =
        h[isa::kMatrixDAddr] + o * h[isa::kMatrixDOuterStride] + m * h[isa::kMatrixDRowStride] + nt;
    return (cs & 0xFFFF) >= c.c_blocks() || (ss & 0xFFFF) >= c.s_words() || (ds & 0xFFFF) >= c.v_blocks();
  }
};

/// The first cycle in which an address outside its memory is used, and whether one of A's is; kNever if none.
std::uint64_t first_illegal(const Fields& f, const MatrixRun& run, std::uint64_t start, bool* row_refused) {
  std::uint64_t found = kNever, row_found = kNever;
  std::uint64_t tile = run.first_tile, word = start + 1;  // the tile's begin, its first word's read
  for (std::uint32_t o = 0; o < f.outer; ++o) {
    for (std::uint32_t nt = 0; nt < f.n_tiles; ++nt) {
      for (std::uint32_t kt = 0; kt < f.k_tiles; ++kt) {
        if (std::min(tile, word) > found) {
          *row_refused = row_found == found;
          return found;
        }
        for (std::uint32_t i = 0; i < f.words; ++i) {
          if (f.w_illegal(o, nt, kt, i)) found = std::min(found, word + i);
        }
        for (std::uint32_t m = 0; m < f.rows; ++m) {
          if (f.a_illegal(o, kt, m)) row_found = std::min(row_found, tile + m);
          if (f.sums_illegal(o, nt, kt, m)) found = std::min(found, tile + m + kToSums + f.groups - 1);
        }
        found = std::min(found, row_found);
        word = f.next_word(tile, word);
        tile += run.period;
      }
    }
  }
  *row_refused = row_found == found;
  return found;
}

}  // namespace

std::uint64_t MatrixRun::rows_entered(std::uint64_t cycle) const {
  if (tiles == 0 || cycle <= first_tile) return 0;
  const std::uint64_t read = std::min(cycle - 1, last_cycle);  // a row enters the cycle after its read
  if (read < first_tile) return 0;
  const std::uint64_t tile = (read - first_tile) / period, within = (read - first_tile) % period;
  const std::uint64_t count = tile >= tiles ? tiles * rows : tile * rows + std::min(within + 1, rows);
  return count - (last_refused && read == last_cycle);
}

MatrixRun time_matrix(const isa::Config& config, const isa::TileInstruction& x, std::uint64_t start) {
  const Fields f(config, x);
  MatrixRun run;
  if (f.refused() || f.empty()) {
    run.status = f.refused() ? isa::kStatusIllegal : isa::kStatusOk;
    run.done = start + 1;
    return run;
  }
  run.rows = f.rows;
  run.tiles = std::uint64_t{f.outer} * f.n_tiles * f.k_tiles;
  run.first_tile = start + (f.transposed ? 1 + f.words : 2);
  run.period = f.period();
  run.last_cycle = run.first_tile + (run.tiles - 1) * run.period + f.rows - 1;
  const std::uint64_t sums = run.last_cycle + kToSums + f.groups - 1;
  run.done = sums + (f.last ? kLanesToDone : kSumsToDone);
  run.status = isa::kStatusOk;
  if (f.inside()) return run;

  bool row_refused = false;
  const std::uint64_t fault = first_illegal(f, run, start, &row_refused);
  if (fault == kNever) return run;
  run.status = isa::kStatusIllegal;
  run.done = fault + 2 + f.groups + kDrainBeyond;
  run.last_refused = row_refused && fault <= run.last_cycle;
  run.last_cycle = std::min(run.last_cycle, fault);
  return run;
}

}  // namespace heddle::sim::fast
