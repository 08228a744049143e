// What is compared: a chip, one of our machines, or a machine scaled to a chip's size.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "eval/chips/chip.hpp"
#include "eval/energy/machine.hpp"

namespace heddle::eval {

struct Candidate {
  Chip chip;
  std::optional<ArrayMachine> machine;  // ours: energy and area come from it
  bool preset = false;                  // scaled: everything about it is extrapolated
  std::string label;                    // "extrapolated: ...", empty where nothing needs saying

  const std::string& name() const { return chip.name; }
  double node() const;  // nm; 0 where not known
  /// mm2 of silicon with on-chip memory and PHY; empty where not known.
  std::optional<Range> area() const;
};

/// A preset of eval/compare/presets by name (spaces, '-' and case do not matter), else what load_chip takes.
/// `node`: of our machines, nm; none: a preset's own, kDefaultNode. Throws std::runtime_error.
Candidate load_candidate(const std::string& what, std::optional<double> node = std::nullopt);
std::vector<std::string> preset_names();

/// `base` machine copied until its peak is the chip's, with the chip's memory.
Candidate scaled_machine(const std::string& name, const std::string& base, const Chip& like, double node,
                         const std::string& note);

}  // namespace heddle::eval
