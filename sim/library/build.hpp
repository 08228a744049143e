// Builds device libraries: one shared object per configuration and design, made on first use and cached.
//
// The cache is HEDDLE_CACHE, else XDG_CACHE_HOME/heddle, else ~/.cache/heddle. A library's folder is named
// after design, configuration and a hash over everything that goes into it, so that an edit of the RTL makes
// a new one and an old one is never used by mistake.
#pragma once
#include <functional>
#include <string>

#include "isa/config_file.hpp"

namespace heddle::sim {

enum class Design { kHls, kRtl };

struct BuildOptions {
  bool waveforms = false;   // RTL: able to write FST files; a third slower
  bool assertions = false;  // RTL: simulation-only checks of port collisions and protocol
  bool switching = false;  // RTL: counts what works, instance by instance (sim/verilator/heddle_switching.sv)
  /// Called with a line for people when something has to be built, and when it is done.
  std::function<void(const std::string&)> progress;
};

/// Path of the library, building it if need be (HLS: seconds; RTL: about a minute for `edge`, more for
/// larger arrays). Concurrent callers wait for each other. Throws std::runtime_error when a tool is missing
/// or fails; its log is named in the message.
std::string device_library(const isa::NamedConfig& config, Design design, const BuildOptions& options = {});

/// Whether the tools for a design are installed; `reason` says what is missing.
bool can_build(Design design, std::string* reason = nullptr);

}  // namespace heddle::sim
