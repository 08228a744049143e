// What executes the runs of an emulated accelerator: a device library, or the fast model.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "isa/config_file.hpp"
#include "isa/device_library.h"

namespace heddle::sim::emulation {

class Core {
 public:
  virtual ~Core() = default;
  virtual std::uint64_t config_hash() const = 0;
  /// From START to done, as heddle_library_run.
  virtual isa::CompletionRecord run(std::uint8_t* memory, std::uint64_t bytes,
                                    const isa::StartArguments& arguments,
                                    const heddle_run_options& options) = 0;
};

/// The design of a device library. Throws std::runtime_error when it cannot be loaded.
std::unique_ptr<Core> open_library_core(const std::string& library);
/// The fast model of a configuration, with results from the golden model's library. Throws like the other.
std::unique_ptr<Core> open_fast_core(const isa::NamedConfig& config, const std::string& library);

}  // namespace heddle::sim::emulation
