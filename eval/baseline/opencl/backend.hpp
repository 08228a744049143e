// Baselines through OpenCL: any vendor's device, with kernels of our own.
#pragma once
#include "eval/baseline/device.hpp"

namespace heddle::eval {

/// The devices of every platform that the ICD loader finds.
Backend opencl_backend();

namespace opencl {
constexpr const char* kLabel = "OpenCL, not the vendor's best";
}

}  // namespace heddle::eval
