#include "eval/baseline/result.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "eval/chips/chips.hpp"
#include "eval/common/names.hpp"

namespace heddle::eval {
namespace {

// Every character but letters, digits and points is a blank; blanks around and between words are one.
std::string words(const std::string& text) {
  std::string plain = " ";
  for (const char c : normal_name(text)) {
    const bool keep = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.';
    if (keep || plain.back() != ' ') plain += keep ? c : ' ';
  }
  if (plain.back() != ' ') plain += ' ';
  return plain;
}

bool memory_fits(const Chip& chip, const DeviceDescription& device) {
  if (!chip.memory.capacity || !device.memory_bytes) return true;
  const double ratio = static_cast<double>(*device.memory_bytes) / chip.memory.capacity->range.value;
  return ratio > 0.88 && ratio < 1.12;
}

}  // namespace

Host this_host() {
  Host host;
  utsname system{};
  if (uname(&system) == 0) {
    host.name = system.nodename;
    host.system = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  }
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      host.processor = line.substr(colon + 2);
      break;
    }
  }
  return host;
}

std::string utc_date(std::int64_t seconds) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::optional<Range> compute_share(const BaselineResult& result, const Chip& chip) {
  const Peak& peak = chip.peak(result.workload.format);
  const double operations = flops(result.workload);
  if (!peak.figure || operations == 0) return std::nullopt;
  return Range(operations / result.seconds()) / peak.figure->range;
}

std::optional<Range> bandwidth_share(const BaselineResult& result, const Chip& chip) {
  if (!chip.memory.bandwidth) return std::nullopt;
  return Range(bytes(result.workload) / result.seconds()) / chip.memory.bandwidth->range;
}

std::string find_chip(const DeviceDescription& device) {
  const std::string text = words(device.name);
  std::string best;
  std::size_t length = 0;
  bool tie = false;
  for (const Chip& chip : all_chips()) {
    // Our own machine has no such driver; its configurations' names are common words.
    if (chip.chip_class == ChipClass::kHeddle || !memory_fits(chip, device)) continue;
    // A board with a PCIe edge has less power and often less bandwidth than the module of the same name.
    if (text.find(" pcie ") != std::string::npos && words(chip.name).find(" pcie ") == std::string::npos)
      continue;
    std::vector<std::string> names = chip.aliases;
    names.push_back(chip.name);
    for (const std::string& candidate : names) {
      const std::string wanted = words(candidate);
      if (text.find(wanted) == std::string::npos || wanted.size() < length) continue;
      tie = wanted.size() == length && best != chip.name;
      length = wanted.size();
      best = chip.name;
    }
  }
  return tie ? "" : best;
}

}  // namespace heddle::eval
