#include "cli/bench/gemm_case.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "isa/numerics/functions.hpp"

namespace heddle::cli {
namespace {

std::size_t size_of(std::int64_t a, std::int64_t b) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

}  // namespace

GemmCase random_gemm(const tiles::GemmShape& shape, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  GemmCase data;
  data.shape = shape;
  const auto bytes = [&](std::size_t count) {
    std::vector<std::int8_t> out(count);
    for (std::int8_t& value : out) value = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
    return out;
  };
  const auto scales = [&](std::int64_t count) {
    std::vector<float> out(static_cast<std::size_t>(count));
    for (float& value : out) {
      value = (0.5f + static_cast<float>(random() >> 40) * 0x1p-24f) / 127.0f;
    }
    return out;
  };
  data.activations = bytes(size_of(shape.m, shape.k));
  data.weights = bytes(size_of(shape.k, shape.n));
  data.row_scales = scales(shape.m);
  data.column_scales = scales(shape.n);
  if (shape.m >= 8) {
    const auto row = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(shape.m));
    std::fill_n(data.activations.begin() + row * shape.k, shape.k, std::int8_t{0});
  }
  return data;
}

GemmResult reference_gemm(const GemmCase& data) {
  const auto [m_all, n_all, k_all] = data.shape;
  GemmResult out;
  out.output.resize(size_of(m_all, n_all));
  const auto n_size = static_cast<std::size_t>(n_all), k_size = static_cast<std::size_t>(k_all);
  std::vector<std::int32_t> sums(n_size);
  std::vector<float> y(n_size);
  for (std::size_t m = 0; m < static_cast<std::size_t>(m_all); ++m) {
    std::fill(sums.begin(), sums.end(), 0);
    for (std::size_t k = 0; k < k_size; ++k) {
      const std::int32_t a = data.activations[m * k_size + k];
      const std::int8_t* w = &data.weights[k * n_size];
      for (std::size_t n = 0; n < n_size; ++n) sums[n] += a * w[n];
    }
    float largest = 0.0f;
    for (std::size_t n = 0; n < n_size; ++n) {
      const float scaled = isa::fp32_mul(isa::fp32_from_int(sums[n]), data.column_scales[n]);
      y[n] = isa::fp32_mul(scaled, data.row_scales[m]);
      largest = isa::fp32_max(largest, isa::fp32_abs(y[n]));
    }
    out.scales.push_back(largest);
    const float inverse = isa::fp32_mul(isa::fp32_reciprocal(largest), 127.0f);
    for (std::size_t n = 0; n < n_size; ++n) {
      out.output[m * n_size + n] = isa::fp32_to_int8(isa::fp32_mul(y[n], inverse));
    }
  }
  return out;
}

void bind_gemm(const GemmCase& data, const tiles::GemmPlan& plan, isa::Image* image) {
  const auto place = [&](const char* name) { return &image->constants.at(image->binding(name).offset); };
  const auto k = static_cast<std::size_t>(data.shape.k);
  std::uint8_t* rows = place(tiles::kGemmActivations);
  for (std::size_t m = 0; m < static_cast<std::size_t>(data.shape.m); ++m) {
    std::memcpy(rows + m * plan.layout.a_row, &data.activations[m * k], k);
  }
  const std::vector<std::uint8_t> packed = tiles::pack_gemm_weights(plan, data.weights);
  std::memcpy(place(tiles::kGemmWeights), packed.data(), packed.size());
  std::memcpy(place(tiles::kGemmRowScales), data.row_scales.data(), data.row_scales.size() * sizeof(float));
  std::memcpy(place(tiles::kGemmColumnScales), data.column_scales.data(),
              data.column_scales.size() * sizeof(float));
}

GemmResult read_gemm(const tiles::GemmShape& shape, const isa::Image& image,
                     const std::vector<std::uint8_t>& arena) {
  GemmResult out;
  const isa::Binding& output = image.binding(tiles::kGemmOutput);
  const auto n = static_cast<std::size_t>(shape.n), rows = static_cast<std::size_t>(shape.m);
  out.output.resize(rows * n);
  for (std::size_t m = 0; m < rows; ++m) {
    std::memcpy(&out.output[m * n], &arena.at(output.offset + m * output.row_stride), n);
  }
  out.scales.resize(rows);
  std::memcpy(out.scales.data(), &arena.at(image.binding(tiles::kGemmOutputScales).offset),
              rows * sizeof(float));
  return out;
}

std::string compare_gemm(const GemmResult& expected, const GemmResult& actual, std::int64_t n) {
  for (std::size_t m = 0; m < expected.scales.size(); ++m) {
    if (isa::bits_of(expected.scales[m]) == isa::bits_of(actual.scales[m])) continue;
    return fmt::format("the scale of row {} is {} ({:08x}), expected {} ({:08x})", m, actual.scales[m],
                       isa::bits_of(actual.scales[m]), expected.scales[m], isa::bits_of(expected.scales[m]));
  }
  for (std::size_t i = 0; i < expected.output.size(); ++i) {
    if (expected.output[i] == actual.output[i]) continue;
    return fmt::format("row {}, column {} is {}, expected {}", i / static_cast<std::size_t>(n),
                       i % static_cast<std::size_t>(n), actual.output[i], expected.output[i]);
  }
  return {};
}

}  // namespace heddle::cli
