#include "compiler/tiles/static_plan.hpp"

#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"

namespace heddle::tiles {

std::int64_t blocks_of(const isa::Config& config, std::int64_t columns) {
  return ceil_div(columns, std::int64_t{config.columns});
}

Panel panel_at(const StaticTensor& rows8, std::int64_t column) {
  const auto row = static_cast<std::int64_t>(rows8.row_stride),
             width = rows8.panel == 0 ? row : static_cast<std::int64_t>(rows8.panel);
  Panel panel;
  panel.begin = column / width * width;
  panel.width = std::min(width, row - panel.begin);
  panel.offset = static_cast<std::int64_t>(rows8.offset) +
                 panel.begin / width * static_cast<std::int64_t>(rows8.panel_stride);
  return panel;
}

namespace {

std::uint64_t page_of(const isa::Config& config) {
  return std::uint64_t{config.dma_burst_beats()} * config.bus_bytes;
}

/// Gives panels their stride, if there are any. Returns the bytes of the rows without their scales.
std::uint64_t place_panels(const isa::Config& config, StaticTensor* rows8) {
  const auto rows = static_cast<std::uint64_t>(rows8->rows);
  if (rows8->panel == 0) return rows * rows8->row_stride;
  // A row's part of each is written at once. An odd number of the DRAM's rows of all channels, where these
  // are as fast as the bus, takes them to different banks.
  const std::uint64_t unit = std::uint64_t{256} * config.bus_bytes;
  rows8->panel_stride = (ceil_div(rows * rows8->panel, unit) | 1) * unit;
  const std::uint64_t before = (rows8->row_stride - 1) / rows8->panel;
  return before * rows8->panel_stride + rows * (rows8->row_stride - before * rows8->panel);
}

}  // namespace

std::uint64_t place_of(const isa::Config& config, std::uint64_t from, std::uint64_t bytes) {
  const std::uint64_t page = page_of(config), line = bytes < page ? config.bus_bytes : page;
  return round_up(from, std::max<std::uint64_t>({64, config.block_bytes(), line}));
}

void place_tensors(StaticPlan* plan) {
  std::uint64_t ends[2] = {0, 0};
  const isa::Config& config = plan->config;
  const std::uint64_t line = std::max({64u, config.bus_bytes, config.block_bytes()});
  const std::int64_t bus_words = std::max(1u, config.bus_bytes / isa::kBytesPerWord);
  for (StaticTensor& tensor : plan->tensors) {
    if (tensor.on_chip) continue;
    std::uint64_t& at = ends[tensor.constant ? 1 : 0];
    const auto rows = static_cast<std::uint64_t>(tensor.rows);
    const std::uint64_t row_of_bytes =
        round_up(static_cast<std::uint64_t>(tensor.cols), std::max(config.columns, config.bus_bytes));
    if (tensor.form == Form::kFloat) {
      const bool flags = tensor.dtype == graph::DType::kBool;
      tensor.row_stride =
          flags ? row_of_bytes
                : static_cast<std::uint64_t>(blocks_of(config, tensor.cols)) * config.block_bytes();
      tensor.bytes = rows * tensor.row_stride;
    } else if (tensor.form == Form::kRows8) {
      tensor.row_stride = row_of_bytes;
      tensor.scales = round_up(place_panels(config, &tensor), line);
      tensor.bytes = tensor.scales + (tensor.scale > 0 ? 0 : rows * isa::kBytesPerWord);
    } else {
      // Whole blocks of keys, whole beats of scales.
      const auto padded = static_cast<std::uint64_t>(
          round_up(tensor.rows / tensor.batch, std::max<std::int64_t>(config.columns, bus_words)));
      tensor.plane_stride = round_up(padded * config.columns, std::uint64_t{config.bus_bytes});
      tensor.scale_stride = padded * isa::kBytesPerWord;
      const auto heads = static_cast<std::uint64_t>(tensor.batch * tensor.heads);
      tensor.scales = round_up(heads * static_cast<std::uint64_t>(tensor.planes) * tensor.plane_stride, line);
      tensor.bytes = tensor.scales + heads * tensor.scale_stride;
    }
    tensor.offset = place_of(config, at, tensor.bytes);
    tensor.scales += tensor.offset;
    at = round_up(tensor.offset + tensor.bytes, line);
  }
  plan->state_bytes = ends[0];
  plan->constant_bytes = ends[1];
}

}  // namespace heddle::tiles
