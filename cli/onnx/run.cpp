#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "cli/bench/image_run.hpp"
#include "cli/measurements.hpp"
#include "cli/onnx/calibration.hpp"
#include "cli/onnx/prepared.hpp"
#include "cli/provenance.hpp"
#include "compiler/graph/onnx/evaluate.hpp"
#include "compiler/graph/onnx/npy.hpp"
#include "eval/energy/machine.hpp"

namespace heddle::cli {

namespace {

namespace onnx = graph::onnx;

/// The model and its inputs, extents bound by --bind and by the inputs' shapes.
struct Job {
  onnx::Model model;
  std::vector<onnx::Tensor> inputs;
};

Job read_job(const OnnxOptions& options) {
  Job job{onnx::read_model(options.target.model), {}};
  std::map<onnx::ValueId, onnx::Tensor> given;
  onnx::Symbols symbols = bound_symbols(options);
  for (const std::string& text : options.inputs) {
    const auto [name, file] = name_and_value("--input", text);
    const onnx::ValueId id = job.model.input(name);
    const auto [place, fresh] = given.emplace(id, onnx::read_npy(file));
    if (!fresh) throw std::runtime_error(fmt::format("--input: {} is given twice", name));
    onnx::match_symbols(job.model, id, place->second.shape(), &symbols);
  }
  for (const onnx::ValueId id : job.model.inputs) {
    const onnx::Value& value = job.model.value(id);
    const auto found = given.find(id);
    if (found == given.end()) {
      std::string dims;
      for (const graph::Dim& dim : value.dims) {
        dims += (dims.empty() ? "" : ", ") + (dim.symbolic() ? dim.symbol : std::to_string(dim.size));
      }
      throw std::runtime_error(fmt::format("{}: input \"{}\", {}[{}], is not given: --input {}=FILE.npy",
                                           job.model.name, value.name, element_name(value.type), dims,
                                           value.name));
    }
    job.inputs.push_back(std::move(found->second));
  }
  job.model = onnx::bind_symbols(std::move(job.model), symbols);
  return job;
}

/// Runs device segments on one device, and adds up what they cost.
class Runner {
 public:
  Runner(const OnnxOptions& options, const isa::NamedConfig& config, const onnx::Partition& partition,
         Progress* progress)
      : partition_(partition),
        config_(config),
        progress_(progress),
        watchdog_(options.target.watchdog),
        timeline_(!options.trace.empty()) {
    for (const onnx::Segment& segment : partition.segments) {
      if (!segment.device) continue;
      progress->show(fmt::format("compiling {} for {}", partition.model.name, config.name));
      compiled_.emplace(&segment, compile_segment(partition, segment, config));
    }
    progress->clear();
    runtime::OpenOptions open = options.target.open;
    show_runs(&open, progress);
    const bool events = options.target.target == "rtl" || options.target.target == "fast";
    if (events && compiled_.size() == 1)
      open.event = [this](const heddle_unit_event& event) { timeline_.add(event); };
    if (!compiled_.empty()) device_ = runtime::open_device(options.target.target, config, open);
  }

  graph::Tensors run(const onnx::Segment& segment, const graph::Tensors& given) {
    const emit::StaticImage& compiled = compiled_.at(&segment);
    isa::Image image = compiled.image;
    image.constants.resize(image.arena_bytes);  // the inputs lie behind the constants
    for (const int index : compiled.program.plan.inputs)
      place(compiled.program.plan.tensor(index), segment, given, &image);
    const ImageRun result = run_image(*device_, image, tiles::kStaticProgram, {}, watchdog_);
    progress_->clear();
    totals_.add(result.record, 0, compiled.program.plan.macs, result.seconds);
    timeline_.end_run(tiles::kStaticProgram, result.record.counters[isa::kCounter_cycles]);
    graph::Tensors out;
    for (const graph::ValueId id : segment.graph.outputs) {
      out.emplace(id, read_rows(image, result.arena, segment.graph.value(id).name));
    }
    return out;
  }

  const runtime::PhaseTotals& totals() const { return totals_; }
  const runtime::Timeline& timeline() const { return timeline_; }
  /// The only program; nullptr where there are none or several.
  const isa::Image* image() const {
    return compiled_.size() == 1 ? &compiled_.begin()->second.image : nullptr;
  }

