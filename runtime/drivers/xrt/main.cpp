// heddle_xrt_driver: drives one device through XRT for the process that started it (runtime/drivers/process).
#include "runtime/drivers/process/driver_main.hpp"
#include "runtime/drivers/xrt/xrt_device.hpp"

int main(int argc, char** argv) {
  return heddle::runtime::driver_main(argc, argv, &heddle::runtime::open_xrt_device);
}
