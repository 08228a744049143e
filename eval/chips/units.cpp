#include "eval/chips/units.hpp"

#include <map>
#include <stdexcept>

namespace heddle::eval {

Unit unit(std::string_view text) {
  constexpr double kKi = 1024;
  static const std::map<std::string_view, Unit> kUnits = {
      {"GFLOPS", {1e9, "FLOP/s"}},
      {"TFLOPS", {1e12, "FLOP/s"}},
      {"PFLOPS", {1e15, "FLOP/s"}},
      {"GOPS", {1e9, "FLOP/s"}},
      {"TOPS", {1e12, "FLOP/s"}},
      {"POPS", {1e15, "FLOP/s"}},
      {"KiB", {kKi, "B"}},
      {"MiB", {kKi * kKi, "B"}},
      {"GiB", {kKi * kKi * kKi, "B"}},
      {"TiB", {kKi * kKi * kKi * kKi, "B"}},
      {"MB", {1e6, "B"}},
      {"GB", {1e9, "B"}},
      {"MB/s", {1e6, "B/s"}},
      {"GB/s", {1e9, "B/s"}},
      {"TB/s", {1e12, "B/s"}},
      {"mW", {1e-3, "W"}},
      {"W", {1, "W"}},
      {"kW", {1e3, "W"}},
      {"mm2", {1, "mm2"}},
      {"nm", {1, "nm"}},
  };
  const auto found = kUnits.find(text);
  if (found == kUnits.end()) throw std::logic_error("unit '" + std::string(text) + "' has no factor");
  return found->second;
}

}  // namespace heddle::eval
