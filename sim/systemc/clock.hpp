// Core cycles as SystemC time, exactly: the period is a whole number of picoseconds, and cycle n begins at n
// periods.
#pragma once
#include <cstdint>
#include <stdexcept>
#include <systemc>

#include "sim/dram/timing.hpp"

namespace heddle::sim::systemc {

class Clock {
 public:
  /// Throws std::runtime_error for 0 MHz.
  explicit Clock(std::uint32_t mhz) {
    if (mhz == 0) throw std::runtime_error("the core clock must not be 0 MHz");
    period_ = sc_core::sc_time(static_cast<double>((1000000 + mhz / 2) / mhz), sc_core::SC_PS);
  }

  const sc_core::sc_time& period() const { return period_; }
  sc_core::sc_time at(std::uint64_t cycle) const {
    return sc_core::sc_time::from_value(cycle * period_.value());
  }
  /// The first cycle that does not begin before `time`.
  std::uint64_t cycle(const sc_core::sc_time& time) const {
    return (time.value() + period_.value() - 1) / period_.value();
  }
  std::uint64_t now() const { return cycle(sc_core::sc_time_stamp()); }

 private:
  sc_core::sc_time period_;
};

/// A memory that answers every access after `latency` cycles of a core of `mhz`, any number at once.
inline dram::Timing ideal_timing(std::uint32_t mhz, std::uint32_t latency) {
  dram::Timing timing;
  timing.ideal = 1;
  timing.clock_mhz = mhz;
  timing.latency = latency;
  return timing;
}

}  // namespace heddle::sim::systemc
