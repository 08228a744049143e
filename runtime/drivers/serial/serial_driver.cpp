#include "runtime/drivers/serial/serial_driver.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "isa/version.hpp"
#include "runtime/drivers/memory/host_memory.hpp"

namespace heddle::runtime {
namespace {

using serial::kRegisterSpace;

constexpr auto kPollInterval = std::chrono::milliseconds(1);

class Board : public SerialDevice {
 public:
  Board(const isa::NamedConfig& config, const SerialOptions& options)
      : link_(options.port, options.baud), places_(config.config.memory_bytes) {
    std::uint32_t words[4];  // magic, version, hash
    read_registers(isa::kRegisterMagic, words);
    const std::uint64_t hash = words[2] | (static_cast<std::uint64_t>(words[3]) << 32);
    if (words[0] != isa::kDeviceMagic) {
      throw DeviceError(fmt::format("{}: what answers is not a board of heddle", options.port));
    }
    if (words[1] != isa::kIsaVersion) {
      throw DeviceError(
          fmt::format("{}: the board is of version {} of the contract, this program of {}: build and "
                      "flash its bitstream again",
                      options.port, words[1], isa::kIsaVersion));
    }
    if (hash != isa::config_hash(config.config)) {
      throw DeviceError(
          fmt::format("{}: the board's configuration is {:016x}, but '{}' is {:016x}: give its --config, "
                      "or flash the bitstream of this one",
                      options.port, hash, config.name, isa::config_hash(config.config)));
    }
    info_.driver = "serial";
    info_.name = fmt::format("{} on {}", config.name, options.port);
    info_.config = config.config;
    info_.memory_bytes = config.config.memory_bytes;
    info_.counts_cycles = true;
  }

  const DeviceInfo& info() const override { return info_; }
  std::uint64_t allocate(std::uint64_t bytes) override {
    const std::uint64_t address = places_.allocate(bytes);
    write(address, std::vector<std::uint8_t>(bytes));
    return address;
  }
  void release(std::uint64_t address) override { places_.release(address); }

  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    if (bytes.empty()) return;
    std::vector<std::uint8_t> words = whole_words(address, bytes.size());
    const std::uint64_t first = address & ~3ull;
    const std::span<std::uint8_t> all(words);
    if (address % 4 != 0) link_.read(word_address(first), all.first(4));
    if ((address + bytes.size()) % 4 != 0) {
      link_.read(word_address(first + words.size() - 4), all.last(4));
    }
    std::memcpy(words.data() + address % 4, bytes.data(), bytes.size());
    link_.write(word_address(first), words);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override {
    if (bytes.empty()) return;
    std::vector<std::uint8_t> words = whole_words(address, bytes.size());
    link_.read(word_address(address & ~3ull), words);
    std::memcpy(bytes.data(), words.data() + address % 4, bytes.size());
  }

  void start(const isa::StartArguments& arguments) override {
    std::vector<std::uint8_t> bytes(isa::kRegisterArgument - isa::kRegisterProgram);
    const auto set = [&](std::uint32_t at, std::uint64_t value) {
      std::memcpy(bytes.data() + at - isa::kRegisterProgram, &value, sizeof value);
    };
    set(isa::kRegisterProgram, arguments.program);
    set(isa::kRegisterRecord, arguments.record);
    set(isa::kRegisterWatchdog, arguments.watchdog);
    for (std::uint32_t i = 0; i < isa::kWindows; ++i) {
      set(isa::kRegisterWindow + 16 * i, arguments.window_base[i]);
      set(isa::kRegisterWindow + 16 * i + 8, arguments.window_size[i]);
    }
    link_.write(kRegisterSpace | isa::kRegisterProgram, bytes);
    link_.start();
  }

  isa::CompletionRecord wait() override {
    std::uint32_t words[4];  // status, nothing, pc
    const std::span<std::uint8_t> bytes(reinterpret_cast<std::uint8_t*>(words), sizeof words);
    while (!link_.read_when_done(kRegisterSpace | isa::kRegisterStatus, bytes)) {
      std::this_thread::sleep_for(kPollInterval);
    }
    isa::CompletionRecord record;
    record.status = words[0];
    record.pc = words[2] | (static_cast<std::uint64_t>(words[3]) << 32);
    link_.read(kRegisterSpace | isa::kRegisterCounters,
               {reinterpret_cast<std::uint8_t*>(record.counters), sizeof record.counters});
    return record;
  }

  serial::LinkCounts link_counts() const override { return link_.counts(); }

 private:
  static std::vector<std::uint8_t> whole_words(std::uint64_t address, std::uint64_t bytes) {
    return std::vector<std::uint8_t>((address % 4 + bytes + 3) / 4 * 4);
  }
  static std::uint32_t word_address(std::uint64_t address) {
    if (address >= kRegisterSpace)
      throw DeviceError(fmt::format("address {:#x} is outside device memory", address));
    return static_cast<std::uint32_t>(address);
  }
  void read_registers(std::uint32_t at, std::span<std::uint32_t> words) {
    link_.read(kRegisterSpace | at, {reinterpret_cast<std::uint8_t*>(words.data()), words.size_bytes()});
  }

  serial::Link link_;
  HostMemory places_;  // for its allocator alone
  DeviceInfo info_;
};

}  // namespace

std::unique_ptr<SerialDevice> open_serial(const isa::NamedConfig& config, const SerialOptions& options) {
  return std::make_unique<Board>(config, options);
}

}  // namespace heddle::runtime
