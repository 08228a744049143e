// Adding up what a device counted, one phase of generation at a time.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "isa/config.hpp"
#include "isa/counters.hpp"
#include "isa/program.hpp"

namespace heddle::runtime {

using Counters = std::array<std::uint64_t, isa::kCounters>;

/// The runs of one phase (prefill or decode).
struct PhaseTotals {
  std::uint64_t runs = 0;
  std::uint64_t tokens = 0;
  std::uint64_t useful_macs = 0;  // multiply-accumulates that the model asks for, without padding
  Counters counters = {};         // sums
  double wall_seconds = 0.0;      // of the host, copies included
  double joules = 0.0;            // of the whole board over these seconds; 0 where it has no sensors

  void add(const isa::CompletionRecord& record, std::uint64_t run_tokens, std::uint64_t run_useful_macs,
           double seconds);
  void add(const PhaseTotals& other);

  std::uint64_t cycles() const { return counters[isa::kCounter_cycles]; }
  /// Bytes moved over the memory bus, whole beats, program included. Where the device counts no beats: the
  /// bytes that its instructions asked for.
  std::uint64_t dram_bytes(const isa::Config& config) const;
  /// Useful multiply-accumulates over what the array could do in these cycles; none without cycles.
  std::optional<double> mac_utilization(const isa::Config& config) const;
  /// Beats moved over cycles; none without cycles.
  std::optional<double> bandwidth_utilization() const;
};

}  // namespace heddle::runtime
