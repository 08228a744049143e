#include "compiler/tiles/unit_costs.hpp"

#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"

namespace heddle::tiles {
namespace {

std::int64_t number(const Operation& op, Field field) {
  const Value* value = op.find(field);
  return value == nullptr ? 0 : value->constant;
}

std::int64_t matrix_cycles(const isa::Config& config, const Operation& op) {
  const std::int64_t tiles =
      number(op, Field::kMatrixOuter) * number(op, Field::kKTiles) * number(op, Field::kNTiles);
  return product_cycles(config, tiles, number(op, Field::kMatrixRows), number(op, Field::kTransposed) != 0);
}

std::int64_t vector_cycles(const isa::Config& config, const Operation& op) {
  const std::int64_t blocks = ceil_div(number(op, Field::kColumns), std::int64_t{config.columns});
  const std::int64_t rows = number(op, Field::kVectorRows) * number(op, Field::kVectorOuter);
  return kVectorLatency + rows * blocks * (config.columns / config.lanes);
}

}  // namespace

std::int64_t product_cycles(const isa::Config& config, std::int64_t tiles, std::int64_t rows,
                            bool transposed) {
  const std::int64_t groups = config.row_groups(), shifts = config.columns / config.weight_rows;
  std::int64_t period = 0;
  if (config.weight_buffers == 1) {  // weights come when the last row has left them
    period = transposed ? rows + shifts + groups - 1 : std::max(rows + 1, groups);
  } else {  // columns of keys enter all groups at once, when the last group has swapped
    period = std::max(rows, transposed ? shifts + groups - 1 : groups);
  }
  return kMatrixOverhead + groups + tiles * period;
}

std::int64_t bus_beats(const isa::Config& config, std::int64_t lines, std::int64_t bytes) {
  return lines * ceil_div(lines > 1 ? std::max(bytes, kShortestRow) : bytes, std::int64_t{config.bus_bytes});
}

UnitCost unit_cost(const isa::Config& config, const Operation& op) {
  if (op.opcode == isa::kOpMatrix) return {matrix_cycles(config, op), 0};
  if (op.opcode == isa::kOpVector) return {vector_cycles(config, op), 0};
  const std::int64_t bus = bus_beats(config, number(op, Field::kDmaRows), number(op, Field::kRowBytes));
  return {bus + (op.opcode == isa::kOpLoad ? kLoadOverhead : kStoreOverhead), bus};
}

}  // namespace heddle::tiles
