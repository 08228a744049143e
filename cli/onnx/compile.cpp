#include "compiler/emit/compile.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "cli/onnx/calibration.hpp"
#include "cli/onnx/prepared.hpp"
#include "compiler/graph/text.hpp"
#include "compiler/tiles/text.hpp"
#include "isa/image.hpp"

namespace heddle::cli {

namespace onnx = graph::onnx;

void compile_onnx(const OnnxOptions& options, const std::string& file, const std::string& dump) {
  OutputFile json_file(options.json);
  { const OutputFile writable(file); }
  const isa::NamedConfig config = isa::load_config(options.target.config);
  const onnx::Model bound =
      onnx::bind_symbols(onnx::read_model(options.target.model), bound_symbols(options));
  onnx::Partition parts = prepare(bound, config.config, options.host_fallback);
  const std::vector<onnx::CalibratedRange> ranges = calibrate_by(options.calibrate, bound, &parts);
  if (dump == "graph") {
    for (const onnx::Segment& segment : parts.segments) {
      if (segment.device) fmt::print("{}", graph::print_graph(segment.graph));
    }
  }
  const onnx::Segment* found = nullptr;
  for (const onnx::Segment& segment : parts.segments) {
    if (!segment.device) continue;
    if (found != nullptr) {
      throw std::runtime_error(
          fmt::format("{}: the accelerator's part is in several pieces, with the host between "
                      "them: a file holds one; heddle run compiles and runs all",
                      options.target.model));
    }
    found = &segment;
  }
  if (found == nullptr)
    throw std::runtime_error(options.target.model + ": nothing of it runs on the accelerator");
  const emit::StaticImage compiled = compile_segment(parts, *found, config);
  isa::write_image(file, compiled.image);
  Json json = {{"model", parts.model.name},
               {"config", config.name},
               {"file", file},
               {"readonly_bytes", compiled.image.readonly_bytes},
               {"arena_bytes", compiled.image.arena_bytes},
               {"macs", compiled.program.plan.macs},
               {"predicted_cycles", compiled.program.predicted_cycles}};
  add_partition(&json, parts);
  if (!options.calibrate.empty()) add_calibration(&json, ranges);
  json_file.write_json(json);
  json_file.commit();
  if (!dump.empty()) {
    if (dump == "tiles") fmt::print("{}", tiles::print(compiled.program.module));
    if (dump == "program") fmt::print("{}", emit::disassemble(compiled.image));
    return;
  }
  if (!options.calibrate.empty()) fmt::print("{}\n", calibration_table(ranges));
  fmt::print("{}\n{}: {} for {}, constants {}, tensors {}, predicted {} cycles\n", partition_table(parts),
             file, parts.model.name, config.name, byte_size(compiled.image.readonly_bytes),
             byte_size(compiled.image.arena_bytes - compiled.image.readonly_bytes),
             grouped(static_cast<std::uint64_t>(compiled.program.predicted_cycles)));
}

}  // namespace heddle::cli
