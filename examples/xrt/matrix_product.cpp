// A matrix product on the accelerator through the Xilinx Runtime's native API.
//   heddle emulate --config tiny -- xrt_matrix_product tiny        in emulation
//   xrt_matrix_product tiny heddle.xclbin                          on a board
#include "examples/matrix_product.hpp"

#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include <cstdio>
#include <cstdlib>

#include "isa/config_file.hpp"
#include "sim/emulation/kernel.hpp"  // the kernel's name and the order of its arguments

namespace kernel_abi = heddle::sim::emulation;

int main(int argc, char** argv) try {
  const char* xclbin = argc > 2 ? argv[2] : std::getenv("HEDDLE_XCLBIN");
  if (argc < 2 || xclbin == nullptr) {
    std::fprintf(stderr, "usage: %s CONFIG [FILE.xclbin]\n", argv[0]);
    return 2;
  }
  examples::MatrixProduct product(heddle::isa::load_config(argv[1]).config);

  xrt::device device(0);
  xrt::kernel kernel(device, device.load_xclbin(xclbin), kernel_abi::kKernelName);
  xrt::bo buffer(device, product.memory.size(), kernel.group_id(kernel_abi::kKernelMemory));
  buffer.write(product.memory.data());
  buffer.sync(XCL_BO_SYNC_BO_TO_DEVICE);

  const std::uint64_t address = buffer.address(), size = product.memory.size(), watchdog = 100000;
  xrt::run run(kernel);
  run.set_arg(kernel_abi::kKernelProgram, address + product.kProgram);
  run.set_arg(kernel_abi::kKernelRecord, address + product.kRecord);
  run.set_arg(kernel_abi::kKernelWatchdog, watchdog);
  run.set_arg(kernel_abi::kKernelWindow, address);  // the device may touch this much
  run.set_arg(kernel_abi::kKernelWindow + 1, size);
  run.set_arg(kernel_abi::kKernelArgument, address);  // what the program knows as its argument 0
  run.start();
  run.wait();

  buffer.sync(XCL_BO_SYNC_BO_FROM_DEVICE);
  buffer.read(product.memory.data());
  std::puts(product.correct() ? "correct" : "WRONG");
  return product.correct() ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
