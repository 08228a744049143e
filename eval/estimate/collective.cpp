#include "eval/estimate/collective.hpp"

#include <algorithm>
#include <cmath>

namespace heddle::eval {
namespace {

// Links slower than this each way go through PCIe and often the host: latency rises with it.
constexpr double kFastLink = 100e9;
constexpr double kSlowFactor = 2.5;
// NVIDIA's systems join 8 devices by NVLink and nodes by one 400 Gb/s adapter a device (DGX H100: InfiniBand
// NDR, half of it on A100), over which a small all-reduce takes some 40 to 50 us. Other makers' links span
// their pods.
constexpr std::uint32_t kNodeDevices = 8;
constexpr double kNetworkLatencyFactor = 4;
constexpr Range kNetworkLink(50e9, 25e9, 50e9);

bool leaves_node(const Operator& op, const Chip& chip) {
  return chip.vendor == "NVIDIA" && op.devices > kNodeDevices;
}

/// Bytes that leave the node over all that a device sends.
double network_share(const Operator& op) {
  if (op.collective != Collective::kAllToAll || op.experts_per_token == 0) return 1;
  const auto elsewhere = [&op](double places) {
    return expected_distinct(places, 1, static_cast<double>(op.experts_per_token)) * (1 - 1 / places);
  };
  return elsewhere(std::ceil(static_cast<double>(op.devices) / kNodeDevices)) / elsewhere(op.devices);
}

double seconds(const Operator& op, double latency, double bytes_per_s) {
  const double n = op.devices, bytes = op.message_bytes;
  switch (op.collective) {
    case Collective::kAllReduce:
      return std::min(latency + (n - 1) * bytes / bytes_per_s,
                      2 * latency + 2 * (n - 1) / n * bytes / bytes_per_s);
    case Collective::kAllGather:
      return latency + (n - 1) / n * bytes / bytes_per_s;
    case Collective::kAllToAll:
    case Collective::kSend:
      return latency + bytes / bytes_per_s;
    case Collective::kNone:
      break;
  }
  return 0;
}

}  // namespace

Range link_speed(const Chip& chip, bool* known) {
  if (known != nullptr) *known = chip.link.has_value();
  if (!chip.link) return {25e9, 10e9, 60e9};
  return chip.link->bytes_per_s_each_way();
}

Range collective_time(const Operator& op, const Chip& chip, const Software& software) {
  const bool network = leaves_node(op, chip);
  const Range link = network ? kNetworkLink : link_speed(chip);
  Operator sent = op;
  if (network) sent.message_bytes *= network_share(op);
  const bool hop = op.collective == Collective::kSend;
  const double slow = network ? kNetworkLatencyFactor : !hop && link.value < kFastLink ? kSlowFactor : 1;
  const Range latency = (hop ? software.hop_s : software.collective_s) * Range(slow);
  return {seconds(sent, latency.value, 0.75 * link.value), seconds(sent, latency.low, 0.9 * link.high),
          seconds(sent, latency.high, 0.6 * link.low)};
}

}  // namespace heddle::eval
