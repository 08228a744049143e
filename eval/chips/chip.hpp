// A chip as data: what its maker or others state about it, figure by figure with the source.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "eval/common/format.hpp"
#include "eval/common/source.hpp"

namespace heddle::eval {

enum class ChipClass { kGpu, kAsic, kCpu, kFpga, kHeddle };
/// "gpu", "asic", "cpu", "fpga", "heddle".
std::string_view name(ChipClass chip_class);

/// What a chip does with a format.
struct Peak {
  enum class State {
    kNative,   // the chip multiplies in it; `figure` is its dense peak, in FLOP/s (a multiply-add is two)
    kLacking,  // the chip does not multiply in it
    kUnknown,  // not known to us whether, or how fast
  };
  State state = State::kUnknown;
  std::optional<Figure> figure;  // set exactly for kNative
};

struct Memory {
  std::string type;                 // "HBM2e"; "none" where there is none outside the chip
  std::optional<Figure> capacity;   // bytes
  std::optional<Figure> bandwidth;  // bytes/s at the pins
};

/// The fastest link to other chips, of all its lanes together.
struct Link {
  enum class Direction { kPerDirection, kBidirectional, kUnstated };
  Figure bandwidth;  // bytes/s, as stated
  Direction direction = Direction::kUnstated;
  /// What one direction carries: half of a bidirectional figure; from half to all of one that does not say.
  Range bytes_per_s_each_way() const;
};
/// "per_direction", "bidirectional", "unstated".
std::string_view name(Link::Direction direction);

/// Where power is counted: the die; the board or module with DRAM and regulators; the system with its host.
enum class PowerBoundary { kChip, kBoard, kSystem };
/// "chip", "board", "system".
std::string_view name(PowerBoundary boundary);

struct Power {
  Figure watts;
  PowerBoundary boundary = PowerBoundary::kBoard;
};

struct Price {
  Figure amount;        // unit: the currency ("USD", "CNY"), of `quantity` chips
  std::string date;     // "2023-05", "2023", or "unknown"
  double quantity = 1;  // chips that the price buys
  Range each() const { return amount.range / quantity; }
};

struct Chip {
  std::string name;
  std::vector<std::string> aliases;
  std::string vendor;
  std::string country;  // ISO 3166 code, or empty
  std::optional<int> year;
  ChipClass chip_class = ChipClass::kGpu;
  std::optional<Figure> process;  // nm
  std::array<Peak, kFormats.size()> peaks;
  std::optional<double> vector_bytes;  // our own machine's memory of activations in FP32
  double copies = 1;                   // of our own machine that share what they read
  bool weight_only = true;  // narrow weights may be widened to a format that the chip multiplies in
  Memory memory;
  std::optional<Figure> sram;  // bytes of last-level cache or scratchpad on the chip, whichever is shared
  std::optional<Link> link;
  std::optional<Power> power;
  std::optional<Figure> die;  // mm2 of the compute dies together
  std::vector<Price> prices;
  std::vector<std::string> notes;
  std::string file;  // that it was read from

  const Peak& peak(Format format) const { return peaks[static_cast<std::size_t>(format)]; }
  Peak& peak(Format format) { return peaks[static_cast<std::size_t>(format)]; }
  bool has(Format format) const { return peak(format).state == Peak::State::kNative; }

  /// These throw std::runtime_error saying that the chip lacks the format, or that the figure is not known
  /// and how to supply it (a chip file of one's own).
  const Figure& need_peak(Format format) const;
  const Figure& need_bandwidth() const;
  const Figure& need_capacity() const;
};

/// The least certain of the figures that decide speed: peaks, capacity and bandwidth.
Confidence confidence(const Chip& chip);

}  // namespace heddle::eval
