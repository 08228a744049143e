// Constants that the numbers of a program lean on:
//  * 1/127 of every quantised operand is folded into column scales;
//  * keys are stored times 1/(127 * 127 * sqrt(head_dim)) and values times 1/(127 * 127): factors of their
//  scales,
//    which make the products of attention come out right without a step of their own;
//  * queries and keys have the two halves of a head interleaved, so that rotary pairs are neighbours.
#include "compiler/tiles/pack.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

#include "compiler/tiles/quantize.hpp"

namespace heddle::tiles {
namespace {

constexpr double kUnit = 1.0 / 127.0;

/// A product's weights with their outputs in the order of the array's columns.
struct Columns {
  struct Part {
    QuantizedMatrix matrix;
    double factor = 1.0;  // of its outputs
  };
  std::vector<Part> parts;
  /// Part and row of a column; part -1: a column of zeros.
  struct Source {
    int part = -1;
    std::int64_t row = 0;
  };
  std::vector<Source> sources;
  std::vector<std::int64_t> inputs;  // column of the matrix for each array row; -1: zeros
};

class Packer {
 public:
  Packer(const graph::LanguageModel& model, const Plan& plan, std::vector<std::uint8_t>* memory)
      : model_(model), plan_(plan), shape_(plan.shape), config_(plan.config), memory_(*memory) {}

  void layer(int index, std::uint64_t at) {
    const DecoderLayer& tensors = plan_.decoder.layers[static_cast<std::size_t>(index)];
    const ParameterPlan where = plan_parameters(shape_);
    const std::uint64_t block = config_.block_bytes();
    vector(tensors.input_norm, at + where.input_norm * block);
    vector(tensors.post_norm, at + where.post_norm * block);
    if (shape_.output_bias) vector(tensors.o_bias, at + where.output_bias * block);
    if (shape_.qkv_bias) {
      const std::uint64_t heads = static_cast<std::uint64_t>(shape_.kv_heads * shape_.planes) * block;
      heads_vector(tensors.k_bias, shape_.kv_heads, true, key_factor(), at + where.kv_bias * block);
      heads_vector(tensors.v_bias, shape_.kv_heads, false, value_factor(),
                   at + where.kv_bias * block + heads);
      heads_vector(tensors.q_bias, shape_.heads, true, 1.0, at + where.q_bias * block);
    }
    products_.clear();
    products_[kKvProj] = keys_and_values(tensors);
    products_[kQProj] = heads(tensors.q, shape_.heads, true, 1.0);
    products_[kOProj] = plain(tensors.o);
    products_[kOProj].inputs = head_inputs();
    products_[kGateProj] = plain(tensors.gate);
    products_[kUpProj] = plain(tensors.up);
    products_[kDownProj] = plain(tensors.down);
    chunks(plan_.chunks.layer, at);
  }

  void output(std::uint64_t at) {
    vector(plan_.decoder.norm, at);
    products_.clear();
    products_[kLogitsProj] = plain(plan_.decoder.output);
    chunks(plan_.chunks.head, at);
  }

  void embedding(std::uint64_t at) {
    const QuantizedMatrix table = quantised(plan_.decoder.embedding);
    for (std::int64_t row = 0; row < table.rows; ++row) {
      const std::uint64_t place = at + static_cast<std::uint64_t>(row) * plan_.memory.embedding_row;
      std::memcpy(&memory_[place], table.row(row), static_cast<std::size_t>(table.cols));
      number(place + plan_.memory.embedding_scale, table.scales[static_cast<std::size_t>(row)]);
    }
  }

 private:
  double key_factor() const { return kUnit * kUnit / std::sqrt(static_cast<double>(shape_.head_dim)); }
  double value_factor() const { return kUnit * kUnit; }

  void number(std::uint64_t at, float value) { std::memcpy(&memory_[at], &value, sizeof value); }

  void vector(const std::string& tensor, std::uint64_t at) {
    const std::vector<float> values = model_.vector(tensor);
    std::memcpy(&memory_[at], values.data(), values.size() * sizeof(float));
  }

