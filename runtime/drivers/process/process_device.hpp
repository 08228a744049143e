// A device that another process drives. What a driver's libraries do to their process (threads, signal
// handlers, exit, hangs, crashes) stays there; a host sees calls that succeed or throw. The host itself does
// not link those libraries, so that it also starts where they are not installed.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/device/device.hpp"

namespace heddle::runtime {

struct ProcessOptions {
  std::string program;                                           // path
  std::vector<std::string> arguments;                            // without the program's name
  std::vector<std::pair<std::string, std::string>> environment;  // set in addition to, or instead of, ours
  std::string folder;                                            // its working directory; empty: ours
  double open_seconds = -1;               // limit for opening the device; negative: none
  std::function<void()> progress;         // called now and then while a run is waited for; may be empty
  std::shared_ptr<const void> resources;  // kept until the process has ended
};

/// Starts the program, which calls serve_device (serve.hpp), in a session of its own. `info` is completed by
/// what it says: name, memory. Every call throws DeviceError when the process has ended, with how it ended
/// and the last that it wrote to its standard error. What `progress` throws, wait throws when it has
/// ended the process.
std::unique_ptr<Device> open_process(const ProcessOptions& options, const DeviceInfo& info);

}  // namespace heddle::runtime
