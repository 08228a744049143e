#include "runtime/device/checked.hpp"

#include <fmt/format.h>

#include <map>
#include <utility>

namespace heddle::runtime {
namespace {

constexpr std::uint64_t kLine = 64;  // alignment of programs, records and windows

class CheckedDevice : public Device {
 public:
  explicit CheckedDevice(std::unique_ptr<Device> inner) : inner_(std::move(inner)) {}

  const DeviceInfo& info() const override { return inner_->info(); }

  std::uint64_t allocate(std::uint64_t bytes) override {
    require_idle("allocate");
    if (bytes == 0) throw DeviceError("allocate: zero bytes asked for");
    const std::uint64_t address = inner_->allocate(bytes);
    allocations_[address] = bytes;
    return address;
  }

  void release(std::uint64_t address) override {
    require_idle("release");
    const auto found = allocations_.find(address);
    if (found == allocations_.end()) {
      throw DeviceError(fmt::format("release: {:#x} is not the address of an allocation", address));
    }
    inner_->release(address);
    allocations_.erase(found);
  }

  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    require_idle("write");
    require_allocated("write", address, bytes.size());
    inner_->write(address, bytes);
  }

  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override {
    require_idle("read");
    require_allocated("read", address, bytes.size());
    inner_->read(address, bytes);
  }

  void start(const isa::StartArguments& arguments) override {
    require_idle("start");
    require_line("program", arguments.program);
    require_inside("program header", arguments.program, sizeof(isa::ProgramHeader));
    require_line("record", arguments.record);
    require_inside("record", arguments.record, sizeof(isa::CompletionRecord));
    for (int i = 0; i < isa::kWindows; ++i) {
      const std::uint64_t base = arguments.window_base[i];
      const std::uint64_t size = arguments.window_size[i] & ~isa::kWindowReadOnly;
      if (size == 0) continue;
      const std::string what = fmt::format("window {}", i);
      require_line(what, base);
      require_line(what + "'s size", size);
      require_inside(what, base, size);
    }
    inner_->start(arguments);
    running_ = true;
  }

  isa::CompletionRecord wait() override {
    if (!running_) throw DeviceError("wait: no run was started");
    running_ = false;  // also when the driver throws: what it threw ended the run
    return inner_->wait();
  }

  std::optional<double> watts() override { return inner_->watts(); }

 private:
  void require_idle(const char* call) const {
    if (running_) throw DeviceError(fmt::format("{}: a run is in progress; wait for it first", call));
  }

  void require_allocated(const char* call, std::uint64_t address, std::uint64_t bytes) const {
    auto after = allocations_.upper_bound(address);
    if (after != allocations_.begin()) {
      const auto& [start, size] = *std::prev(after);
      if (address - start <= size && bytes <= size - (address - start)) return;
    }
    throw DeviceError(
        fmt::format("{}: {} bytes at {:#x} lie outside every allocation", call, bytes, address));
  }

  void require_inside(const std::string& what, std::uint64_t address, std::uint64_t bytes) const {
    const std::uint64_t memory = info().memory_bytes;
    if (address <= memory && bytes <= memory - address) return;
    throw DeviceError(
        fmt::format("start: {} at {:#x} ({} bytes) lies outside the device's {} bytes of memory", what,
                    address, bytes, memory));
  }

  static void require_line(const std::string& what, std::uint64_t value) {
    if (value % kLine == 0) return;
    throw DeviceError(fmt::format("start: {} ({:#x}) is not a multiple of {}", what, value, kLine));
  }

  std::unique_ptr<Device> inner_;
  std::map<std::uint64_t, std::uint64_t> allocations_;  // address -> bytes
  bool running_ = false;
};

}  // namespace

std::unique_ptr<Device> make_checked(std::unique_ptr<Device> device) {
  return std::make_unique<CheckedDevice>(std::move(device));
}

}  // namespace heddle::runtime
