// The lowering of a static plan under construction; static_lower.hpp says what it is for. One file for each
// kind of operation.
#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "compiler/tiles/static_lower.hpp"
#include "compiler/tiles/step_list.hpp"

namespace heddle::tiles {

/// Places in a share of a memory, taken in turn.
class Ring {
 public:
  Ring() = default;
  /// `begin`: of the first place in the region.
  Ring(int region, std::int64_t units, std::int64_t slot, std::int64_t begin = 0)
      : region_(region), begin_(begin), slot_(slot) {
    count_ = slot > 0 ? units / slot : 0;
    if (count_ > kMostPlaces) count_ = kMostPlaces;
  }
  std::int64_t places() const { return count_; }
  /// The next place; at most the last `limit` stay in use, fewer where fewer fit.
  Value next(std::int64_t limit = kMostPlaces) {
    const std::int64_t count = count_ < limit ? count_ : limit;
    return Value(region_, begin_ + turn_++ % count * slot_);
  }

 private:
  int region_ = -1;
  std::int64_t begin_ = 0, slot_ = 0, count_ = 0, turn_ = 0;
};

class StaticLowering {
 public:
  StaticLowering(const StaticPlan& plan, const StaticTiling& tiling, const Module& module);

  /// All operations; the program is taken from steps().
  void run();
  StepList& steps() { return steps_; }
  /// Bytes that LOAD and STORE move.
  std::int64_t traffic() const { return traffic_; }

 private:
  // Streams of the units: work of one stream stays in order.
  enum UnitStream : int {
    kLoadWeights,
    kLoadSlices,
    kLoadOperands,
    kLoadRows,
    kLoadKeys,
    kLoadQueries,
    kMatrix,
    kVectorProducts,
    kVectorRows,
    kVectorAttention,
    kVectorQueries,
    kStoreProducts,
    kStoreRows,
    kStoreAttention,
  };
  /// Streams for work that several kinds of operations have.
  struct Streams {
    int load, vector, store;
  };

  // --- static_linear.cpp: products ---
  struct Chunk {
    std::int64_t row0 = 0, rows = 0;
    Value scales{};
    std::int64_t scale_step = 1;  // from row to row; 0: one for all
  };
  void linear(const StaticOp& op);
  void load_scales(const StaticOp& op, Chunk* chunk);
  void load_slice(const StaticOp& op, const LinearTiling& tiling, const Chunk& chunk, int slice);
  /// A slice of a group's weights, with its first one column scales and bias, where they are not held.
  void load_group(const StaticOp& op, const LinearTiling& tiling, int group, int slice);
  /// Loads what is not held, and multiplies; returns where the FP32 rows of the group stand.
  Value product(const StaticOp& op, const LinearTiling& tiling, const Chunk& chunk, int group);
  /// What is done to the product of a group, piece by piece.
  void finish(const StaticOp& op, const LinearTiling& tiling, const Chunk& chunk, int group, Value product);

  // --- static_passes.cpp: elementwise operations ---
  struct Place {
    Stream source{};                                    // FP32 in V
    std::int64_t row0 = 0, rows = 0;                    // of the output tensor
    std::int64_t column0 = 0, columns = 0, blocks = 0;  // columns of it, and blocks that they take
    std::optional<Value> bias{};                        // a row in bank 1 of V
    Value work{}, copy{};                               // in banks 2 and 3
    Ring* operands = nullptr;
    Ring* out = nullptr;
    Streams streams{};
  };
  void passes(const StaticOp& op, const Place& place);
  /// Where the last pass writes: FP32 rows, or bytes of a given scale.
  struct Target {
    Stream to{};
    float inverse = 1.0f, zero = 0.0f;  // of bytes: x * inverse + zero
    bool bytes() const { return to.space == isa::kSpaceA; }
  };
  static Target target_of(const StaticTensor& rows8, const Stream& to);
  /// Multiplies and adds what bytes want behind a pass that ends with neither.
  static void to_target(const Target& target, VectorOp* pass);
  /// A function of what stands in place.work.
  void activation(Pass pass, const Place& place, const Target& target);
  /// x * sigmoid(z(x))
  void gate(Pass pass, const Place& place, const Target& target);
  void map(const StaticOp& op);

