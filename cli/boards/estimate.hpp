// What Yosys estimates of a device a board's design takes: boards/NAME/estimate.json, which
// scripts/estimate_boards.sh writes, beside what the device has.
#pragma once
#include <string>

#include "cli/boards/vitis.hpp"

namespace heddle::cli {

/// Share of each kind of cell that a design leaves free, or it counts as not fitting: what place and route
/// want to reach a clock, and what the estimate may be wrong by.
constexpr double kSpare = 0.2;

struct Estimate {
  Resources used;
  std::string hash, config_hash;  // of the kernel that it is of (kernel_hash), and of its configuration
  std::string tool;               // program and its mode
  std::string command = "scripts/estimate_boards.sh";
};

/// Throws std::runtime_error naming file and field, or when it is of another configuration.
Estimate read_estimate(const VitisBoard& board);
/// Whether RTL or configuration have changed since.
bool is_stale(const VitisBoard& board, const Estimate& estimate);
/// Whether every kind leaves kSpare of the board's region free.
bool fits(const VitisBoard& board, const Estimate& estimate);
/// A table: used, on the device, in the region that it has to fit, share.
std::string estimate_text(const VitisBoard& board, const Estimate& estimate);
Json estimate_json(const VitisBoard& board, const Estimate& estimate);

}  // namespace heddle::cli
