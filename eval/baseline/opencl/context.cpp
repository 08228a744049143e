#include "eval/baseline/opencl/context.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "eval/baseline/kernels.hpp"

namespace heddle::eval::opencl {
namespace {

std::string_view error_name(cl_int code) {
  switch (code) {
    case CL_DEVICE_NOT_AVAILABLE:
      return "CL_DEVICE_NOT_AVAILABLE";
    case CL_COMPILER_NOT_AVAILABLE:
      return "CL_COMPILER_NOT_AVAILABLE";
    case CL_MEM_OBJECT_ALLOCATION_FAILURE:
      return "CL_MEM_OBJECT_ALLOCATION_FAILURE: the device's memory does not suffice";
    case CL_OUT_OF_RESOURCES:
      return "CL_OUT_OF_RESOURCES";
    case CL_OUT_OF_HOST_MEMORY:
      return "CL_OUT_OF_HOST_MEMORY";
    case CL_BUILD_PROGRAM_FAILURE:
      return "CL_BUILD_PROGRAM_FAILURE";
    case CL_INVALID_KERNEL_ARGS:
      return "CL_INVALID_KERNEL_ARGS";
    case CL_INVALID_WORK_GROUP_SIZE:
      return "CL_INVALID_WORK_GROUP_SIZE: the device's work-groups are too small";
    case CL_INVALID_BUFFER_SIZE:
      return "CL_INVALID_BUFFER_SIZE: the device's memory does not suffice";
    default:
      return "see CL/cl.h";
  }
}

}  // namespace

std::string error_text(const cl::Error& error) {
  return fmt::format("{} failed: {} ({})", error.what(), error_name(error.err()), error.err());
}

Context::Context(const cl::Device& device)
    : device_(device), context_(device), queue_(context_, device, CL_QUEUE_PROFILING_ENABLE) {}

cl::Kernel Context::kernel(std::string_view source, const std::string& kernel, const std::string& macros) {
  const auto key = std::pair(std::string(source), macros);
  auto found = programs_.find(key);
  if (found == programs_.end()) {
    cl::Program program(context_, fmt::format("{}\n{}", kernels::kTypes, source));
    try {
      // Never -cl-finite-math-only: masked scores are minus infinity.
      program.build({device_}, ("-cl-std=CL1.2 " + macros).c_str());
    } catch (const cl::Error&) {
      throw std::runtime_error(fmt::format("the device's OpenCL compiler refuses kernel {} ({}):\n{}", kernel,
                                           macros, program.getBuildInfo<CL_PROGRAM_BUILD_LOG>(device_)));
    }
    found = programs_.emplace(key, program).first;
  }
  return {found->second, kernel.c_str()};
}

cl::Buffer Context::upload(const std::vector<std::byte>& bytes) {
  cl::Buffer buffer(context_, CL_MEM_READ_ONLY, bytes.size());
  queue_.enqueueWriteBuffer(buffer, CL_TRUE, 0, bytes.size(), bytes.data());
  return buffer;
}

cl::Buffer Context::allocate(std::size_t bytes) { return {context_, CL_MEM_READ_WRITE, bytes}; }

}  // namespace heddle::eval::opencl