 private:
  static void place(const tiles::StaticTensor& tensor, const onnx::Segment& segment,
                    const graph::Tensors& given, isa::Image* image) {
    const isa::Binding& binding = image->binding(tensor.name);
    const std::vector<float>& values = given.at(segment.graph.find_value(tensor.name));
    const auto cols = static_cast<std::size_t>(tensor.cols);
    for (std::size_t row = 0; row < static_cast<std::size_t>(tensor.rows); ++row) {
      std::uint8_t* to = &image->constants[binding.offset + row * binding.row_stride];
      const float* from = &values[row * cols];
      if (tensor.dtype != graph::DType::kBool) {
        std::memcpy(to, from, cols * sizeof(float));
      } else {
        for (std::size_t c = 0; c < cols; ++c) to[c] = from[c] != 0.0f ? 1 : 0;
      }
    }
  }

  static std::vector<float> read_rows(const isa::Image& image, const std::vector<std::uint8_t>& arena,
                                      const std::string& name) {
    const isa::Binding& binding = image.binding(name);
    const std::size_t rows = binding.shape.at(0), cols = binding.shape.at(1);
    std::vector<float> out(rows * cols);
    for (std::size_t row = 0; row < rows; ++row) {
      std::memcpy(&out[row * cols], &arena.at(binding.offset + row * binding.row_stride),
                  cols * sizeof(float));
    }
    return out;
  }

  const onnx::Partition& partition_;
  const isa::NamedConfig& config_;
  Progress* progress_;
  std::uint64_t watchdog_;
  runtime::Timeline timeline_;
  std::map<const onnx::Segment*, emit::StaticImage> compiled_;
  std::unique_ptr<runtime::Device> device_;
  runtime::PhaseTotals totals_;
};

Json write_outputs(const OnnxOptions& options, const onnx::Model& model,
                   const std::vector<onnx::Tensor>& outputs) {
  if (!options.output.empty()) std::filesystem::create_directories(options.output);
  Json json = Json::array();
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::string& name = model.value(model.outputs[i]).name;
    Json entry = {{"name", name}, {"type", element_name(outputs[i].type())}, {"shape", outputs[i].shape()}};
    if (!options.output.empty()) {
      const std::string path = tensor_path(options.output, name);
      OutputFile file(path);
      file.write(onnx::npy_bytes(outputs[i]));
      file.commit();
      entry["file"] = path;
    }
    json.push_back(entry);
  }
  return json;
}

std::string output_table(const onnx::Model& model, const std::vector<onnx::Tensor>& outputs) {
  Table table({"output", "type", "least", "mean", "greatest"});
  table.left(1);
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const std::vector<double> values = outputs[i].reals();
    double least = 0, greatest = 0, sum = 0;
    for (std::size_t k = 0; k < values.size(); ++k) {
      least = k == 0 ? values[k] : std::min(least, values[k]);
      greatest = k == 0 ? values[k] : std::max(greatest, values[k]);
      sum += values[k];
    }
    const double mean = values.empty() ? 0 : sum / static_cast<double>(values.size());
    table.add({model.value(model.outputs[i]).name, outputs[i].type_text(), fmt::format("{:.4g}", least),
               fmt::format("{:.4g}", mean), fmt::format("{:.4g}", greatest)});
  }
  return table.text();
}

double cosine(const onnx::Tensor& a, const onnx::Tensor& b) {
  double ab = 0, aa = 0, bb = 0;
  const std::vector<double> x = a.reals(), y = b.reals();
  for (std::size_t i = 0; i < x.size(); ++i) {
    ab += x[i] * y.at(i);
    aa += x[i] * x[i];
    bb += y[i] * y[i];
  }
  return aa == 0 || bb == 0 ? (aa == bb ? 1.0 : 0.0) : ab / std::sqrt(aa * bb);
}

void run_reference(const OnnxOptions& options, const Job& job) {
  OutputFile json_file(options.json);
  const auto begin = std::chrono::steady_clock::now();
  const std::vector<onnx::Tensor> outputs = onnx::evaluate(job.model, job.inputs);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const Json json = {
      {"target", options.target.target}, {"config", Json()},
      {"model", options.target.model},   {"outputs", write_outputs(options, job.model, outputs)},
      {"provenance", provenance({})},    {"wall_seconds", seconds}};
  json_file.write_json(json);
  json_file.commit();
  fmt::print("{}\n{}, {} nodes, {:.2f} s\n", output_table(job.model, outputs), options.target.target,
             job.model.nodes.size(), seconds);
}

}  // namespace

