#include "compiler/tiles/static_pack.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

#include "compiler/tiles/quantize.hpp"

namespace heddle::tiles {
namespace {

constexpr float kUnit = 1.0f / 127.0f;

class Packer {
 public:
  Packer(const StaticProgram& program, const ConstantReader& read, std::uint8_t* segment)
      : plan_(program.plan),
        tiling_(program.tiling),
        config_(program.plan.config),
        read_(read),
        at_(segment) {}

  void run() {
    fill(plan_.ones, shares_of(config_).ones * config_.columns, kUnit * kUnit);
    for (const StaticTensor& tensor : plan_.tensors) {
      if (tensor.constant) rows(tensor);
    }
    for (const StaticOp& op : plan_.ops) {
      if (op.kind == StaticKind::kLinear) linear(op);
      if (op.kind == StaticKind::kRows) norm(op);
    }
  }

 private:
  std::vector<float> floats(graph::ValueId id) const {
    const graph::Value& value = plan_.graph.value(id);
    std::vector<float> out = read_(value);
    std::size_t expected = 1;
    for (const graph::Dim& dim : value.type.shape) expected *= static_cast<std::size_t>(dim.size);
    if (out.size() != expected) {
      throw std::runtime_error(fmt::format("{}: constant %{} has {} elements, expected {}", plan_.name,
                                           value.name, out.size(), expected));
    }
    return out;
  }

  void row(std::uint64_t offset, const std::vector<float>& values) {
    std::memcpy(at_ + offset, values.data(), values.size() * sizeof(float));
  }

  void fill(std::uint64_t offset, std::int64_t count, float value) {
    row(offset, std::vector<float>(static_cast<std::size_t>(count), value));
  }

  void rows(const StaticTensor& tensor) {
    const std::vector<float> values = floats(tensor.value);
    const auto cols = static_cast<std::size_t>(tensor.cols);
    for (std::size_t r = 0; r < static_cast<std::size_t>(tensor.rows); ++r) {
      std::uint8_t* to = at_ + tensor.offset + r * tensor.row_stride;
      if (tensor.dtype == graph::DType::kBool) {
        for (std::size_t c = 0; c < cols; ++c) to[c] = values[r * cols + c] != 0.0f ? 1 : 0;
      } else {
        std::memcpy(to, &values[r * cols], cols * sizeof(float));
      }
    }
  }

  /// Parameters of a norm, in them scale and zero point where its rows leave as bytes of a given scale.
  void norm(const StaticOp& op) {
    const bool scaled = plan_.scales_in_norm(op);
    const double inverse = scaled ? 1.0 / plan_.tensor(op.out8).scale : 1.0,
                 zero = scaled ? static_cast<double>(plan_.tensor(op.out8).zero) : 0.0;
    const auto put = [&](std::uint64_t offset, graph::ValueId id, double add) {
      std::vector<float> values = floats(id);
      for (float& value : values) value = static_cast<float>(value * inverse + add);
      row(offset, values);
    };
    if (op.has_gain) put(op.gain_row, op.gain, 0.0);
    if (op.has_offset) put(op.offset_row, op.offset, zero);
  }

  /// The column in which output channel `n` is computed: heads begin at whole planes.
  std::size_t column_of(const StaticOp& op, std::int64_t n) const {
    if (op.head_dim == 0) return static_cast<std::size_t>(n);
    const std::int64_t wide = plan_.tensor(op.out).planes * config_.columns, half = op.head_dim / 2;
    std::int64_t d = n % op.head_dim;
    if (op.theta > 0) d = d < half ? 2 * d : 2 * (d - half) + 1;  // what turns together stands side by side
    return static_cast<std::size_t>(n / op.head_dim * wide + d);
  }

