// What works in a simulation of the RTL beside what the model of energy counts.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "eval/energy/counted.hpp"
#include "isa/device_library.h"

namespace heddle::eval {

/// Sums up the instances that a simulator reports (heddle_switched).
class SwitchingCounts {
 public:
  void add(const heddle_switched& switched);
  bool empty() const { return !any_; }
  const CountedWork& amounts() const { return amounts_; }
  /// Share of the operands' bits that differ from those of the operation before, by work; none where they
  /// are not looked at.
  std::optional<double> toggled(WorkKind work) const;

 private:
  bool any_ = false;
  CountedWork amounts_, toggled_, bits_;
};

/// One kind of work: what the RTL did, what the model counted.
struct SwitchingLine {
  std::string unit, what;
  double rtl = 0, model = 0;
  std::optional<double> toggled;
  /// Of the model from the RTL; 0 where neither counts anything, infinite where only the model does.
  double difference() const;
};
std::vector<SwitchingLine> switching_lines(const SwitchingCounts& rtl, const CountedWork& model);

}  // namespace heddle::eval
