// MATRIX with its products made by another machine (heddle_products_fn): for simulators, not for synthesis.
// The instruction is executed twice: once to learn what is multiplied, and again with the sums at hand, so
// that addresses, order and faults are those of the kernel.
#pragma once
#include <cstdint>
#include <vector>

#include "hls/kernels/matrix.hpp"
#include "isa/device_library.h"

namespace heddle {
namespace hls {

constexpr std::size_t kMostElsewhere = 1u << 26;  // elements of the operands and sums of one instruction

/// One product of an instruction: of one step of its outer loop.
struct Product {
  std::vector<std::int8_t> activations, weights;  // [rows][k], [k][n]
  std::vector<std::int32_t> sums;                 // [rows][n]
};

/// Takes down the operands.
struct RecordingArray {
  const Matrix& x;
  std::vector<Product>& products;

  void multiply(const ArrayStep& step, const std::int8_t* activation, const WeightTile& tile, std::int32_t*) {
    Product& product = products[step.outer];
    const std::size_t k = static_cast<std::size_t>(x.k_tiles) * kRows,
                      n = static_cast<std::size_t>(x.n_tiles) * kColumns;
    for (std::size_t i = 0; i < kRows; ++i) {
      const std::size_t row = step.k_tile * kRows + i;
      product.activations[step.m * k + row] = activation[i];
      if (step.m != 0) continue;
      for (std::size_t j = 0; j < kColumns; ++j) {
        product.weights[row * n + step.n_tile * kColumns + j] = static_cast<std::int8_t>(tile.weight[i][j]);
      }
    }
  }
};

/// Adds the sums that were made elsewhere, with the last tile.
struct ReplayingArray {
  const Matrix& x;
  const std::vector<Product>& products;

  void multiply(const ArrayStep& step, const std::int8_t*, const WeightTile&, std::int32_t* sum) {
    if (step.k_tile + 1 != x.k_tiles) return;
    const std::size_t n = static_cast<std::size_t>(x.n_tiles) * kColumns;
    const std::int32_t* from = &products[step.outer].sums[step.m * n + step.n_tile * kColumns];
    for (std::size_t j = 0; j < kColumns; ++j) {
      sum[j] =
          static_cast<std::int32_t>(static_cast<std::uint32_t>(sum[j]) + static_cast<std::uint32_t>(from[j]));
    }
  }
};

inline std::uint32_t run_matrix_elsewhere(Device& device, const Dispatched& item, heddle_products_fn multiply,
                                          void* user) {
  Matrix x;
  const std::uint32_t decoded = decode_matrix(item.instruction, &x);
  if (decoded != isa::kStatusOk) return decoded;
  if (x.rows == 0 || x.k_tiles == 0 || x.n_tiles == 0 || x.outer == 0) return isa::kStatusOk;
  const std::size_t k = static_cast<std::size_t>(x.k_tiles) * kRows,
                    n = static_cast<std::size_t>(x.n_tiles) * kColumns;
  // No program of the compiler comes near; the fields allow a product that no host could hold.
  if (x.outer * (x.rows * k + k * n + x.rows * n) > kMostElsewhere) {
    Array array;
    return run_matrix(device, item, array);
  }
  std::vector<Product> products(x.outer);
  for (Product& product : products) {
    product.activations.resize(x.rows * k);
    product.weights.resize(k * n);
    product.sums.resize(x.rows * n);
  }
  const std::uint64_t macs = device.counter[isa::kCounter_macs];
  RecordingArray recording = {x, products};
  const std::uint32_t status = run_matrix(device, item, recording);
  if (status != isa::kStatusOk) {  // what is moved before the fault is the kernel's to say
    Array array;
    return run_matrix(device, item, array);
  }
  device.counter[isa::kCounter_macs] = macs;
  for (Product& product : products) {
    const heddle_product made = {x.rows,
                                 static_cast<std::uint32_t>(k),
                                 static_cast<std::uint32_t>(n),
                                 product.activations.data(),
                                 product.weights.data(),
                                 product.sums.data()};
    if (multiply(user, &made) != 0) return isa::kStatusBus;
  }
  ReplayingArray replaying = {x, products};
  return run_matrix(device, item, replaying);
}

}  // namespace hls
}  // namespace heddle
