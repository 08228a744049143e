// The chips that Heddle knows, and those of the user.
#pragma once
#include <string>
#include <vector>

#include "eval/chips/chip.hpp"

namespace heddle::eval {

/// `what` is a chip's name or alias (case does not matter), or the path of a chip file, or of a configuration
/// of our own machine. Throws std::runtime_error naming file and field, or the nearest known names.
Chip load_chip(const std::string& what);

/// Every chip of eval/chips/data in order of class, vendor, year and name, then our pinned configurations.
std::vector<Chip> all_chips();

/// A chip file's text, checked against eval/chips/schema/chip.json. `source` names it in errors: unknown
/// field, wrong type or unit, negative figure, low above high, a figure without source.
Chip chip_from_json(const std::string& text, const std::string& source);

/// Everything in the chip, as `heddle chips NAME --json` writes it.
nlohmann::ordered_json chip_to_json(const Chip& chip);

}  // namespace heddle::eval
