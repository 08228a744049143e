#include "runtime/drivers/library/library_driver.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <exception>
#include <utility>

#include "isa/device_library.h"
#include "runtime/drivers/memory/simulated_device.hpp"

namespace heddle::runtime {
namespace {

/// The functions of a loaded library. It stays loaded until the last device of it is closed.
class Library {
 public:
  explicit Library(const std::string& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) {
      throw DeviceError(fmt::format("cannot load the device library: {}", dlerror()));
    }
    try {
      config_hash = function<decltype(config_hash)>(path, "heddle_library_config_hash");
      open = function<decltype(open)>(path, "heddle_library_open");
      close = function<decltype(close)>(path, "heddle_library_close");
      run = function<decltype(run)>(path, "heddle_library_run");
    } catch (...) {
      dlclose(handle_);
      throw;
    }
  }
  ~Library() { dlclose(handle_); }
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  decltype(&heddle_library_config_hash) config_hash = nullptr;
  decltype(&heddle_library_open) open = nullptr;
  decltype(&heddle_library_close) close = nullptr;
  decltype(&heddle_library_run) run = nullptr;

 private:
  template <typename Function>
  Function function(const std::string& path, const char* name) {
    void* symbol = dlsym(handle_, name);
    if (symbol == nullptr) throw DeviceError(fmt::format("{}: has no function {}", path, name));
    return reinterpret_cast<Function>(symbol);
  }

  void* handle_;
};

class LibraryDevice : public SimulatedDevice {
 public:
  LibraryDevice(const std::string& path, const isa::NamedConfig& config, const LibraryOptions& options)
      : SimulatedDevice(config), library_(path), options_(options) {
    const std::uint64_t hash = isa::config_hash(config.config);
    if (library_.config_hash() != hash) {
      throw DeviceError(fmt::format("{}: built for configuration {:016x}, but '{}' is {:016x}", path,
                                    library_.config_hash(), config.name, hash));
    }
    device_ = library_.open();
    if (device_ == nullptr) throw DeviceError(fmt::format("{}: cannot open a device: out of memory", path));
    info_.driver = options.driver;
    info_.name = fmt::format("{} simulation of {}", options.driver, config.name);
    info_.counts_cycles = options.counts_cycles;
  }
  ~LibraryDevice() override { library_.close(device_); }

  isa::CompletionRecord wait() override {
    heddle_run_options run = {};
    run.cycle_limit = options_.cycle_limit;
    run.memory = options_.memory ? &*options_.memory : nullptr;
    run.core_mhz = info_.config.clock_mhz;
    run.memory_latency = options_.memory_latency;
    run.stall_permille = options_.stall_permille;
    run.stall_seed = options_.stall_seed;
    run.waveform = options_.waveform.empty() ? nullptr : options_.waveform.c_str();
    run.progress = options_.progress ? &LibraryDevice::on_progress : nullptr;
    run.event = options_.event ? &LibraryDevice::on_event : nullptr;
    run.switching = options_.switching ? &LibraryDevice::on_switching : nullptr;
    run.products = options_.products ? &LibraryDevice::on_product : nullptr;
    run.user = this;
    isa::CompletionRecord record;
    library_.run(device_, memory_.data(), memory_.bytes(), &arguments_, &run, &record);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    return record;
  }

 private:
  /// Calls what the caller gave; its exception must not cross the C interface: false, and
  /// wait() throws it.
  template <class Function, class Value>
  static bool pass_on(void* user, Function LibraryOptions::*function, const Value& value) {
    auto* self = static_cast<LibraryDevice*>(user);
    try {
      (self->options_.*function)(value);
      return true;
    } catch (...) {
      self->failure_ = std::current_exception();
      return false;
    }
  }
  static void on_event(void* user, const heddle_unit_event* event) {
    pass_on(user, &LibraryOptions::event, *event);
  }
  static void on_switching(void* user, const heddle_switched* switched) {
    pass_on(user, &LibraryOptions::switching, *switched);
  }

  // An exception of these two ends the run.
  static int on_product(void* user, const heddle_product* product) {
    return pass_on(user, &LibraryOptions::products, *product) ? 0 : 1;
  }
  static int on_progress(void* user, std::uint64_t cycles) {
    return pass_on(user, &LibraryOptions::progress, cycles) ? 0 : 1;
  }

  Library library_;
  LibraryOptions options_;
  void* device_ = nullptr;
  std::exception_ptr failure_;
};

}  // namespace

std::unique_ptr<Device> open_library(const std::string& path, const isa::NamedConfig& config,
                                     const LibraryOptions& options) {
  return std::make_unique<LibraryDevice>(path, config, options);
}

}  // namespace heddle::runtime
