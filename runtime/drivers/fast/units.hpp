// The units of the golden model, one instruction at a time: what gives a simulator of timing its results.
#pragma once
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "hls/unit_library.h"
#include "isa/config_file.hpp"
#include "isa/device_library.h"
#include "runtime/device/device.hpp"
#include "sim/fast/issue.hpp"
#include "sim/systemc/compute.hpp"

namespace heddle::runtime {

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
  void execute(std::uint8_t* memory, std::uint64_t bytes, int unit, const sim::fast::Dispatched& item) {
    execute_(device_, memory, bytes, unit, &item.instruction, item.base);
  }
  /// Both calls as one value, which lives no longer than this.
  sim::systemc::Compute compute() {
    return {[this](const isa::StartArguments& arguments) { begin(arguments); },
            [this](std::uint8_t* memory, std::uint64_t bytes, int unit, const sim::fast::Dispatched& item) {
              execute(memory, bytes, unit, item);
            }};
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

}  // namespace heddle::runtime
