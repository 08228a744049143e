// Units of chip files in base units.
#pragma once
#include <string>
#include <string_view>

namespace heddle::eval {

struct Unit {
  double factor = 1;  // base units in one of it
  std::string base;   // "FLOP/s", "B/s", "B", "W", "mm2", "nm"
};
/// Throws std::logic_error for a unit that the schema should not have let pass.
Unit unit(std::string_view text);

}  // namespace heddle::eval