  /// The tensor's element for lane `lane` of a head; -1 for a lane of padding.
  std::int64_t head_element(int head, int lane, bool interleaved) const {
    if (lane >= shape_.head_dim) return -1;
    const int half = shape_.head_dim / 2;
    const int element = interleaved ? lane / 2 + (lane % 2) * half : lane;
    return static_cast<std::int64_t>(head) * shape_.head_dim + element;
  }

  int head_lanes() const { return shape_.planes * static_cast<int>(config_.columns); }

  void heads_vector(const std::string& tensor, int heads, bool interleaved, double factor, std::uint64_t at) {
    const std::vector<float> values = model_.vector(tensor);
    for (int head = 0; head < heads; ++head) {
      for (int lane = 0; lane < shape_.head_dim; ++lane) {
        const float value = values[static_cast<std::size_t>(head_element(head, lane, interleaved))];
        number(at + 4ull * static_cast<unsigned>(head * head_lanes() + lane),
               static_cast<float>(static_cast<double>(value) * factor));
      }
    }
  }

  QuantizedMatrix quantised(const std::string& tensor) const {
    return quantize_rows(model_.weight(tensor), tensor);
  }

  Columns plain(const std::string& tensor) const {
    Columns out;
    out.parts.push_back({quantised(tensor), 1.0});
    for (std::int64_t row = 0; row < out.parts[0].matrix.rows; ++row) out.sources.push_back({0, row});
    identity_inputs(out);
    return out;
  }

  static void identity_inputs(Columns& columns) {
    for (std::int64_t i = 0; i < columns.parts[0].matrix.cols; ++i) columns.inputs.push_back(i);
  }

  Columns heads(const std::string& tensor, int count, bool interleaved, double factor) const {
    Columns out;
    out.parts.push_back({quantised(tensor), factor});
    append_heads(out, 0, count, interleaved);
    identity_inputs(out);
    return out;
  }

  void append_heads(Columns& out, int part, int count, bool interleaved) const {
    for (int head = 0; head < count; ++head) {
      for (int lane = 0; lane < head_lanes(); ++lane) {
        const std::int64_t row = head_element(head, lane, interleaved);
        out.sources.push_back({row < 0 ? -1 : part, row});
      }
    }
  }

  Columns keys_and_values(const DecoderLayer& tensors) const {
    Columns out = heads(tensors.k, shape_.kv_heads, true, key_factor());
    out.parts.push_back({quantised(tensors.v), value_factor()});
    append_heads(out, 1, shape_.kv_heads, false);
    return out;
  }

  std::vector<std::int64_t> head_inputs() const {
    std::vector<std::int64_t> inputs;
    for (int head = 0; head < shape_.heads; ++head) {
      for (int lane = 0; lane < head_lanes(); ++lane) inputs.push_back(head_element(head, lane, false));
    }
    return inputs;
  }

  void chunks(const std::vector<Chunk>& list, std::uint64_t at) {
    for (const Chunk& chunk : list) {
      for (const ChunkSegment& segment : chunk.segments) {
        const Columns& product = products_[segment.projection];
        scales(product, segment,
               at + chunk.c_memory + std::uint64_t{segment.c_offset} * config_.block_bytes());
        tiles(product, segment,
              at + chunk.w_memory + std::uint64_t{segment.w_offset} * config_.w_word_bytes());
      }
    }
  }

  void scales(const Columns& product, const ChunkSegment& segment, std::uint64_t at) {
    if (!segment.last) return;
    const int columns = static_cast<int>(config_.columns);
    for (int i = 0; i < segment.n * columns; ++i) {
      const auto column = static_cast<std::size_t>(segment.n0 * columns + i);
      if (column >= product.sources.size() || product.sources[column].part < 0) continue;
      const Columns::Source source = product.sources[column];
      const Columns::Part& part = product.parts[static_cast<std::size_t>(source.part)];
      const double scale = part.matrix.scales[static_cast<std::size_t>(source.row)];
      number(at + 4ull * static_cast<unsigned>(i), static_cast<float>(scale * kUnit * part.factor));
    }
  }

