// A matrix product on the accelerator through OpenCL 1.2.
//   heddle emulate -- opencl_matrix_product tiny      (on a board: opencl_matrix_product tiny FILE.xclbin)
#include "examples/matrix_product.hpp"

#include <CL/cl_ext_xilinx.h>

#include <cstdio>
#include <fstream>
#include <iterator>

#include "isa/config_file.hpp"
#include "sim/emulation/kernel.hpp"  // the kernel's name and the order of its arguments
using namespace heddle::sim::emulation;
int main(int argc, char** argv) try {
  const char* xclbin = argc > 2 ? argv[2] : std::getenv("HEDDLE_XCLBIN");
  if (argc < 2 || xclbin == nullptr) throw std::runtime_error("usage: PROGRAM CONFIG [FILE.xclbin]");
  examples::MatrixProduct product(heddle::isa::load_config(argv[1]).config);
  std::ifstream in(xclbin, std::ios::binary);
  std::uint8_t* const data = product.memory.data();
  const std::size_t size = product.memory.size();
  const std::string binary((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());

  cl_platform_id platform = nullptr;
  cl_device_id device = nullptr;
  if (clGetPlatformIDs(1, &platform, nullptr) != 0) throw std::runtime_error("no OpenCL platform");
  clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 1, &device, nullptr);
  cl_context context = clCreateContext(nullptr, 1, &device, nullptr, nullptr, nullptr);
  cl_command_queue queue = clCreateCommandQueue(context, device, 0, nullptr);
  const auto* bytes = reinterpret_cast<const unsigned char*>(binary.data());
  const std::size_t length = binary.size();
  cl_program program = clCreateProgramWithBinary(context, 1, &device, &length, &bytes, nullptr, nullptr);
  cl_kernel kernel = clCreateKernel(program, kKernelName, nullptr);
  if (kernel == nullptr) throw std::runtime_error("no device, or no such kernel in the xclbin");

  const auto set = [&](int argument, std::uint64_t value) { clSetKernelArg(kernel, argument, 8, &value); };
  for (int i = kKernelWindow; i < kKernelArgument + examples::isa::kArguments; ++i) set(i, 0);
  cl_mem buffer = clCreateBuffer(context, CL_MEM_READ_WRITE, size, nullptr, nullptr);
  clSetKernelArg(kernel, kKernelMemory, sizeof buffer, &buffer);
  clEnqueueMigrateMemObjects(queue, 1, &buffer, CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED, 0, nullptr, nullptr);
  clEnqueueWriteBuffer(queue, buffer, CL_TRUE, 0, size, data, 0, nullptr, nullptr);
  std::uint64_t address = 0;
  const auto address_of = reinterpret_cast<decltype(&xclGetMemObjDeviceAddress)>(
      clGetExtensionFunctionAddressForPlatform(platform, "xclGetMemObjDeviceAddress"));
  address_of(buffer, device, sizeof address, &address);
  set(kKernelProgram, address + product.kProgram);
  set(kKernelRecord, address + product.kRecord);
  set(kKernelWatchdog, 100000);
  set(kKernelWindow, address);  // the device may touch this much
  set(kKernelWindow + 1, size);
  set(kKernelArgument, address);  // what the program knows as its argument 0
  clEnqueueTask(queue, kernel, 0, nullptr, nullptr);
  clEnqueueReadBuffer(queue, buffer, CL_TRUE, 0, size, data, 0, nullptr, nullptr);
  clReleaseMemObject(buffer), clReleaseKernel(kernel), clReleaseProgram(program);
  clReleaseCommandQueue(queue), clReleaseContext(context);
  std::puts(product.correct() ? "correct" : "WRONG");
  return product.correct() ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