void run_onnx(const OnnxOptions& options) {
  const std::string& target = options.target.target;
  if (!options.target.program.empty())
    throw std::runtime_error("--program: ONNX files are compiled when they run");
  if (target == kReference) {
    if (!options.trace.empty()) throw std::runtime_error("--trace: the reference target has no units");
    if (!options.calibrate.empty())
      throw std::runtime_error("--calibrate: the reference target computes in float");
    return run_reference(options, read_job(options));
  }
  runtime::check_device(target, options.target.open);
  const isa::NamedConfig config = isa::load_config(options.target.config);
  OutputFile json_file(options.json), trace_file(options.trace);
  Progress progress;
  const Job job = read_job(options);
  onnx::Partition parts = prepare(job.model, config.config, options.host_fallback);
  const std::vector<onnx::CalibratedRange> ranges = calibrate_by(options.calibrate, job.model, &parts);
  Runner runner(options, config, parts, &progress);
  if (trace_file.wanted() && runner.image() == nullptr) {
    throw std::runtime_error("--trace: the accelerator's part is in several pieces, a trace shows one");
  }
  const std::vector<onnx::Tensor> outputs = onnx::run_partition(
      parts, job.inputs,
      [&](const onnx::Segment& segment, const graph::Tensors& given) { return runner.run(segment, given); });

  const runtime::PhaseTotals& totals = runner.totals();
  Json json = {{"target", target},
               {"config", config.name},
               {"model", options.target.model},
               {"outputs", write_outputs(options, parts.model, outputs)}};
  add_partition(&json, parts);
  std::string calibrated;
  if (!options.calibrate.empty()) {
    add_calibration(&json, ranges);
    const std::vector<onnx::Tensor> exact = onnx::evaluate(job.model, job.inputs);
    calibrated = calibration_table(ranges) + "\n";
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const double similar = cosine(outputs[i], exact[i]);
      json["outputs"][i]["cosine"] = similar;
      calibrated += fmt::format("cosine of {} to the float reference: {:.6f}\n",
                                job.model.value(job.model.outputs[i]).name, similar);
    }
    calibrated += "\n";
  }
  const auto number = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  json["cycles"] = totals.cycles() != 0 ? Json(totals.cycles()) : Json();
  json["macs"] = totals.useful_macs;
  json["mac_utilization"] = number(totals.mac_utilization(config.config));
  json["dram_bytes"] = totals.dram_bytes(config.config);
  json["bandwidth_utilization"] = number(totals.bandwidth_utilization());
  Json counters = Json::object();
  for (int i = 0; i < isa::kCounters; ++i) counters[isa::kCounterInfo[i].name] = totals.counters[i];
  json["counters"] = counters;
  json["energy"] = eval::run_energy(totals.counters, config.config, options.target.node, 0);
  json["provenance"] =
      provenance({.config = &config, .memory = options.target.open.memory, .image = runner.image()});
  json["wall_seconds"] = totals.wall_seconds;
  if (runner.image() != nullptr) add_operations(&json, runner.timeline(), *runner.image());
  json_file.write_json(json);
  json_file.commit();
  if (trace_file.wanted()) trace_file.write(runner.timeline().trace(*runner.image()));
  trace_file.commit();

  fmt::print(
      "{}\n{}\n{}{} on {}: {} cycles, array use {}, bus use {}, {:.2f} s\n{}",
      output_table(parts.model, outputs), partition_table(parts), calibrated, target, config.name,
      totals.cycles() != 0 ? grouped(totals.cycles()) : "-", percent(totals.mac_utilization(config.config)),
      percent(totals.bandwidth_utilization()), totals.wall_seconds,
      totals.cycles() != 0 ? eval::run_energy_text(totals.counters, config.config, options.target.node, 0)
                           : "");
  const std::string operations =
      runner.image() != nullptr ? operation_table(runner.timeline(), *runner.image()) : "";
  if (!operations.empty()) fmt::print("\nshare of all cycles\n{}", operations);
}

}  // namespace heddle::cli
