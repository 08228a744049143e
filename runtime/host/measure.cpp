#include "runtime/host/measure.hpp"

namespace heddle::runtime {

void PhaseTotals::add(const isa::CompletionRecord& record, std::uint64_t run_tokens,
                      std::uint64_t run_useful_macs, double seconds) {
  ++runs;
  tokens += run_tokens;
  useful_macs += run_useful_macs;
  for (int i = 0; i < isa::kCounters; ++i) counters[i] += record.counters[i];
  wall_seconds += seconds;
}

void PhaseTotals::add(const PhaseTotals& other) {
  runs += other.runs;
  tokens += other.tokens;
  useful_macs += other.useful_macs;
  for (int i = 0; i < isa::kCounters; ++i) counters[i] += other.counters[i];
  wall_seconds += other.wall_seconds;
  joules += other.joules;
}

std::uint64_t PhaseTotals::dram_bytes(const isa::Config& config) const {
  const std::uint64_t beats = counters[isa::kCounter_read_beats] + counters[isa::kCounter_write_beats];
  if (beats != 0) return beats * config.bus_bytes;
  return counters[isa::kCounter_load_bytes] + counters[isa::kCounter_store_bytes];
}

std::optional<double> PhaseTotals::mac_utilization(const isa::Config& config) const {
  if (cycles() == 0) return std::nullopt;
  const double peak = static_cast<double>(cycles()) * config.rows * config.columns;
  return static_cast<double>(useful_macs) / peak;
}

std::optional<double> PhaseTotals::bandwidth_utilization() const {
  if (cycles() == 0) return std::nullopt;
  const std::uint64_t beats = counters[isa::kCounter_read_beats] + counters[isa::kCounter_write_beats];
  return static_cast<double>(beats) / static_cast<double>(cycles());
}

}  // namespace heddle::runtime
