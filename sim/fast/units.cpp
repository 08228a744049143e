#include "sim/fast/units.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

namespace heddle::sim::fast {

Units::Units(const std::string& path, const isa::NamedConfig& config)
    : path_(path), handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr)
    throw std::runtime_error(fmt::format("cannot load the device library: {}", dlerror()));
  try {
    load(begin_, "heddle_units_begin");
    load(execute_, "heddle_units_execute");
    load(close_, "heddle_library_close");
    decltype(&heddle_library_config_hash) hash;
    decltype(&heddle_library_open) open;
    load(hash, "heddle_library_config_hash");
    load(open, "heddle_library_open");
    if (hash() != isa::config_hash(config.config)) {
      throw std::runtime_error(
          fmt::format("{}: built for another configuration than '{}'", path, config.name));
    }
    device_ = open();
    if (device_ == nullptr)
      throw std::runtime_error(fmt::format("{}: cannot open a device: out of memory", path));
  } catch (...) {
    dlclose(handle_);
    throw;
  }
}

Units::~Units() {
  close_(device_);
  dlclose(handle_);
}

template <class F>
void Units::load(F& function, const char* name) {
  function = reinterpret_cast<F>(dlsym(handle_, name));
  if (function == nullptr) throw std::runtime_error(fmt::format("{}: has no function {}", path_, name));
}

isa::CompletionRecord run_with_units(Machine& machine, Units* units, std::uint8_t* memory,
                                     std::uint64_t bytes, const isa::StartArguments& arguments,
                                     RunOptions options) {
  if (units != nullptr) {
    units->begin(arguments);
    options.execute = [&](int unit, const Dispatched& item) { units->execute(memory, bytes, unit, item); };
  }
  const isa::CompletionRecord record = machine.run(memory, bytes, arguments, options);
  if (machine.record_written() && arguments.record + sizeof record <= bytes)
    std::memcpy(memory + arguments.record, &record, sizeof record);
  return record;
}

}  // namespace heddle::sim::fast
