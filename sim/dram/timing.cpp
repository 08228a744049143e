#include "sim/dram/timing.hpp"

namespace heddle::sim::dram {
namespace {

constexpr bool power_of_two(std::uint32_t x) { return x != 0 && (x & (x - 1)) == 0; }

}  // namespace

const char* check_timing(const Timing& t, const char** field) {
  const auto wrong = [&](const char* name, const char* text) {
    *field = name;
    return text;
  };
  if (t.clock_mhz < 1 || t.clock_mhz > 10000) return wrong("clock_mhz", "must be from 1 to 10,000");
  if (t.ideal != 0) return t.latency < 1 ? wrong("latency", "must be at least 1") : nullptr;

  if (!power_of_two(t.channel_bits) || t.channel_bits < 8 || t.channel_bits > 1024)
    return wrong("channel_bits", "must be a power of two from 8 to 1,024");
  if (!power_of_two(t.channels) || t.channels > 256)
    return wrong("width", "must be a power of two times channel_bits, at most 256 channels");
  if (!power_of_two(t.burst_length) || t.burst_length < 2 || t.burst_length > 64)
    return wrong("burst_length", "must be a power of two from 2 to 64");
  if (!power_of_two(t.bank_groups) || t.bank_groups > kMaxBankGroups)
    return wrong("bank_groups", "must be a power of two up to 8");
  if (!power_of_two(t.banks_per_group) || t.banks() > kMaxBanks)
    return wrong("banks_per_group", "must be a power of two, at most 64 banks in all");
  if (!power_of_two(t.row_bytes) || t.row_bytes < t.burst_bytes())
    return wrong("row_bytes", "must be a power of two, at least one burst (channel_bits / 8 * burst_length)");
  if (!power_of_two(t.interleave_bytes) || t.interleave_bytes < t.burst_bytes())
    return wrong("interleave_bytes",
                 "must be a power of two, at least one burst (channel_bits / 8 * burst_length)");
  if (t.queue_depth < 1 || t.queue_depth > 1024) return wrong("queue_depth", "must be from 1 to 1,024");

  if (t.CL < 1) return wrong("CL", "must be at least 1");
  if (t.CWL < 1) return wrong("CWL", "must be at least 1");
  if (t.tRCD < 1) return wrong("tRCD", "must be at least 1");
  if (t.tRP < 1) return wrong("tRP", "must be at least 1");
  if (t.tRPab < t.tRP) return wrong("tRPab", "must be at least tRP");
  if (t.tRAS < t.tRCD) return wrong("tRAS", "must be at least tRCD");
  if (t.tRC < t.tRAS + t.tRP) return wrong("tRC", "must be at least tRAS + tRP");
  if (t.tRRD_S < 1) return wrong("tRRD_S", "must be at least 1");
  if (t.tRRD_L < t.tRRD_S) return wrong("tRRD_L", "must be at least tRRD_S");
  if (t.tFAW < t.tRRD_S) return wrong("tFAW", "must be at least tRRD_S");
  if (t.tCCD_S < t.burst_clocks())
    return wrong("tCCD_S", "must be at least burst_length / 2: bursts would overlap on the data bus");
  if (t.tCCD_L < t.tCCD_S) return wrong("tCCD_L", "must be at least tCCD_S");
  if (t.tWTR_L < t.tWTR_S) return wrong("tWTR_L", "must be at least tWTR_S");
  if (t.tRTW + t.CWL + t.tDQSS < t.CL + t.tDQSCK + t.burst_clocks())
    return wrong("tRTW", "must be at least CL + tDQSCK + burst_length / 2 - CWL - tDQSS: data would overlap");

  // Between two refreshes a burst must find the time to open its row, or it would wait forever.
  const std::uint32_t busy = t.tRC + t.tFAW + t.tRPab + t.CWL + t.tDQSS + t.burst_clocks() + t.tWR + t.tWTR_L;
  if (t.refresh == Refresh::kAllBank) {
    if (t.tRFC < 1) return wrong("tRFC", "must be at least 1");
    if (t.tREFI <= t.tRFC + busy) return wrong("tREFI", "leaves no time between refreshes of tRFC");
  }
  if (t.refresh == Refresh::kPerBank) {
    if (t.tRFCpb < 1) return wrong("tRFCpb", "is 0: this memory has no refresh of single banks");
    if (t.banks() < 4) return wrong("banks_per_group", "at least 4 banks are needed to refresh single ones");
    if (t.tREFIpb <= busy || t.tREFIpb <= t.tRFCpb + t.tRP)
      return wrong("tREFIpb", "leaves no time between refreshes of tRFCpb");
    if (t.tRREFD < 1 || t.tRREFD > t.tRFCpb) return wrong("tRREFD", "must be from 1 to tRFCpb");
  }
  return nullptr;
}

}  // namespace heddle::sim::dram
