// A static graph (every extent known, no states) as operations of the device: what is fused with what, which
// tensors stand in device memory, in which form. static_fuse.cpp makes it, static_lower.hpp turns it into a
// tile program.
//
// Every linear takes 8-bit rows, quantised on the device, and leaves rows, or 8-bit heads for attention;
// elementwise operations behind it are done on the way from its product. 8-bit rows have a scale for each
// row, found by the device, or one scale and zero point that the graph gives (input_scale of a linear). Norms
// read FP32 rows and leave FP32 rows, 8-bit rows, or both. Linears, elementwise operations and attention
// leave FP32 rows, and 8-bit ones where their scale is given. Attention takes 8-bit heads.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "compiler/graph/ir.hpp"
#include "isa/config.hpp"

namespace heddle::tiles {

enum class Form : std::uint8_t {
  kFloat,   // FP32, row-major, rows of whole blocks
  kRows8,   // 8-bit, row-major or in panels of columns; then FP32 scales, one a row, where none is given
  kHeads8,  // 8-bit, for each sequence, head and plane of `columns` dimensions: rows of one block; then FP32
            // scales for each sequence and head, one a row
};

/// A tensor in device memory. A scale is the largest magnitude of what it scales (times `factor` for heads);
/// bytes are multiples of a 127th of it. Offsets and strides in bytes, offsets within the segment.
struct StaticTensor {
  std::string name;
  Form form = Form::kFloat;
  bool constant = false;            // in the read-only segment
  std::int64_t rows = 0, cols = 0;  // cols: of all heads
  std::int64_t heads = 1, head_dim = 0, planes = 0;
  std::int64_t batch = 1;  // kHeads8: sequences, each in a place of its own
  double factor = 1.0;
  double scale = 0;           // kRows8: of all rows, where it is given; 0: each row has its own
  std::int64_t zero = 0;      // kRows8: the number that stands for 0, where the scale is given
  bool turned = false;        // kHeads8: pairs of dimensions (i, i + head_dim / 2) lie side by side
  bool on_chip = false;       // only its shape counts: takes no memory
  graph::ValueId value = -1;  // of the graph; -1: none that was given
  graph::DType dtype = graph::DType::kF32;
  std::uint64_t offset = 0, bytes = 0;
  std::uint64_t row_stride = 0;  // kFloat, kRows8
  std::uint64_t panel = 0;       // kRows8: columns of a panel, which holds all rows; 0: one holds all columns
  std::uint64_t panel_stride = 0;  // kRows8: from panel to panel
  std::uint64_t plane_stride = 0;  // kHeads8
  std::uint64_t scales = 0;        // offset of the first scale
  std::uint64_t scale_stride = 0;  // kHeads8: from head to head
};

/// A panel of 8-bit rows: columns from `begin` on, row by row.
struct Panel {
  std::int64_t begin = 0;
  std::int64_t width = 0;   // bytes, from row to row
  std::int64_t offset = 0;  // of its first row within the segment, bytes
};
/// The panel that holds a column.
Panel panel_at(const StaticTensor& rows8, std::int64_t column);

enum class Pass : std::uint8_t { kGeluTanh, kGeluErf, kSilu, kTanh, kSigmoid, kRelu, kAdd, kMul };
/// Whether a pass has a second operand.
constexpr bool is_binary(Pass pass) { return pass == Pass::kAdd || pass == Pass::kMul; }
struct Elementwise {
  Pass pass = Pass::kAdd;
  int tensor = -1;  // kAdd, kMul: the other operand
};

enum class StaticKind : std::uint8_t { kLinear, kRows, kAttention, kMap };

/// FP32 rows that become heads, head by head just before attention needs them.
struct HeadSource {
  int in = -1, out = -1;
};
enum class Norm : std::uint8_t { kNone, kLayer, kRms };

struct StaticOp {
  StaticKind kind = StaticKind::kRows;
  std::string name;  // of the graph's node
  int in = -1;       // tensor; kAttention: queries
  int out = -1;      // FP32 (kLinear: or heads); -1: none
  int out8 = -1;     // 8-bit rows, of a given scale if not kRows; -1: none
  // kLinear
  graph::ValueId weight = -1, bias = -1;
  bool has_bias = false;              // given, or what the input's zero point adds
  std::uint64_t input_scale = 0;      // offset of the input's scale, where it is given
  std::int64_t n = 0, k = 0;          // output channels as computed (heads filled up to whole planes), K
  std::int64_t head_dim = 0;          // of heads in the output; 0: none
  double theta = 0;                   // of rotary positions of heads; 0: none
  std::uint64_t rope_rows = 0;        // offset of [cos, sin, cos, sin, ...] of each position
  std::vector<Elementwise> passes{};  // kLinear, kMap: behind the product, or the input
  std::uint64_t weights = 0, column_scales = 0, bias_row = 0;  // offsets in the read-only segment
  // kRows
  Norm norm = Norm::kNone;
  double epsilon = 0;
  std::uint64_t gain_row = 0, offset_row = 0;
  bool has_gain = false, has_offset = false;
  graph::ValueId gain = -1, offset = -1;
  // kAttention
  int keys = -1, values = -1, mask = -1;
  int queries_in = -1;  // FP32 rows of queries that are quantised on the chip; -1: `in` is in memory
  std::vector<HeadSource> sources{};  // operands that are quantised here
  std::int64_t kv_heads = 0;
  std::int64_t mask_batch = 1, mask_heads = 1, mask_rows = 1;  // 1: the same for all
  bool causal = false;
  int scores = -1, probabilities = -1;  // tensors, where attention is not fused

  std::uint64_t macs = 0;  // useful multiply-accumulates
};

struct StaticPlan {
  isa::Config config;
  std::string name;
  graph::Graph graph;  // as it was fused
  std::vector<StaticTensor> tensors;
  std::vector<StaticOp> ops;
  std::vector<int> inputs, outputs;                   // tensors, in the graph's order
  std::uint64_t constant_bytes = 0, state_bytes = 0;  // of the two segments
  std::uint64_t ones = 0;                             // offset of the blocks of column scales of values
  std::uint64_t macs = 0;                             // useful ones of a run

  const StaticTensor& tensor(int index) const { return tensors[static_cast<std::size_t>(index)]; }
  /// Whether a norm's parameters hold the scale and zero point of its 8-bit rows, so that they leave at once.
  bool scales_in_norm(const StaticOp& op) const {
    return op.norm != Norm::kNone && op.out < 0 && tensor(op.out8).scale > 0;
  }
};

/// Fuses a verified graph. Throws std::runtime_error naming the node that a static program cannot hold, with
/// what to do.
StaticPlan fuse_static(const graph::Graph& graph, const isa::Config& config);

/// Where so many bytes may begin, from `from` on: long ones with a page, which bursts do not cross.
std::uint64_t place_of(const isa::Config& config, std::uint64_t from, std::uint64_t bytes);

/// Gives every tensor its place in its segment, and ends the segments there.
void place_tensors(StaticPlan* plan);

/// Numbers of blocks of `columns` elements.
std::int64_t blocks_of(const isa::Config& config, std::int64_t columns);

}  // namespace heddle::tiles
