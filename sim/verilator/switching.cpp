#include "sim/verilator/switching.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace heddle::sim {
namespace {

struct Count {
  std::uint64_t amount = 0, toggled = 0, bits = 0;
};

struct Counts {
  std::map<std::string, int> units;
  std::vector<std::array<Count, kSwitchingKinds>> counted;  // by unit
};

Counts& counts() {
  static Counts all;
  return all;
}

}  // namespace

void begin_switching() {
  for (auto& unit : counts().counted) unit.fill({});
}

void report_switching(const heddle_run_options& options) {
  if (options.switching == nullptr) return;
  for (const auto& [path, unit] : counts().units) {
    for (int kind = 0; kind < kSwitchingKinds; ++kind) {
      const Count& count = counts().counted[static_cast<std::size_t>(unit)][static_cast<std::size_t>(kind)];
      if (count.amount == 0) continue;
      const heddle_switched report = {path.c_str(), kind, count.amount, count.toggled, count.bits};
      options.switching(options.user, &report);
    }
  }
}

}  // namespace heddle::sim

// What heddle_switching.sv imports. Devices of one library share the counts: they run one at a time.
extern "C" int heddle_switching_unit(const char* path) {
  auto& all = heddle::sim::counts();
  const auto [at, fresh] = all.units.try_emplace(path, static_cast<int>(all.counted.size()));
  if (fresh) all.counted.emplace_back();
  return at->second;
}

extern "C" void heddle_switching_count(int unit, int kind, int amount, int toggled, int bits) {
  auto& count = heddle::sim::counts().counted[static_cast<std::size_t>(unit)][static_cast<std::size_t>(kind)];
  count.amount += static_cast<std::uint64_t>(amount);
  count.toggled += static_cast<std::uint64_t>(toggled);
  count.bits += static_cast<std::uint64_t>(bits);
}
