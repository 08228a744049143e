#include "sim/emulation/core.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <stdexcept>

#include "sim/dram/timing.hpp"
#include "sim/fast/units.hpp"

namespace heddle::sim::emulation {
namespace {

class LibraryCore : public Core {
 public:
  explicit LibraryCore(const std::string& path)
      : path_(path), handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr)
      throw std::runtime_error(fmt::format("cannot load the device library: {}", dlerror()));
    try {
      const auto open = function<decltype(&heddle_library_open)>("heddle_library_open");
      close_ = function<decltype(close_)>("heddle_library_close");
      run_ = function<decltype(run_)>("heddle_library_run");
      config_hash_ = function<decltype(&heddle_library_config_hash)>("heddle_library_config_hash")();
      device_ = open();
      if (device_ == nullptr) throw std::runtime_error("cannot open a device: out of memory");
    } catch (...) {
      dlclose(handle_);
      throw;
    }
  }
  ~LibraryCore() override {
    close_(device_);
    dlclose(handle_);
  }

  std::uint64_t config_hash() const override { return config_hash_; }
  isa::CompletionRecord run(std::uint8_t* memory, std::uint64_t bytes, const isa::StartArguments& arguments,
                            const heddle_run_options& options) override {
    isa::CompletionRecord record;
    run_(device_, memory, bytes, &arguments, &options, &record);
    return record;
  }

 private:
  template <typename Function>
  Function function(const char* name) {
    void* symbol = dlsym(handle_, name);
    if (symbol == nullptr) throw std::runtime_error(fmt::format("{}: has no function {}", path_, name));
    return reinterpret_cast<Function>(symbol);
  }

  std::string path_;
  void* handle_;
  void* device_ = nullptr;
  decltype(&heddle_library_close) close_ = nullptr;
  decltype(&heddle_library_run) run_ = nullptr;
  std::uint64_t config_hash_ = 0;
};

class FastCore : public Core {
 public:
  FastCore(const isa::NamedConfig& config, const std::string& library)
      : hash_(isa::config_hash(config.config)), machine_(config.config), units_(library, config) {}

  std::uint64_t config_hash() const override { return hash_; }
  isa::CompletionRecord run(std::uint8_t* memory, std::uint64_t bytes, const isa::StartArguments& arguments,
                            const heddle_run_options& options) override {
    fast::RunOptions run;
    if (options.memory != nullptr) run.memory = *static_cast<const dram::Timing*>(options.memory);
    run.core_mhz = options.core_mhz;
    run.memory_latency = options.memory_latency;
    run.cycle_limit = options.cycle_limit;
    run.progress = [&](std::uint64_t cycles) {
      return options.progress != nullptr && options.progress(options.user, cycles) != 0;
    };
    return fast::run_with_units(machine_, &units_, memory, bytes, arguments, run);
  }

 private:
  std::uint64_t hash_;
  fast::Machine machine_;
  fast::Units units_;
};

}  // namespace

std::unique_ptr<Core> open_library_core(const std::string& library) {
  return std::make_unique<LibraryCore>(library);
}

std::unique_ptr<Core> open_fast_core(const isa::NamedConfig& config, const std::string& library) {
  return std::make_unique<FastCore>(config, library);
}

}  // namespace heddle::sim::emulation