  void linear(const StaticOp& op) {
    const LinearTiling tiling = tile_linear(plan_, op, tiling_);
    graph::Matrix matrix;
    matrix.data = floats(op.weight);
    matrix.cols = op.k;
    matrix.rows = static_cast<std::int64_t>(matrix.data.size()) / op.k;
    const QuantizedMatrix weights = quantize_rows(matrix, plan_.graph.value(op.weight).name);
    const auto width = static_cast<std::size_t>(tiling.n_tiles) * config_.columns;
    std::vector<float> scales(width, 0.0f), bias(width, 0.0f);
    std::vector<const std::int8_t*> channels(width, nullptr);
    const StaticTensor& in = plan_.tensor(op.in);
    const auto input_scale = static_cast<float>(127.0 * in.scale);  // as of rows: their largest magnitude
    const std::vector<float> given = op.bias >= 0 ? floats(op.bias) : std::vector<float>();
    for (std::int64_t n = 0; n < weights.rows; ++n) {
      const std::size_t column = column_of(op, n);
      scales[column] = weights.scales[static_cast<std::size_t>(n)] * kUnit;
      channels[column] = weights.row(n);
      double add = given.empty() ? 0.0 : static_cast<double>(given[static_cast<std::size_t>(n)]);
      if (in.zero != 0) {  // what the zero point adds to the sums
        std::int64_t sum = 0;
        for (std::int64_t k = 0; k < op.k; ++k) sum += weights.row(n)[k];
        add -= static_cast<double>(sum * in.zero) * scales[column] * input_scale;
      }
      bias[column] = static_cast<float>(add);
    }
    row(op.column_scales, scales);
    if (op.theta > 0) rope(op);
    if (op.has_bias) row(op.bias_row, bias);
    if (in.scale > 0) row(op.input_scale, {input_scale});
    std::uint8_t* to = at_ + op.weights;
    for (int g = 0; g < tiling.groups(); ++g) {
      for (int s = 0; s < tiling.slices(); ++s) {
        piece(op, tiling, channels, g, s, to);
        to += tiling.piece_bytes(config_, g, s);
      }
    }
  }

  /// Cosines and sines of each position, as VECTOR's ROPE reads them.
  void rope(const StaticOp& op) {
    const StaticTensor& heads = plan_.tensor(op.out);
    const std::uint64_t stride = static_cast<std::uint64_t>(heads.planes) * config_.block_bytes();
    for (std::int64_t position = 0; position < heads.rows / heads.batch; ++position) {
      std::vector<float> turns;
      for (std::int64_t i = 0; i < op.head_dim / 2; ++i) {
        const double rate =
            std::pow(op.theta, -2.0 * static_cast<double>(i) / static_cast<double>(op.head_dim));
        const double angle = static_cast<double>(position) * rate;
        turns.push_back(static_cast<float>(std::cos(angle)));
        turns.push_back(static_cast<float>(std::sin(angle)));
      }
      row(op.rope_rows + static_cast<std::uint64_t>(position) * stride, turns);
    }
  }

  /// Tiles of one slice of one group: columns of tiles one after the other, each along K.
  void piece(const StaticOp& op, const LinearTiling& tiling, const std::vector<const std::int8_t*>& channels,
             int group, int slice, std::uint8_t* to) const {
    const std::int64_t k0 = std::int64_t{slice} * tiling.slice * config_.rows;
    const std::int64_t depth =
        std::int64_t{std::min(tiling.slice, tiling.k_tiles - slice * tiling.slice)} * config_.rows;
    const int first = group * tiling.group, last = std::min(first + tiling.group, tiling.n_tiles);
    for (int n = first; n < last; ++n) {
      for (std::uint32_t c = 0; c < config_.columns; ++c) {
        const std::int8_t* channel = channels[static_cast<std::size_t>(n) * config_.columns + c];
        if (channel == nullptr) continue;
        const std::int64_t end = std::min(depth, op.k - k0);
        for (std::int64_t k = 0; k < end; ++k)
          to[k * config_.columns + c] = static_cast<std::uint8_t>(channel[k0 + k]);
      }
      to += depth * config_.columns;
    }
  }

  const StaticPlan& plan_;
  const StaticTiling& tiling_;
  const isa::Config& config_;
  const ConstantReader& read_;
  std::uint8_t* at_;
};

}  // namespace

void pack_static(const StaticProgram& program, const ConstantReader& read, std::uint64_t segment,
                 std::vector<std::uint8_t>* memory) {
  Packer(program, read, memory->data() + segment).run();
}

}  // namespace heddle::tiles
