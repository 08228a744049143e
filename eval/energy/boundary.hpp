// Where energy is counted. Figures of two boundaries never meet in one ratio.
#pragma once
#include <string_view>

namespace heddle::eval {

/// core: logic, on-chip memory and leakage of the die. board: with DRAM, PHY, links and regulators. wall:
/// with the host's share, its power supply and the building's cooling (PUE).
enum class Boundary { kCore, kBoard, kWall };

constexpr std::string_view name(Boundary boundary) {
  switch (boundary) {
    case Boundary::kCore:
      return "core";
    case Boundary::kBoard:
      return "board";
    case Boundary::kWall:
      break;
  }
  return "wall";
}

}  // namespace heddle::eval
