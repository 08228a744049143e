// The OpenCL devices that are here.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "eval/baseline/opencl/context.hpp"

namespace heddle::eval::opencl {

struct Devices {
  std::vector<std::pair<cl::Platform, cl::Device>> found;  // those that are available
  std::string absence;                                     // why there is none
};

/// Asks every installed driver. One that ends the process that asks (PoCL does where /sys is missing) counts
/// as none: a child process asks first.
Devices find_devices();

}  // namespace heddle::eval::opencl
