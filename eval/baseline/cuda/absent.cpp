// Built in place of the CUDA backend where the toolkit was not found.
#include "eval/baseline/cuda/backend.hpp"

namespace heddle::eval {

Backend cuda_backend() {
  return {.name = "CUDA",
          .built = false,
          .absence =
              "this heddle was built without CUDA: install NVIDIA's CUDA toolkit, then configure and build "
              "it again",
          .devices = {}};
}

}  // namespace heddle::eval
