// Parameters of a DRAM subsystem. Plain data, C++17, so that a device library and a SystemC host can take it.
//
// Times are whole clocks of the memory's command clock (tCK = 1000 / clock_mhz ns). The names are JEDEC's
// (JESD79-4, JESD209-4, JESD235); docs/memory.md states the rule behind each, and which rules are left out.
#pragma once
#include <cstdint>

namespace heddle::sim::dram {

/// How the device is refreshed.
enum class Refresh : std::uint32_t {
  kNone,     // never: for comparison only, no DRAM keeps its contents so
  kAllBank,  // every tREFI all banks of a channel at once, for tRFC
  kPerBank,  // every tREFIpb one bank of a channel, for tRFCpb, while the others work
};

/// The logarithm of a power of two.
constexpr std::uint32_t log2(std::uint32_t x) {
  std::uint32_t bits = 0;
  while (x >>= 1) ++bits;
  return bits;
}

struct Timing {
  /// Nonzero: no DRAM at all. Every access takes `latency` clocks, every port moves a beat a cycle; of the
  /// fields below only clock_mhz counts.
  std::uint32_t ideal = 0;
  std::uint32_t latency = 0;

  // Organisation: powers of two, except clock_mhz and queue_depth.
  std::uint32_t clock_mhz = 0;     // command clock; data move on both edges
  std::uint32_t channels = 0;      // independent: commands, data, banks of their own
  std::uint32_t channel_bits = 0;  // data width of a channel
  std::uint32_t burst_length = 0;  // transfers of one column command
  std::uint32_t bank_groups = 0;   // of a channel
  std::uint32_t banks_per_group = 0;
  std::uint32_t row_bytes = 0;         // of a bank of a channel: the page
  std::uint32_t interleave_bytes = 0;  // consecutive bytes of a channel before the next channel's turn
  std::uint32_t queue_depth = 0;       // bursts of a channel whose rows are opened ahead

  // Pipelines of controller and PHY.
  std::uint32_t frontend = 0;  // from arrival to the queue
  std::uint32_t backend = 0;   // from the last data on the pins to the port

  std::uint32_t CL = 0;      // column read to data (RL)
  std::uint32_t tDQSCK = 0;  // on top of CL where the strobe is not aligned with the clock
  std::uint32_t CWL = 0;     // column write to data (WL)
  std::uint32_t tDQSS = 0;   // on top of CWL
  std::uint32_t tRCD = 0;    // activate to column command
  std::uint32_t tRP = 0;     // precharge to activate, one bank
  std::uint32_t tRPab = 0;   // precharge of all banks to refresh
  std::uint32_t tRAS = 0;    // activate to precharge
  std::uint32_t tRC = 0;     // activate to activate, same bank
  std::uint32_t tRRD_S = 0;  // activate to activate, other bank group
  std::uint32_t tRRD_L = 0;  // activate to activate, same bank group
  std::uint32_t tFAW = 0;    // window of at most four activates
  std::uint32_t tCCD_S = 0;  // column to column, other bank group
  std::uint32_t tCCD_L = 0;  // column to column, same bank group
  std::uint32_t tRTP = 0;    // read to precharge
  std::uint32_t tWR = 0;     // end of write data to precharge
  std::uint32_t tWTR_S = 0;  // end of write data to read, other bank group
  std::uint32_t tWTR_L = 0;  // end of write data to read, same bank group
  std::uint32_t tRTW = 0;    // read command to write command

  Refresh refresh = Refresh::kNone;
  std::uint32_t tREFI = 0;    // between refreshes of all banks
  std::uint32_t tRFC = 0;     // one of them
  std::uint32_t tREFIpb = 0;  // between refreshes of single banks; 0: the standard has none
  std::uint32_t tRFCpb = 0;   // one of them
  std::uint32_t tRREFD = 0;   // refresh of a bank to refresh of another

  constexpr std::uint32_t banks() const { return bank_groups * banks_per_group; }  // of a channel
  constexpr std::uint32_t burst_bytes() const { return channel_bits / 8 * burst_length; }
  constexpr std::uint32_t burst_clocks() const { return burst_length / 2; }
  constexpr std::uint32_t width() const { return channels * channel_bits; }  // bits
  /// Of the pins, all channels, bytes a second.
  constexpr double bytes_per_second() const { return width() / 8 * 2.0 * clock_mhz * 1e6; }
};

constexpr std::uint32_t kMaxBankGroups = 8;
constexpr std::uint32_t kMaxBanks = 64;  // of a channel

/// What is wrong with the parameters, or nullptr; `field` names the culprit.
const char* check_timing(const Timing& timing, const char** field);

}  // namespace heddle::sim::dram
