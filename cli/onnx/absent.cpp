// In place of the other files of this folder where ONNX was not found.
#include <stdexcept>

#include "cli/onnx/onnx.hpp"

namespace heddle::cli {

namespace {
[[noreturn]] void refuse(const OnnxOptions& options) {
  throw std::runtime_error(options.target.model +
                           ": this heddle was built without ONNX: install libonnx-dev, libprotobuf-dev and "
                           "protobuf-compiler, and build it again");
}
}  // namespace

void run_onnx(const OnnxOptions& options) { refuse(options); }
void compile_onnx(const OnnxOptions& options, const std::string&, const std::string&) { refuse(options); }

}  // namespace heddle::cli
