// The main function of a driving process for boards: its arguments, and the service.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"

namespace heddle::runtime {

struct BoardArguments {
  unsigned index = 0;  // of the device
  std::string xclbin;  // path
  isa::NamedConfig config;
  std::string folder;  // private folder of an emulation, or empty
};

/// As arguments of the program.
std::vector<std::string> to_command_line(const BoardArguments& arguments);

/// Parses them, and serves what `open` opens.
int driver_main(int argc, char** argv,
                std::unique_ptr<Device> (*open)(unsigned index, const std::string& xclbin,
                                                const isa::NamedConfig& config));

}  // namespace heddle::runtime
