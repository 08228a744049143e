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
  panel.offset = static_cast<std::int64_t>(rows8.offset) + rows8.rows * panel.begin;
  return panel;
}

}  // namespace heddle::tiles