  // --- static_rows.cpp: norms and quantisation ---
  struct RowPiece {
    std::int64_t row0 = 0, rows = 0, blocks = 0;
    Value source{}, gain{}, offset{}, scalars{}, magnitude{};
    std::int64_t scalar_step = 0;  // words from one array of scalars to the next
  };
  void rows(const StaticOp& op);
  /// Returns where the normalised rows stand: `alone` where they are wanted in one form that needs no more,
  /// else bank 2, their largest magnitudes taken where 8-bit rows want them.
  Stream normalise(const StaticOp& op, const RowPiece& piece, const Stream& alone);
  void quantise(const StaticOp& op, const RowPiece& piece, const Stream& rows, const Stream& place);
  /// The last pass of a piece, which makes its bytes, and their STORE; panels get theirs at once.
  void store_panels(int rows8, const RowPiece& piece, VectorOp pass);
  void store_scales(int rows8, std::int64_t row0, std::int64_t row1, Value place);
  /// Where bytes of columns from `column0` on stand in A before they are stored: a beat of memory may begin
  /// before them.
  Stream bytes_place(std::int64_t column0, std::int64_t width);
  void store_bytes(int rows8, const Stream& from, const Piece& piece, int stream);

  // --- static_heads.cpp: attention's operands ---
  struct HeadPiece {
    Stream source{};  // FP32 in V, outer: from head to head
    std::int64_t row0 = 0, rows = 0, head0 = 0, heads = 1;
    std::optional<Value> bias{}, rope{};  // rows in bank 1 of V
    Value work{};
    Streams streams{};
  };
  void quantise_head(const StaticOp& op, const HeadSource& source, std::int64_t sequence, std::int64_t head);
  void store_heads(int tensor, const HeadPiece& piece);

  // --- static_attention.cpp ---
  /// Some queries of a head on their way. Rows count from the first of their sequence.
  struct Scores {
    std::int64_t sequence = 0, head = 0, row0 = 0, rows = 0;
    std::int64_t keys = 0, width = 0;  // that the last row attends to; blocks from row to row
    int slot = 0, key_slot = 0;        // of scores; of the head's keys and values
    Value place{}, mixed{}, probabilities{};
    Value values{}, value_scales{}, largest_value{};  // of the head
    Value statistics{};
    std::int64_t array = 0;  // words from one array of statistics to the next
  };
  /// 8-bit rows of a head in A, blocks from plane to plane, and their scales in S.
  struct Queries {
    Value rows{};
    std::int64_t plane = 0;
    Value scales{};
  };
  void attention(const StaticOp& op);
  /// Prepares a head: its operands quantised and loaded. `free` is called before a slot of keys and values is
  /// taken anew.
  void begin_head(const StaticOp& op, const AttentionTiling& tiling, std::int64_t index,
                  const std::function<void(int slot)>& free);
  void fused(const StaticOp& op, const AttentionTiling& tiling);
  /// Scores and probabilities of a head go through memory.
  void unfused(const StaticOp& op, const AttentionTiling& tiling);
  /// Gives scores the next places on the chip.
  void place_scores(const AttentionTiling& tiling, Scores* scores);
  /// What the rows of the product with the values are multiplied by.
  Value scale_of(const Scores& scores) const;
  std::int64_t memory_row(const StaticOp& op, const Scores& scores) const;
  void move_scores(const StaticOp& op, const Scores& scores, bool out);
  void move_probabilities(const StaticOp& op, const Scores& scores, bool out);
  Queries load_queries(const StaticOp& op, const AttentionTiling& tiling, const Scores& scores);
  Queries quantise_queries(const StaticOp& op, const AttentionTiling& tiling, const Scores& scores);
  int next_slot(const AttentionTiling& tiling, std::int64_t kv_head) const;
  void load_head(const StaticOp& op, std::int64_t kv_head, int slot);
  Scores score(const StaticOp& op, const AttentionTiling& tiling, Scores out);
  void softmax(const StaticOp& op, const Scores& scores);
  void mix(const StaticOp& op, const Scores& scores);
  /// The masks of some rows in bank 1 of V, as numbers to add.
  Value load_mask(const StaticOp& op, const Scores& scores);

