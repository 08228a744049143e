// heddle run and heddle compile on .onnx files. In a build without ONNX, these say so.
#pragma once
#include <string>
#include <vector>

#include "cli/model.hpp"

namespace heddle::cli {

struct OnnxOptions {
  TargetOptions target;             // model: the .onnx file
  std::vector<std::string> inputs;  // "NAME=FILE.npy"
  std::vector<std::string> bind;    // "EXTENT=N"
  std::string output;               // folder for the outputs as .npy, or empty
  std::string calibrate;            // folder of samples of the inputs, or empty
  std::string json, trace;
  bool host_fallback = false;
};

/// Whether MODEL is an ONNX file: it ends in .onnx and is no folder.
bool is_onnx(const std::string& model);

/// Adds --bind, --calibrate and --host-fallback.
void add_onnx_options(CLI::App& command, OnnxOptions* options);
/// For a model that is none: throws std::runtime_error when one of the options, --input or --output is given.
void refuse_onnx_options(const OnnxOptions& options);

/// Inputs in, outputs out, and what they cost. Throws std::runtime_error.
void run_onnx(const OnnxOptions& options);

/// Writes the program of the accelerator's part to `file`; `dump`: prints that level (graph, tiles, program)
/// instead of the table, or empty. Throws std::runtime_error, also where the accelerator's part is in pieces.
void compile_onnx(const OnnxOptions& options, const std::string& file, const std::string& dump);

}  // namespace heddle::cli
