#include "eval/chips/heddle_chip.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <regex>
#include <stdexcept>

#include "sim/dram/timing_file.hpp"

namespace heddle::eval {

std::optional<double> memory_bandwidth(const std::string& memory) {
  // JESD79-4 (DDR4) and JESD209-4 (LPDDR4) name a speed by its transfers a second on each pin, in millions.
  static const std::regex pattern("^(?:LP)?DDR[0-9]X?-([0-9]+) x([0-9]+)$");
  std::smatch match;
  if (std::regex_match(memory, match, pattern)) return std::stod(match[1]) * 1e6 * std::stod(match[2]) / 8;
  try {
    const sim::dram::Timing timing = sim::dram::load_timing(memory).timing;
    if (timing.ideal != 0) return std::nullopt;
    return timing.bytes_per_second();
  } catch (const std::runtime_error&) {
    throw std::runtime_error(
        fmt::format("memory '{}' is none of {}, another DDR or LPDDR with transfers and width as in "
                    "'LPDDR5-6400 x64', or a JSON file of timing",
                    memory, fmt::join(sim::dram::preset_names(), ", ")));
  }
}

Chip heddle_chip(const isa::NamedConfig& named, const std::string& file) {
  const isa::Config& config = named.config;
  const double clock = config.clock_mhz * 1e6;
  const double bus = config.bus_bytes * clock;
  std::optional<double> pins;
  try {
    pins = memory_bandwidth(config.memory);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(fmt::format("{}: field 'memory': {}", file, error.what()));
  }
  const auto derived = [&](double value, const char* unit, const std::string& how) {
    return Figure{Range(value), unit, fmt::format("configuration {}: {}", named.name, how),
                  Confidence::kVerified, ""};
  };

  Chip chip;
  chip.name = named.name;
  chip.aliases = {"heddle-" + named.name};
  chip.vendor = "Heddle";
  chip.chip_class = ChipClass::kHeddle;
  chip.file = file;
  for (const Format format : kFormats) chip.peak(format).state = Peak::State::kLacking;
  chip.peak(Format::kInt8) = {Peak::State::kNative,
                              derived(2.0 * config.rows * config.columns * clock, "FLOP/s",
                                      fmt::format("{} x {} multiply-adds a cycle at {} MHz", config.rows,
                                                  config.columns, config.clock_mhz))};
  chip.weight_only = false;
  chip.vector_bytes = config.v_bytes;
  chip.memory.type = config.memory;
  chip.memory.capacity = derived(static_cast<double>(config.memory_bytes), "B", "memory_bytes");
  chip.memory.bandwidth =
      derived(std::min(bus, pins.value_or(bus)), "B/s",
              fmt::format("the lesser of the bus, {} B x {} MHz = {:.1f} GB/s, and the pins of {}{}",
                          config.bus_bytes, config.clock_mhz, bus / 1e9, config.memory,
                          pins ? fmt::format(", {:.1f} GB/s", *pins / 1e9) : ""));
  chip.sram = derived(config.on_chip_bytes(), "B", "sum of the on-chip memories");
  chip.notes = {"8-bit weights, activations and cache; vector work in FP32 on its lanes",
                "power, area and price come from synthesis and energy models, not from the configuration"};
  return chip;
}

}  // namespace heddle::eval