  // --- what they share ---
  const isa::Config& config() const { return plan_.config; }
  std::int64_t columns() const { return config().columns; }
  std::int64_t bus_words() const;
  std::int64_t blocks(std::int64_t elements) const { return blocks_of(config(), elements); }
  int region(const std::string& name, Memory memory, std::int64_t base, std::int64_t size);
  Reg base_of(const StaticTensor& tensor) const { return tensor.constant ? constants_ : state_; }
  Value bytes(Value units) const;  // the same place for LOAD and STORE
  /// Blocks of FP32 constants.
  void load_constants(isa::Buffer buffer, std::uint64_t offset, std::int64_t blocks, Value to, int stream);
  void prepare(Dma* op);
  void load(Dma op, int stream, const Piece& read = {});
  void store(Dma op, int stream, const Piece& written);
  void vector(VectorOp op, int stream);
  /// One number for each row (and head): op's function of imm0 * s0, into op.red.
  void rowwise(VectorOp op, int stream);
  /// `op`'s function over an array of S that begins at a whole block, into another: many numbers a cycle.
  void over_scalars(VectorOp op, Value from, Value to, std::int64_t words, int stream);
  Value stream_address(Value words) const;  // blocks, as streams count
  /// 127 / magnitude, by `op`'s counts and strides.
  void invert(VectorOp op, Value magnitude, Value inverse, int stream);

  const StaticPlan& plan_;
  const StaticTiling& tiling_;
  const Module& module_;
  Shares shares_;
  StepList steps_;
  Reg constants_, state_;
  int tag_ = 0;
  std::int64_t traffic_ = 0;
  // Regions, one for each share.
  int products_, rows_in_, operands_, vectors_, biases_, work_, work_rows_, masked_, out_, copy_, out_rows_;
  int slices_, probabilities_, heads8_, rows8_;
  int row_scalars_, head_scalars_, attention_scalars_, row_scales_, query_scales_;
  int linear_scales_, key_scales_, ones_, weights_;
  // Of the linear at work.
  Ring slice_slots_, scale_slots_, weight_slots_, column_slots_, product_slots_, bias_slots_, operand_slots_,
      out_slots_, row8_slots_, mask_slots_, flag_slots_;
  struct {
    std::int64_t row0 = -1;
    int slice = -1;
    Value place{};
  } held_slice_;  // the slice of activations loaded last
  struct HeldGroup {
    int group = -1;
    std::vector<Value> slices{};  // loaded so far
    std::uint64_t weights = 0;    // offset of the slice behind them
    Value column_scales{};
    std::optional<Value> bias{};
  } held_group_;  // the group of weights at work
  // Of the head of attention at work.
  struct {
    std::int64_t kv_head = -1;  // over all sequences
    Value keys{}, values{}, key_scales{}, value_scales{}, largest_value{};
    int slot = 0;
  } head_;
  bool ones_loaded_ = false;
  int turn_ = 0;    // sets of queries so far
  int places_ = 0;  // of scores, given so far
  struct {
    std::int64_t row = -1;  // of the tensor
    Value place{};
  } held_mask_;  // one for all rows
  // Of heads that are stored.
  Ring head_slots_, head_scalar_slots_;
  std::int64_t head_rows_ = 0, head_bytes_ = 0;
};

}  // namespace heddle::tiles
