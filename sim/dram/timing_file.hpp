// Memories by name or from a user's JSON file. Host code (C++20).
#pragma once
#include <string>
#include <vector>

#include "sim/dram/timing.hpp"

namespace heddle::sim::dram {

struct NamedTiming {
  std::string name;  // as asked for
  Timing timing;
};

/// The memory that `specification` names: PRESET|FILE.json [xWIDTH] [REFab|REFpb|noREF], blanks between, for
/// example "LPDDR4-3200 x32" or "HBM2 REFab". WIDTH in bits replaces the file's `width`; REFab refreshes all
/// banks at once, REFpb single banks, noREF none. Throws std::runtime_error naming file and field.
NamedTiming load_timing(const std::string& specification);

/// Parameters from the text of a JSON file: {"name": ..., "parameters": {FIELD: VALUE, ...}}, where VALUE is
/// a number or {"value": number, "source": text}. Every field of Timing is required under its name, but
/// `width` (bits) stands for `channels`, and `refresh` is "all-bank", "per-bank" or "none". A file with
/// "ideal": 1 has only `clock_mhz` and `latency` beside it. `source` stands for the file in messages.
Timing timing_from_json(const std::string& text, const std::string& source);

/// The presets that come with Heddle, in sim/dram/presets.
std::vector<std::string> preset_names();

}  // namespace heddle::sim::dram
