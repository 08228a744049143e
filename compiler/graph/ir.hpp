// The typed graph: what a model computes, before any decision about a device. SSA: every value has one
// definition, which stands before its uses. Plain data; verifier.hpp says what is legal, text.hpp prints and
// parses it.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace heddle::graph {

enum class DType : std::uint8_t { kF32, kF16, kBF16, kI8, kI32, kI64, kU32, kBool };
constexpr int kDTypes = 8;
/// Name in the text form: "f32", "bf16", ...
const char* dtype_name(DType dtype);
int dtype_bytes(DType dtype);
bool is_float(DType dtype);

/// One extent of a shape, in elements: a constant, or the name of a symbol whose value is known at run time.
struct Dim {
  std::int64_t size = 0;  // of a constant extent
  std::string symbol;     // not empty: symbolic, and size is 0
  Dim() = default;
  Dim(std::int64_t constant) : size(constant) {}  // NOLINT: shapes are written as lists of numbers
  Dim(const char* name) : symbol(name) {}         // NOLINT
  explicit Dim(std::string name) : symbol(std::move(name)) {}
  bool symbolic() const { return !symbol.empty(); }
  bool operator==(const Dim&) const = default;
};

struct Type {
  DType dtype = DType::kF32;
  std::vector<Dim> shape;  // row-major; empty: a scalar
  bool operator==(const Type&) const = default;
};

/// Where a thing comes from; survives to the counters of the device.
struct Location {
  std::string file;  // file name within the model's directory, e.g. "model.safetensors"
  std::string name;  // tensor, module or node in it, e.g. "model.layers.0.self_attn.q_proj"
  bool operator==(const Location&) const = default;
};

/// The operations. Operands in the order given; [..] may be left out.
enum class Op : std::uint8_t {
  kEmbedding,  // ids u32[T], table [V, H] -> f32[T, H]
  kRmsNorm,    // x f32[T, H], weight [H] -> f32[T, H]; epsilon
  kLinear,     // x f32[T, K], weight [N, K], [bias [N]] -> f32[T, N]: x weight^T + bias; [input_scale,
               // input_zero]: 8-bit x is to be round(x / input_scale) + input_zero for all rows, instead of
               // by a scale for each row. Float evaluation ignores them.
  kRope,       // x f32[T, heads * head_dim], [position u32[]] -> same; heads, head_dim, theta, [batch].
               // Halves are rotated (element i with i + head_dim / 2); row t stands at position + t, without
               // a position at t modulo T / batch.
  kAttention,  // q f32[T, heads * D], k, v f32[T, kv_heads * D], keys, values (state [C, kv_heads, D]),
               // position u32[] -> f32[T, heads * D]; heads, kv_heads, head_dim, scale. Writes rows k and v
               // to the states at position, then row t attends to rows 0 .. position + t. Query head h
               // reads key/value head h / (heads / kv_heads).
  kSiluMul,    // gate f32[T, N], up f32[T, N] -> f32[T, N]: gate * sigmoid(gate) * up
  kAdd,        // a, b f32, same shape -> same
  kLogits,     // x f32[T, H], weight [V, H] -> f32[T, V]; a run may ask for the last row alone
  kLayerNorm,  // x f32[T, H], weight [H], [bias [H]] -> f32[T, H]; epsilon
  kGelu,       // x f32[T, N] -> same: x * Phi(x); approximate: "none" (Phi by erf) or "tanh"
  kSilu,       // x f32[T, N] -> same: x * sigmoid(x)
  kMul,        // a, b f32, same shape -> same
  kFullAttention,  // q f32[T, heads * D], k, v f32[S, kv_heads * D], [mask] -> f32[T, heads * D]; heads,
                   // kv_heads, head_dim, scale, causal (0 or 1), [batch, mask_batch, mask_heads, mask_rows].
                   // No cache. Rows are those of `batch` sequences (1 if not given), one after the other,
                   // and attend to the keys of their own: row t to all of the S / batch, or where causal to
                   // keys 0 .. t + (S - T) / batch (S >= T). A mask is bool (false: the key does not count)
                   // or f32 (added to the scaled scores): [S / batch], or [mask_batch * mask_heads *
                   // mask_rows, S / batch], each of them 1 or all (sequences, heads, rows of a sequence).
                   // Heads as in kAttention.
  kTanh,           // x f32[T, N] -> same
  kSigmoid,        // x f32[T, N] -> same: 1 / (1 + exp(-x))
  kRelu,           // x f32[T, N] -> same: max(x, 0)
};
constexpr int kOps = 16;
/// Name in the text form: "embedding", "rms_norm", ...
const char* op_name(Op op);

using Attribute = std::variant<std::int64_t, double, std::string, std::vector<std::int64_t>>;
using ValueId = std::int32_t;  // index into Graph::values
using NodeId = std::int32_t;   // index into Graph::nodes

enum class ValueKind : std::uint8_t {
  kInput,     // given with each run
  kConstant,  // a tensor of the model's files
  kState,     // zero at first, kept between runs, written by nodes that take it
  kResult,    // of a node
};

struct Value {
  std::string name;  // unique, without the leading %
  ValueKind kind = ValueKind::kResult;
  Type type;
  Location location;     // kConstant: the file and the tensor that hold it
  NodeId producer = -1;  // kResult: the defining node
};

struct Node {
  Op op = Op::kAdd;
  std::string name;  // unique among nodes; counters and traces speak of it, e.g. "layers.0.q_proj"
  std::vector<ValueId> operands;
  std::vector<ValueId> results;
  std::map<std::string, Attribute> attributes;
  Location location;

  /// The attribute; throws std::runtime_error naming node and attribute when absent or of another type.
  std::int64_t integer(const std::string& attribute) const;
  double real(const std::string& attribute) const;
  const std::string& text(const std::string& attribute) const;
  bool has(const std::string& attribute) const { return attributes.count(attribute) != 0; }
  /// The attribute where it is there.
  std::int64_t integer(const std::string& attribute, std::int64_t otherwise) const {
    return has(attribute) ? integer(attribute) : otherwise;
  }
};

/// A symbolic extent and the values that it may take.
struct Symbol {
  std::string name;
  std::int64_t minimum = 1, maximum = 1;  // inclusive, elements
  bool operator==(const Symbol&) const = default;
};

struct Graph {
  std::string name;
  std::vector<Symbol> symbols;
  std::vector<Value> values;
  std::vector<Node> nodes;  // in an order that can be executed
  std::vector<ValueId> outputs;

  ValueId add_value(std::string value_name, ValueKind kind, Type type, Location location = {});
  /// Appends a node with one result of that type, named as the node.
  ValueId add_node(Op op, std::string node_name, std::vector<ValueId> operands, Type type,
                   std::map<std::string, Attribute> attributes = {}, Location location = {});
  const Value& value(ValueId id) const { return values.at(static_cast<std::size_t>(id)); }
  const Node& node(NodeId id) const { return nodes.at(static_cast<std::size_t>(id)); }
  /// Value or node of that name; -1 when there is none.
  ValueId find_value(const std::string& value_name) const;
  NodeId find_node(const std::string& node_name) const;
};

}  // namespace heddle::graph
