// heddle_opencl_driver: drives one device through OpenCL for the process that started it
// (runtime/drivers/process); with --list it prints the computer's OpenCL devices, one a line: platform, name
// and type with tabs between.
#include <fmt/format.h>

#include <cstring>

#include "runtime/drivers/opencl/opencl_device.hpp"
#include "runtime/drivers/process/driver_main.hpp"

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--list") == 0) {
    for (const heddle::runtime::OpenClDevice& device : heddle::runtime::list_opencl_devices()) {
      fmt::print("{}\t{}\t{}\n", device.platform, device.name, device.type);
    }
    return 0;
  }
  return heddle::runtime::driver_main(argc, argv, &heddle::runtime::open_opencl_device);
}
