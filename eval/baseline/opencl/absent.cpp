// Built in place of the OpenCL backend where its headers were not found.
#include "eval/baseline/opencl/backend.hpp"

namespace heddle::eval {

Backend opencl_backend() {
  return {.name = "OpenCL",
          .built = false,
          .absence =
              "this heddle was built without OpenCL: install ocl-icd-opencl-dev (and a driver, for the CPU "
              "pocl-opencl-icd), then configure and build it again",
          .devices = {}};
}

}  // namespace heddle::eval
