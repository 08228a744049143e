// The model of energy and area against silicon that others published.
#pragma once
#include <string>
#include <vector>

#include "eval/energy/machine.hpp"

namespace heddle::eval {

struct SiliconCheck {
  std::string name, what, unit, source, reason;  // what: "TOPS/W", "TOPS/mm2", "mm2", "W"
  double published = 0;
  Range predicted;
  double error() const { return predicted.value / published - 1; }
};

/// eval/energy/published_silicon.json. Throws std::runtime_error naming file and field.
std::vector<SiliconCheck> silicon_checks();

}  // namespace heddle::eval
