// heddle baseline: kernels of a transformer measured on a device of this machine, or on a vendor's by a
// script.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <stdexcept>

#include "cli/baseline_table.hpp"
#include "cli/commands/commands.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"
#include "eval/baseline/measure.hpp"
#include "eval/baseline/result.hpp"
#include "eval/baseline/torch/script.hpp"
#include "eval/chips/chips.hpp"
#include "eval/common/names.hpp"

namespace heddle::cli {
namespace {

using namespace heddle::eval;

struct Options {
  bool list = false;
  std::string device, chip, classes, shape, format, emit, output, json;
  std::vector<std::string> measured;
  Repetition repetition;
};

struct Found {
  std::vector<Backend> backends;
  std::vector<Device*> devices;
};

Found find_devices() {
  Found found{.backends = find_backends(), .devices = {}};
  for (const Backend& backend : found.backends) {
    for (const auto& device : backend.devices) found.devices.push_back(device.get());
  }
  return found;
}

std::string absences(const Found& found) {
  std::vector<std::string> texts;
  for (const Backend& backend : found.backends) {
    if (!backend.absence.empty()) texts.push_back(fmt::format("{}: {}", backend.name, backend.absence));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

Device& choose(const Found& found, const std::string& wanted) {
  if (found.devices.empty()) {
    throw std::runtime_error(fmt::format(
        "there is no device to measure. {}. `heddle baseline --emit torch` writes a script for other devices",
        absences(found)));
  }
  if (wanted.empty()) {
    for (const char* type : {"gpu", "accelerator"}) {
      for (Device* device : found.devices) {
        if (device->description().type == type) return *device;
      }
    }
    return *found.devices.front();
  }
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(wanted.data(), wanted.data() + wanted.size(), index);
  if (error == std::errc() && end == wanted.data() + wanted.size()) {
    if (index < found.devices.size()) return *found.devices[index];
    throw std::runtime_error(fmt::format("device {} is not there: there are {}, counted from 0; see --list",
                                         index, found.devices.size()));
  }
  std::vector<Device*> fitting;
  for (Device* device : found.devices) {
    if (normal_name(device->description().name).find(normal_name(wanted)) != std::string::npos) {
      fitting.push_back(device);
    }
  }
  if (fitting.size() == 1) return *fitting.front();
  throw std::runtime_error(fmt::format("device '{}' fits {} devices of --list; give its number", wanted,
                                       fitting.empty() ? "none of the" : "several"));
}

void print_list(const Options& options) {
  OutputFile file(options.json);
  const Found found = find_devices();
  Table table({"", "device", "vendor", "type", "through", "memory", "units", "clock", "chip"});
  for (const std::size_t column : {1, 2, 3, 4, 8}) table.left(column);
  Json json = Json::array();
  for (std::size_t i = 0; i < found.devices.size(); ++i) {
    const DeviceDescription device = found.devices[i]->description();
    const std::string chip = find_chip(device);
    table.add({std::to_string(i), device.name, device.vendor, device.type, found.devices[i]->software().name,
               device.memory_bytes ? byte_size(*device.memory_bytes) : "?",
               device.compute_units ? std::to_string(*device.compute_units) : "?",
               device.clock_hz ? fmt::format("{:.0f} MHz", *device.clock_hz / 1e6) : "?",
               chip.empty() ? "-" : chip});
    json.push_back({{"index", i},
                    {"name", device.name},
                    {"vendor", device.vendor},
                    {"type", device.type},
                    {"through", found.devices[i]->software().name},
                    {"driver", device.driver},
                    {"version", device.version},
                    {"chip", chip.empty() ? Json(nullptr) : Json(chip)}});
  }
  file.write_json({{"devices", json}});
  file.commit();
  if (!found.devices.empty()) fmt::print("{}", table.text());
  for (const Backend& backend : found.backends) {
    if (!backend.absence.empty()) fmt::print("{}: {}\n", backend.name, backend.absence);
  }
}

std::vector<Workload> chosen_workloads(const Options& options, bool large) {
  std::vector<Format> formats(kFormats.begin(), kFormats.end());
  if (!options.format.empty()) formats = {parse_format(options.format)};
  auto classes = std::vector<WorkloadClass>(kWorkloadClasses.begin(), kWorkloadClasses.end());
  if (!options.classes.empty()) classes = parse_workload_classes(options.classes);
  std::vector<Workload> workloads;
  if (!options.shape.empty()) {
    if (classes.size() != 1) wrong_usage("--shape needs one class, such as --class gemm");
    const std::vector<std::uint64_t> shape = parse_shape(options.shape);
    for (const Format format : formats) {
      // Of all formats those that the class has; one that was asked for is made or refused.
      if (formats.size() > 1 && !has_format(classes[0], format)) continue;
      workloads.push_back(make_workload(classes[0], format, shape));
    }
    return workloads;
  }
  const auto has = [](const auto& list, auto one) {
    return std::find(list.begin(), list.end(), one) != list.end();
  };
  for (const Workload& workload : default_workloads(large)) {
    if (has(classes, workload.workload_class) && has(formats, workload.format)) workloads.push_back(workload);
  }
  if (workloads.empty()) {
    throw std::runtime_error(fmt::format("class {} is not measured in {}", options.classes, options.format));
  }
  return workloads;
}

void take_measured(const Options& options) {
  OutputFile file(options.output), json(options.json);
  std::vector<BaselineRun> runs;
  for (const std::string& path : options.measured) {
    for (BaselineRun& run : results_from_json(read_text_file(path), path)) {
      if (run.chip.empty())
        run.chip = options.chip.empty() ? find_chip(run.device) : load_chip(options.chip).name;
      runs.push_back(std::move(run));
    }
  }
  bool chips = true;
  for (const BaselineRun& run : runs) {
    print_run(run);
    fmt::print("\n");
    chips = chips && !run.chip.empty();
  }
  print_legend(chips);
  const Json document = results_to_json(runs);
  file.write_json(document);
  json.write_json(document);
  file.commit();
  json.commit();
}

// As it can be typed again.
std::string command_text(const Options& options) {
  std::string text = "heddle baseline";
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) text += fmt::format(" {} '{}'", option, value);
  };
  add("--device", options.device);
  add("--chip", options.chip);
  add("--class", options.classes);
  add("--shape", options.shape);
  add("--format", options.format);
  return text +
         fmt::format(" --repeat {} --seconds {}", options.repetition.repeat, options.repetition.seconds);
}

void measure_here(const Options& options) {
  const Found found = find_devices();
  Device& device = choose(found, options.device);
  const std::vector<Workload> workloads = chosen_workloads(options, device.description().type != "cpu");
  OutputFile file(options.output), json(options.json);
  BaselineRun run;
  run.command = command_text(options);
  run.host = this_host();
  run.device = device.description();
  run.software = device.software();
  // A chip of one's own is a file: it stays named by its path, which is how it is found again.
  run.chip = options.chip.empty()            ? find_chip(run.device)
             : looks_like_path(options.chip) ? options.chip
                                             : load_chip(options.chip).name;
  if (!run.chip.empty()) load_chip(run.chip);
  run.date = utc_date(
      std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
  Progress progress;
  for (std::size_t i = 0; i < workloads.size(); ++i) {
    const Workload& workload = workloads[i];
    if (const std::optional<std::string> reason = device.refusal(workload)) {
      // What was asked for by name is an error; of a list, the rest is still of use.
      if (!options.format.empty() && workloads.size() == 1) {
        throw std::runtime_error(fmt::format("{} {} ({}): {}", name(workload.workload_class),
                                             name(workload.format), shape_text(workload), *reason));
      }
      run.skipped.push_back({workload, *reason});
      continue;
    }
    progress.bar(fmt::format("{} {}", name(workload.workload_class), name(workload.format)), i,
                 workloads.size());
    run.results.push_back(measure(device, workload, options.repetition));
  }
  progress.clear();
  print_run(run);
  print_legend(!run.chip.empty());
  const Json document = results_to_json({run});
  file.write_json(document);
  json.write_json(document);
  file.commit();
  json.commit();
}

void emit(const Options& options) {
  const std::string script = eval::torch::script(chosen_workloads(options, true));
  if (options.output.empty()) {
    fmt::print("{}", script);
    return;
  }
  OutputFile file(options.output);
  file.write(script);
  file.commit();
  fmt::print(
      "{}: on the device's machine, run\n  python3 {} --device cuda --output results.json\nand here\n  "
      "heddle "
      "baseline --measured results.json\n",
      options.output, options.output);
}

}  // namespace

void add_baseline(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "baseline",
      "measure kernels of a transformer on a device, through OpenCL or CUDA, or by a script for torch");
  auto options = std::make_shared<Options>();
  auto* list = command->add_flag("--list", options->list, "list the devices instead of measuring");
  auto* device =
      command->add_option("--device", options->device, "a device's number in --list, or part of its name");
  command->add_option(
      "--chip", options->chip,
      "the chip that the device is, or a chip file, for shares of its peaks (found by name where it can be)");
  auto* classes = command->add_option(
      "--class", options->classes,
      "gemm, gemv, attention (attention_prefill, attention_decode), norm, memory (copy, triad)");
  auto* shape =
      command->add_option("--shape", options->shape,
                          "gemm, gemv: M,N,K; attention: BATCH,TOKENS,HEADS,KV_HEADS,HEAD_DIM; norm: "
                          "ROWS,COLUMNS; copy, triad: ELEMENTS");
  auto* format = command
                     ->add_option("--format", options->format,
                                  "fp32, fp16, bf16 or int8; all that a class has, without it")
                     ->check(CLI::IsMember({"fp32", "fp16", "bf16", "int8"}));
  auto* repeat = command->add_option("--repeat", options->repetition.repeat, "repetitions of each kernel")
                     ->check(CLI::Range(1u, 1000000u))
                     ->capture_default_str();
  auto* seconds = command
                      ->add_option("--seconds", options->repetition.seconds,
                                   "repetitions end after this time, but never before three")
                      ->check(positive())
                      ->capture_default_str();
  auto* emitted =
      command->add_option("--emit", options->emit, "torch: write a script that measures the same with torch")
          ->check(CLI::IsMember({"torch"}));
  auto* measured = command->add_option("--measured", options->measured,
                                       "take results files: check, print and, with -o, join them");
  auto* output =
      command->add_option("-o,--output", options->output, "the results file, or the script, to write");
  auto* json = command->add_option("--json", options->json, "write the results as JSON");
  for (auto* other : {device, classes, shape, format, repeat, seconds, emitted, measured, output})
    list->excludes(other);
  for (auto* other : {device, classes, shape, format, repeat, seconds}) measured->excludes(other);
  for (auto* other : {device, repeat, seconds, measured, json}) emitted->excludes(other);
  command->callback([options] {
    if (options->list) {
      print_list(*options);
    } else if (!options->emit.empty()) {
      emit(*options);
    } else if (!options->measured.empty()) {
      take_measured(*options);
    } else {
      measure_here(*options);
    }
  });
}

}  // namespace heddle::cli
