#include "eval/baseline/cuda/backend.hpp"
#include "eval/baseline/device.hpp"
#include "eval/baseline/opencl/backend.hpp"

namespace heddle::eval {

std::vector<Backend> find_backends() {
  std::vector<Backend> backends;
  backends.push_back(opencl_backend());
  backends.push_back(cuda_backend());
  return backends;
}

}  // namespace heddle::eval
