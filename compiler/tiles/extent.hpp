// Which units of its regions an operation can touch, as far as its fields and registers tell.
#pragma once
#include <cstdint>
#include <vector>

#include "compiler/tiles/program.hpp"

namespace heddle::tiles {

/// Units [begin, end) of a region, from its start.
struct Extent {
  Field field;  // the address
  int region = 0;
  std::int64_t begin = 0, end = 0;
};

/// The number that stands in the instruction: region base and constant, in the field's unit.
std::int64_t resolve_constant(const isa::Config& config, const Program& program, const FieldSetting& setting);

/// Operands whose address names a region and whose registers have known ranges.
std::vector<Extent> extents_of(const isa::Config& config, const Program& program, const Operation& op);

}  // namespace heddle::tiles
