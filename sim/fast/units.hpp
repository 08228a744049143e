// The units of the golden model, one instruction at a time: what gives a simulator of timing its results.
#pragma once
#include <cstdint>
#include <string>

#include "isa/config_file.hpp"
#include "isa/device_library.h"
#include "isa/unit_library.h"
#include "sim/fast/issue.hpp"
#include "sim/fast/machine.hpp"

namespace heddle::sim::fast {

/// The units of a golden model's device library, with one device open.
class Units {
 public:
  /// Throws std::runtime_error when the library cannot be loaded, lacks a function, or was built for another
  /// configuration.
  Units(const std::string& path, const isa::NamedConfig& config);
  ~Units();
  Units(const Units&) = delete;
  Units& operator=(const Units&) = delete;

  void begin(const isa::StartArguments& arguments) { begin_(device_, &arguments); }
  /// What goes wrong in a unit is the model's to report, in its cycle.
  void execute(std::uint8_t* memory, std::uint64_t bytes, int unit, const Dispatched& item) {
    execute_(device_, memory, bytes, unit, &item.instruction, item.base);
  }

 private:
  template <class F>
  void load(F& function, const char* name);

  std::string path_;
  void* handle_;
  void* device_ = nullptr;
  decltype(&heddle_units_begin) begin_ = nullptr;
  decltype(&heddle_units_execute) execute_ = nullptr;
  decltype(&heddle_library_close) close_ = nullptr;
};

/// A run on `memory` of `bytes` bytes: time from the model, results from the units (null: none), and the
/// record where the device would write it. `options.execute` is set here.
isa::CompletionRecord run_with_units(Machine& machine, Units* units, std::uint8_t* memory,
                                     std::uint64_t bytes, const isa::StartArguments& arguments,
                                     RunOptions options);

}  // namespace heddle::sim::fast
