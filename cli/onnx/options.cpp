#include <filesystem>
#include <stdexcept>

#include "cli/onnx/onnx.hpp"

namespace heddle::cli {

bool is_onnx(const std::string& model) {
  std::error_code error;
  return std::filesystem::path(model).extension() == ".onnx" && !std::filesystem::is_directory(model, error);
}

void add_onnx_options(CLI::App& command, OnnxOptions* options) {
  command
      .add_option("--bind", options->bind, "ONNX: EXTENT=N, the size of a symbolic extent, e.g. sequence=128")
      ->allow_extra_args(false);
  command.add_option(
      "--calibrate", options->calibrate,
      "ONNX: folder of samples (NAME.npy for each input, or folders of them): activations get one "
      "scale from their range instead of one for each row");
  command.add_flag("--host-fallback", options->host_fallback,
                   "ONNX: compute on the host, in float, what the accelerator has no operation for");
}

void refuse_onnx_options(const OnnxOptions& options) {
  if (options.inputs.empty() && options.bind.empty() && options.output.empty() && options.calibrate.empty() &&
      !options.host_fallback)
    return;
  throw std::runtime_error("--input, --output, --bind, --calibrate and --host-fallback are for .onnx files");
}

}  // namespace heddle::cli
