#include "compiler/tiles/static_tiling.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <set>
#include <stdexcept>
#include <vector>

#include "compiler/tiles/arithmetic.hpp"
#include "compiler/tiles/gemm_steps.hpp"

namespace heddle::tiles {
namespace {

constexpr int kMostRows = 4096;

[[noreturn]] void refuse(const StaticPlan& plan, const StaticOp& op, const std::string& what,
                         const char* memory) {
  throw std::runtime_error(fmt::format("{}: operation \"{}\": {}: enlarge {}_bytes in the configuration",
                                       plan.name, op.name, what, memory));
}

std::int64_t bus_words(const isa::Config& config) {
  return std::max(1u, config.bus_bytes / isa::kBytesPerWord);
}

}  // namespace

std::string StaticTiling::text() const {
  return fmt::format("rows {} group {} attention_rows {}{}{}", rows, group, attention_rows,
                     keep_weights ? " weights kept" : "",
                     share_ahead == 0 ? "" : fmt::format(" ahead 1/{}", share_ahead));
}

Shares shares_of(const isa::Config& config) {
  const std::int64_t v = config.v_bank_blocks(), a = config.a_bank_blocks(),
                     s = config.s_words() / isa::kScalarBanks, c = config.c_blocks();
  Shares out{};
  out.products = v;
  out.rows_in = v * 6 / 16;
  out.operands = v * 4 / 16;
  out.vectors = v - out.rows_in - out.operands;
  out.work = v * 4 / 16;
  out.work_rows = v * 4 / 16;
  out.masked = v - out.work - out.work_rows;
  out.out = v * 6 / 16;
  out.copy = v * 3 / 16;
  out.out_rows = v - out.out - out.copy;
  out.slices = a;
  out.probabilities = a / 2;
  out.heads8 = a / 2;
  out.rows8 = a - out.heads8;
  const std::int64_t width = config.columns;
  out.row_scalars = s * 3 / 8 / width * width;
  out.head_scalars = s * 2 / 8 / width * width;
  out.attention_scalars = s - out.row_scalars - out.head_scalars;
  out.row_scales = s / 2;
  out.query_scales = s - out.row_scales;
  out.ones = std::max<std::int64_t>(1, c / 16);
  out.linear_scales = c / 4;
  out.key_scales = c - out.linear_scales - out.ones;
  return out;
}

std::int64_t row8_blocks(const isa::Config& config, std::int64_t columns) {
  return round_up(columns, std::int64_t{std::max(config.columns, config.bus_bytes)}) / config.columns;
}

std::uint64_t LinearTiling::piece_bytes(const isa::Config& config, int g, int s) const {
  const int columns = std::min(group, n_tiles - g * group), depth = std::min(slice, k_tiles - s * slice);
  const std::uint64_t bytes = std::uint64_t{config.rows} * config.columns *
                              static_cast<std::uint64_t>(columns) * static_cast<std::uint64_t>(depth);
  return round_up(bytes, std::uint64_t{std::max(config.bus_bytes, config.w_word_bytes())});
}

std::uint64_t LinearTiling::weight_bytes(const isa::Config& config) const {
  std::uint64_t bytes = 0;
  for (int g = 0; g < groups(); ++g) {
    for (int s = 0; s < slices(); ++s) bytes += piece_bytes(config, g, s);
  }
  return bytes;
}

std::int64_t head_beat(const isa::Config& config) {
  return std::max<std::int64_t>(bus_words(config), config.bus_bytes / config.columns);
}

int head_arrays(const StaticTensor& heads) { return heads.factor != 1.0 ? 3 : 2; }

namespace {

/// Whether a norm reads what the operation leaves: rows are complete only with the last group, and VECTOR
/// should not have all of them to normalise then.
bool norm_follows(const StaticPlan& plan, const StaticOp& op) {
  return op.out >= 0 && std::any_of(plan.ops.begin(), plan.ops.end(), [&](const StaticOp& next) {
           return next.kind == StaticKind::kRows && next.norm != Norm::kNone && next.in == op.out;
         });
}

/// Whether all slices of a group's weights fit W, and less is read from memory if they stay there.
bool keeping_pays(const StaticPlan& plan, const StaticOp& op, const LinearTiling& tiling) {
  const std::int64_t slots = std::min(kMostPlaces, plan.config.w_words() / tiling.weight_words);
  // The next group's first slice comes while this one's last is at work, so that one slot is not enough.
  if (slots < std::max(2, tiling.slices())) return false;
  const StaticTensor& in = plan.tensor(op.in);
  const std::int64_t chunks = ceil_div(in.rows, std::int64_t{tiling.rows}), groups = tiling.groups(),
                     activations = in.rows * static_cast<std::int64_t>(in.row_stride),
                     weights = static_cast<std::int64_t>(tiling.weight_bytes(plan.config));
  // A slice of activations is held until the next one is needed.
  const std::int64_t chunk_by_chunk = chunks * weights + (tiling.slices() > 1 ? groups : 1) * activations;
  return weights + groups * activations < chunk_by_chunk;
}

}  // namespace

LinearTiling tile_linear(const StaticPlan& plan, const StaticOp& op, const StaticTiling& wish) {
  const isa::Config& config = plan.config;
  const Shares shares = shares_of(config);
  const std::int64_t all_rows = plan.tensor(op.in).rows, columns = config.columns;
  const std::int64_t line = std::max<std::int64_t>(config.columns, config.bus_bytes);
  LinearTiling out;
  out.k_tiles = static_cast<int>(ceil_div(op.k, std::int64_t{config.rows}));
  out.n_tiles = static_cast<int>(ceil_div(op.n, columns));
  const std::int64_t planes = op.head_dim > 0 ? plan.tensor(op.out).planes : 1;
  const int unit = gemm_slice_unit(config);

  // Rows: whole beats of scales, and every row at least one unit of a slice in half of the place for slices.
  const std::int64_t step = bus_words(config);
  std::int64_t rows = std::min<std::int64_t>({wish.rows, kMostRows, round_up(all_rows, step)});
  rows = std::min(rows, shares.slices / 2 / (line / columns));
  rows = std::min(rows, shares.row_scales / 2);
  rows = std::min(rows, shares.products / 2 / planes);
  if (rows > step) rows = rows / step * step;
  // The same number of chunks with less difference between them.
  const std::int64_t chunks = ceil_div(all_rows, rows);
  rows = std::min(rows, round_up(ceil_div(all_rows, chunks), step));
  if (rows < 1 || (rows < step && all_rows > rows))
    refuse(plan, op, "a beat of rows does not fit", rows * planes > shares.products / 2 ? "v" : "a");
  out.rows = static_cast<int>(rows);

  // Columns of tiles.
  std::int64_t group = std::min<std::int64_t>(wish.group, out.n_tiles);
  group = std::min({group, shares.products / 2 / rows, shares.linear_scales / 2});
  group = std::min({group, shares.work, shares.vectors / 8});
  const std::int64_t tile_words = config.w_tile_words();
  const std::int64_t slot_words = config.w_words() / 2;
  group = std::min(group, slot_words / (tile_words * unit));
  const bool cut = shares.slices / 2 / rows * columns < round_up(op.k, line);
  if (cut) group = std::min<std::int64_t>(group, config.acc_rows() / rows);
  if (op.head_dim > 0) {  // the scalars of a beat of rows of all its heads
    const std::int64_t scalars =
        shares.head_scalars / (2 * head_arrays(plan.tensor(op.out))) / columns * columns;
    group = std::min(group, std::max<std::int64_t>(1, scalars / std::min(rows, step)) * planes);
  }
  group = std::max<std::int64_t>(group / planes * planes, planes);
  // As many groups, with less difference between them.
  const std::int64_t groups = ceil_div<std::int64_t>(out.n_tiles, group);
  group = std::min(group, round_up(ceil_div<std::int64_t>(out.n_tiles, groups), planes));
  if (group * rows > shares.products / 2 || (cut && group * rows > config.acc_rows()))
    refuse(plan, op, "the product of one head does not fit", cut ? "acc" : "v");
  if (group > shares.linear_scales / 2) refuse(plan, op, "the column scales of a head do not fit", "c");
  out.group = static_cast<int>(group);

  // K.
  std::int64_t slice = shares.slices / 2 / rows * columns / config.rows;
  slice = std::min(slice, slot_words / (tile_words * group));
  slice = std::min<std::int64_t>(slice / unit * unit, round_up(out.k_tiles, unit));
  if (slice < unit) refuse(plan, op, "two slices of weights do not fit", "w");
  const std::int64_t slices = ceil_div<std::int64_t>(out.k_tiles, slice);
  slice = std::min(slice, round_up(ceil_div<std::int64_t>(out.k_tiles, slices), std::int64_t{unit}));
  out.slice = static_cast<int>(slice);
  if (out.slices() > 1 && group * rows > config.acc_rows())
    refuse(plan, op, "the sums of a group do not fit", "acc");
  out.a_row =
      static_cast<int>(round_up(std::min<std::int64_t>(slice, out.k_tiles) * config.rows, line) / columns);
  out.weight_words = static_cast<std::int64_t>(out.piece_bytes(config, 0, 0)) / config.w_word_bytes();
  out.keeps_weights = wish.keep_weights && !norm_follows(plan, op) && keeping_pays(plan, op, out);

  // What VECTOR takes at a time.
  bool operand = op.theta > 0, copies = false;
  for (const Elementwise& pass : op.passes) {
    operand |= is_binary(pass.pass);
    copies |= !is_binary(pass.pass);
  }
  std::int64_t most = std::min(shares.work, shares.out / 2);
  if (operand) most = std::min(most, shares.operands / 2);
  if (copies) most = std::min(most, shares.copy);
  std::int64_t piece = most / group;
  // The first bytes of a group may stand behind others of a beat.
  if (op.out8 >= 0)
    piece = std::min(piece, shares.rows8 / 2 / row8_blocks(config, group * columns + line - columns));
  if (op.head_dim > 0) {
    // The first row of a sequence may stand anywhere in a chunk, and so in a beat.
    const std::int64_t heads = group / planes,
                       lead = plan.tensor(op.out).batch > 1 ? 2 * head_beat(config) : 0;
    const std::int64_t fit =
        std::min(shares.heads8 / 2 / group,
                 shares.head_scalars / (2 * head_arrays(plan.tensor(op.out))) / columns * columns / heads);
    piece = std::min(piece, std::max(fit - lead, std::min(fit, step)));
  }
  piece = std::min(piece, rows);
  if (piece < rows) piece = piece / step * step;
  if (piece < 1) refuse(plan, op, "a beat of rows of a product does not fit", "v");
  out.piece_rows = static_cast<int>(round_up(ceil_div(rows, ceil_div(rows, piece)), step));
  return out;
}

void set_panels(const StaticTiling& wish, StaticPlan* plan) {
  std::vector<std::set<std::int64_t>> widths(plan->tensors.size());
  const auto widths_of = [&](int tensor) -> auto& { return widths[static_cast<std::size_t>(tensor)]; };
  for (const StaticOp& op : plan->ops) {
    if (op.kind != StaticKind::kLinear) continue;
    const LinearTiling tiling = tile_linear(*plan, op, wish);
    widths_of(op.in).insert(tiling.slices() > 1 ? std::int64_t{tiling.slice} * plan->config.rows : 0);
  }
  for (const StaticOp& op : plan->ops) {
    if (op.kind != StaticKind::kRows || op.out8 < 0) continue;
    // Short pieces would open a row of the DRAM for few bytes each, and short panels give nothing for it.
    constexpr std::int64_t kLeastPiece = 256, kLeastPanel = 4096;  // bytes
    const std::int64_t least = std::max(ceil_div<std::int64_t>(kLeastPiece, tile_rows(*plan, op)),
                                        ceil_div(kLeastPanel, plan->tensor(op.out8).rows));
    if (std::set<std::int64_t>& of = widths_of(op.out8); !of.empty() && *of.begin() < least) of.insert(0);
  }
  for (std::size_t i = 0; i < widths.size(); ++i)
    plan->tensors[i].panel = widths[i].size() == 1 ? static_cast<std::uint64_t>(*widths[i].begin()) : 0;
  place_tensors(plan);
}

int tile_rows(const StaticPlan& plan, const StaticOp& op) {
  const Shares shares = shares_of(plan.config);
  const StaticTensor& in = plan.tensor(op.in);
  const std::int64_t blocks = blocks_of(plan.config, in.cols);
  const std::int64_t places = op.kind == StaticKind::kMap ? 2 : 1;  // a map has two operands
  // Two pieces at a time, or one where rows are long.
  const auto fit = [](std::int64_t share, std::int64_t row) {
    return share / row >= 2 ? share / row / 2 : share / row;
  };
  std::int64_t rows = fit(shares.rows_in, places * blocks);
  if (op.norm != Norm::kNone || op.kind == StaticKind::kMap) rows = std::min(rows, shares.work_rows / blocks);
  if (op.out >= 0) rows = std::min(rows, fit(shares.out_rows, blocks));
  if (op.kind == StaticKind::kMap) rows = std::min(rows, shares.copy / blocks);
  const std::int64_t stride = op.out8 < 0 ? 1 : row8_blocks(plan.config, in.cols);
  rows = std::min({rows, fit(shares.rows8, stride), shares.row_scalars / 12 - bus_words(plan.config)});
  if (op.norm != Norm::kNone && 2 * blocks > shares.vectors)
    refuse(plan, op, "the parameters of a norm do not fit", "v");
  if (rows < 1) refuse(plan, op, fmt::format("a row of {} does not fit", in.cols), "v");
  return static_cast<int>(std::min(rows, in.rows));
}

HeadTiling tile_heads(const StaticPlan& plan, const StaticOp& op, const HeadSource& source,
                      std::int64_t most) {
  // Short pieces of many rows are slow to read.
  constexpr std::int64_t kLeastBeats = 4;
  const Shares shares = shares_of(plan.config);
  const StaticTensor& to = plan.tensor(source.out);
  const std::int64_t step = bus_words(plan.config);
  HeadTiling out;
  const std::int64_t row = to.head_dim * isa::kBytesPerWord;
  out.heads =
      static_cast<int>(std::min({most, to.heads, ceil_div(kLeastBeats * plan.config.bus_bytes, row)}));
  // Rows of one head follow those of the next one block by block only where heads fill whole blocks.
  if (to.head_dim % plan.config.columns != 0) out.heads = 1;
  for (;; --out.heads) {
    const std::int64_t planes = out.heads * to.planes;
    std::int64_t rows = std::min(shares.rows_in / 2 / planes, shares.work_rows / planes);
    rows =
        std::min({rows, shares.heads8 / 2 / planes, shares.head_scalars / (2 * head_arrays(to)) / out.heads});
    out.rows = static_cast<int>(rows / step * step);
    if (out.rows >= step) return out;
    if (out.heads == 1) refuse(plan, op, "a beat of rows of a head does not fit", "v");
  }
}

bool attention_leaves_rows(const StaticOp& op) { return op.out8 < 0; }

AttentionTiling tile_attention(const StaticPlan& plan, const StaticOp& op, const StaticTiling& wish) {
  const isa::Config& config = plan.config;
  const Shares shares = shares_of(config);
  const StaticTensor &q = plan.tensor(op.in), &k = plan.tensor(op.keys);
  const std::int64_t keys = k.rows / k.batch, q_rows = q.rows / q.batch;
  const std::int64_t blocks = blocks_of(config, keys), planes = q.planes, step = bus_words(config),
                     columns = config.columns, line = std::max<std::int64_t>(columns, config.bus_bytes);
  const bool fused = op.scores < 0;
  AttentionTiling out;
  out.width = fused ? blocks : row8_blocks(config, keys);
  std::int64_t rows = 0;
  for (const int buffers : {3, 2}) {
    rows = std::min<std::int64_t>(wish.attention_rows, fused ? q_rows : round_up(q_rows, step));
    rows = std::min(rows, shares.products / (buffers * out.width + (attention_leaves_rows(op) ? 0 : planes)));
    rows = std::min(rows, shares.probabilities / (buffers * out.width));
    rows = std::min(rows, shares.out / 2 / planes);
    rows = std::min(rows, (shares.attention_scalars - 4) / (3 * buffers) / columns * columns);
    rows = std::min(rows, shares.query_scales / 2 - 2 * step);
    rows = std::min(rows, shares.slices / 4 / planes - 2 * head_beat(config));
    if (op.queries_in >= 0)
      rows = std::min({rows, shares.operands / 2 / planes, shares.row_scalars / 6 / columns * columns});
    if (op.mask >= 0) rows = std::min(rows, shares.masked / blocks);
    if (op.mask >= 0 && op.mask_rows > 1)
      rows = std::min({rows, shares.rows_in / 2 / blocks, shares.rows8 / 2 / row8_blocks(config, keys)});
    if (op.out8 >= 0)
      rows = std::min(rows, shares.rows8 / 2 / row8_blocks(config, (planes - 1) * columns + line));
    if (!fused) rows = rows / step * step;
    out.buffers = buffers;
    if (rows >= std::min<std::int64_t>(wish.attention_rows, q_rows)) break;
  }
  if (rows < 1) refuse(plan, op, fmt::format("the scores of a row with {} keys do not fit", keys), "v");
  rows = ceil_div(q_rows, ceil_div(q_rows, rows));
  out.rows = static_cast<int>(fused ? rows : round_up(rows, step));
  const std::int64_t words = 2 * planes * static_cast<std::int64_t>(k.plane_stride) / config.w_word_bytes();
  out.key_slots = 2 * words <= config.w_words() && 2 * blocks <= shares.key_scales ? 2 : 1;
  if (words > config.w_words()) refuse(plan, op, fmt::format("{} keys and values do not fit", keys), "w");
  if (blocks > shares.key_scales)
    refuse(plan, op, fmt::format("the scales of {} keys do not fit", keys), "c");
  if (planes > shares.ones) refuse(plan, op, "a head is too wide", "c");
  if ((2 * out.key_slots + 1) * blocks > shares.vectors || out.key_slots * blocks > shares.masked)
    refuse(plan, op, fmt::format("the scales of {} values do not fit", keys), "v");
  if (q.heads > 1 && q.head_dim * isa::kBytesPerWord % config.bus_bytes != 0) {
    throw std::runtime_error(fmt::format(
        "{}: operation \"{}\": heads of {} elements do not begin at whole beats of a bus of {} bytes: choose "
        "a configuration with a narrower bus",
        plan.name, op.name, q.head_dim, config.bus_bytes));
  }
  return out;
}

}  // namespace heddle::tiles
