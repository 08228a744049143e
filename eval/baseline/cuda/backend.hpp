// Baselines through CUDA: cuBLASLt's matrix products and copies, with NVML's energy counter.
#pragma once
#include "eval/baseline/device.hpp"

namespace heddle::eval {

/// The CUDA devices; none where Heddle was built without the toolkit.
Backend cuda_backend();

}  // namespace heddle::eval