  void tiles(const Columns& product, const ChunkSegment& segment, std::uint64_t at) {
    const auto columns = static_cast<std::size_t>(config_.columns),
               rows = static_cast<std::size_t>(config_.rows);
    for (int n = 0; n < segment.n; ++n) {
      for (std::size_t c = 0; c < columns; ++c) {
        const std::size_t column = static_cast<std::size_t>(segment.n0 + n) * columns + c;
        if (column >= product.sources.size() || product.sources[column].part < 0) continue;
        const Columns::Source source = product.sources[column];
        const std::int8_t* weights =
            product.parts[static_cast<std::size_t>(source.part)].matrix.row(source.row);
        const std::size_t first = static_cast<std::size_t>(segment.k0) * rows;
        const std::size_t last =
            std::min(product.inputs.size(), first + static_cast<std::size_t>(segment.k) * rows);
        std::uint8_t* out =
            &memory_[at + static_cast<std::size_t>(n) * static_cast<std::size_t>(segment.k) * rows * columns +
                     c];
        for (std::size_t k = first; k < last; ++k, out += columns) {
          const std::int64_t input = product.inputs[k];
          if (input >= 0) *out = static_cast<std::uint8_t>(weights[input]);
        }
      }
    }
  }

  const graph::LanguageModel& model_;
  const Plan& plan_;
  const PaddedShape& shape_;
  const isa::Config& config_;
  std::vector<std::uint8_t>& memory_;
  std::map<int, Columns> products_;
};

void put(std::vector<std::uint8_t>& memory, std::uint64_t at, float value) {
  std::memcpy(&memory[at], &value, sizeof value);
}

/// Rows [cos 0, sin 0, cos 1, sin 1, ...] of each position.
void pack_rope(const Plan& plan, std::uint64_t at, std::vector<std::uint8_t>& memory) {
  for (int position = 0; position < plan.shape.context; ++position) {
    const std::uint64_t row = at + static_cast<std::uint64_t>(position) * plan.memory.rope_row;
    for (int pair = 0; pair < plan.shape.head_dim / 2; ++pair) {
      const double frequency = std::pow(plan.shape.rope_theta, -2.0 * pair / plan.shape.head_dim);
      const std::uint64_t place = row + 8ull * static_cast<unsigned>(pair);
      put(memory, place, static_cast<float>(std::cos(position * frequency)));
      put(memory, place + 4, static_cast<float>(std::sin(position * frequency)));
    }
  }
}

void pack_ones(const Plan& plan, std::uint64_t at, std::vector<std::uint8_t>& memory) {
  const std::uint64_t words = static_cast<std::uint64_t>(plan.shape.planes) * plan.config.columns;
  for (std::uint64_t i = 0; i < words; ++i) put(memory, at + 4 * i, 1.0f);
}

}  // namespace

void pack_tables(const Plan& plan, const std::vector<std::uint64_t>& offsets,
                 std::vector<std::uint8_t>* memory) {
  for (std::size_t i = 0; i < plan.segments.size(); ++i) {
    if (plan.segments[i].name == "rope") pack_rope(plan, offsets[i], *memory);
    if (plan.segments[i].name == "ones") pack_ones(plan, offsets[i], *memory);
  }
}

void pack_constants(const graph::LanguageModel& model, const Plan& plan,
                    const std::vector<std::uint64_t>& offsets, std::vector<std::uint8_t>* memory) {
  Packer packer(model, plan, memory);
  for (std::size_t i = 0; i < plan.segments.size(); ++i) {
    const std::string& name = plan.segments[i].name;
    const std::uint64_t at = offsets[i];
    if (name == "layers") {
      for (int layer = 0; layer < plan.shape.layers; ++layer) {
        packer.layer(layer, at + static_cast<std::uint64_t>(layer) * plan.memory.layer);
      }
    } else if (name == "output") {
      packer.output(at);
    } else if (name == "embedding") {
      packer.embedding(at);
    }
  }
  pack_tables(plan, offsets, memory);
}

}  // namespace heddle::tiles
