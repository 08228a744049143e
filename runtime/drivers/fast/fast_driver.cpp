#include "runtime/drivers/fast/fast_driver.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>

#include "hls/unit_library.h"
#include "runtime/drivers/memory/host_memory.hpp"
#include "sim/fast/machine.hpp"

namespace heddle::runtime {
namespace {

/// The units of a golden model's device library, with one device open.
class Units {
 public:
  Units(const std::string& path, const isa::NamedConfig& config)
      : path_(path), handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) throw DeviceError(fmt::format("cannot load the device library: {}", dlerror()));
    try {
      load(begin_, "heddle_units_begin");
      load(execute_, "heddle_units_execute");
      load(close_, "heddle_library_close");
      decltype(&heddle_library_config_hash) hash;
      decltype(&heddle_library_open) open;
      load(hash, "heddle_library_config_hash");
      load(open, "heddle_library_open");
      if (hash() != isa::config_hash(config.config)) {
        throw DeviceError(fmt::format("{}: built for another configuration than '{}'", path, config.name));
      }
      device_ = open();
      if (device_ == nullptr) throw DeviceError(fmt::format("{}: cannot open a device: out of memory", path));
    } catch (...) {
      dlclose(handle_);
      throw;
    }
  }
  ~Units() {
    close_(device_);
    dlclose(handle_);
  }
  Units(const Units&) = delete;
  Units& operator=(const Units&) = delete;

  void begin(const isa::StartArguments& arguments) { begin_(device_, &arguments); }
  /// What goes wrong in a unit is the model's to report, in its cycle.
  void execute(HostMemory& memory, int unit, const sim::fast::Dispatched& item) {
    execute_(device_, memory.data(), memory.bytes(), unit, &item.instruction, item.base);
  }

 private:
  template <class F>
  void load(F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(handle_, name));
    if (function == nullptr) throw DeviceError(fmt::format("{}: has no function {}", path_, name));
  }

  std::string path_;
  void* handle_;
  void* device_ = nullptr;
  decltype(&heddle_units_begin) begin_ = nullptr;
  decltype(&heddle_units_execute) execute_ = nullptr;
  decltype(&heddle_library_close) close_ = nullptr;
};

class FastDevice : public Device {
 public:
  FastDevice(const isa::NamedConfig& config, const FastOptions& options)
      : memory_(config.config.memory_bytes), machine_(config.config), options_(options) {
    if (!options.units_library.empty()) units_ = std::make_unique<Units>(options.units_library, config);
    info_.driver = "fast";
    info_.name = fmt::format("fast simulation of {}{}", config.name, units_ ? "" : ", timing only");
    info_.config = config.config;
    info_.memory_bytes = config.config.memory_bytes;
    info_.counts_cycles = true;
  }

  const DeviceInfo& info() const override { return info_; }
  std::uint64_t allocate(std::uint64_t bytes) override { return memory_.allocate(bytes); }
  void release(std::uint64_t address) override { memory_.release(address); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    memory_.write(address, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override { memory_.read(address, bytes); }
  void start(const isa::StartArguments& arguments) override { arguments_ = arguments; }

  isa::CompletionRecord wait() override {
    sim::fast::RunOptions run;
    run.memory = options_.memory;
    run.core_mhz = info_.config.clock_mhz;
    run.memory_latency = options_.memory_latency;
    run.cycle_limit = options_.cycle_limit;
    run.event = options_.event;
    if (options_.progress) {
      run.progress = [this](std::uint64_t cycles) {
        options_.progress(cycles);
        return false;
      };
    }
    if (units_) {
      units_->begin(arguments_);
      run.execute = [this](int unit, const sim::fast::Dispatched& item) {
        units_->execute(memory_, unit, item);
      };
    }
    const isa::CompletionRecord record = machine_.run(memory_.data(), memory_.bytes(), arguments_, run);
    if (machine_.record_written() && arguments_.record + sizeof record <= memory_.bytes())
      std::memcpy(memory_.data() + arguments_.record, &record, sizeof record);
    return record;
  }

 private:
  HostMemory memory_;
  sim::fast::Machine machine_;
  FastOptions options_;
  std::unique_ptr<Units> units_;
  DeviceInfo info_;
  isa::StartArguments arguments_;
};

}  // namespace

std::unique_ptr<Device> open_fast(const isa::NamedConfig& config, const FastOptions& options) {
  return std::make_unique<FastDevice>(config, options);
}

}  // namespace heddle::runtime
