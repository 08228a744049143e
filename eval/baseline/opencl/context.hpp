// One OpenCL device: context, queue with time stamps, programs, errors in words.
#pragma once
#define CL_HPP_ENABLE_EXCEPTIONS
#define CL_HPP_TARGET_OPENCL_VERSION 120
#define CL_HPP_MINIMUM_OPENCL_VERSION 120
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/opencl.hpp>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "eval/baseline/device.hpp"

namespace heddle::eval::opencl {

/// "clBuildProgram failed: CL_BUILD_PROGRAM_FAILURE (-11)".
std::string error_text(const cl::Error& error);

class Context {
 public:
  explicit Context(const cl::Device& device);

  const cl::Device& device() const { return device_; }
  cl::CommandQueue& queue() { return queue_; }
  /// A kernel from one of the sources, with macros "-D NAME=VALUE ...". Programs are built once. Throws
  /// std::runtime_error with the compiler's log.
  cl::Kernel kernel(std::string_view source, const std::string& kernel, const std::string& macros);
  cl::Buffer upload(const std::vector<std::byte>& bytes);
  cl::Buffer allocate(std::size_t bytes);

 private:
  cl::Device device_;
  cl::Context context_;
  cl::CommandQueue queue_;
  std::map<std::pair<std::string, std::string>, cl::Program> programs_;  // by source and macros
};

/// One kernel with its grid.
struct Launch {
  cl::Kernel kernel;
  cl::NDRange global, local = cl::NullRange;
};

/// What a workload becomes on a device.
struct Plan {
  std::vector<Launch> launches;      // one after the other
  std::vector<cl::Buffer> operands;  // kept alive
  cl::Buffer result;
  std::string implementation;
};

/// Which of a class's kernels: what suits the type of device, or a given one.
enum class Variant { kAutomatic, kTiled, kVector };
/// Throws std::runtime_error, or cl::Error.
Plan make_plan(Context& context, const Workload& workload, const Operands& operands,
               Variant variant = Variant::kAutomatic);
/// Bytes of local memory that the workload's kernel asks for.
std::uint64_t local_memory(const Workload& workload);
/// Bytes of its largest buffer.
std::uint64_t largest_buffer(const Workload& workload);

}  // namespace heddle::eval::opencl
