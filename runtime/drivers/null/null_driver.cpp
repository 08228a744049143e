#include "runtime/drivers/null/null_driver.hpp"

#include "runtime/drivers/memory/host_memory.hpp"

namespace heddle::runtime {
namespace {

class NullDevice : public Device {
 public:
  explicit NullDevice(const isa::NamedConfig& config) : memory_(config.config.memory_bytes) {
    info_.driver = "null";
    info_.name = "no accelerator (" + config.name + ")";
    info_.config = config.config;
    info_.memory_bytes = config.config.memory_bytes;
    info_.counts_cycles = false;
  }

  const DeviceInfo& info() const override { return info_; }
  std::uint64_t allocate(std::uint64_t bytes) override { return memory_.allocate(bytes); }
  void release(std::uint64_t address) override { memory_.release(address); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    memory_.write(address, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override { memory_.read(address, bytes); }

  // A driver for hardware sets the argument registers and the start bit here, and waits below.
  void start(const isa::StartArguments& arguments) override { arguments_ = arguments; }

  isa::CompletionRecord wait() override {
    const isa::CompletionRecord record;  // status ok
    memory_.write(arguments_.record, {reinterpret_cast<const std::uint8_t*>(&record), sizeof record});
    return record;
  }

 private:
  DeviceInfo info_;
  HostMemory memory_;
  isa::StartArguments arguments_;
};

}  // namespace

std::unique_ptr<Device> open_null(const isa::NamedConfig& config) {
  return std::make_unique<NullDevice>(config);
}

}  // namespace heddle::runtime
