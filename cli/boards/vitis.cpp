#include "cli/boards/vitis.hpp"

#include <fmt/format.h>

#include <cctype>
#include <sstream>
#include <stdexcept>

#include "isa/data_directory.hpp"
#include "isa/generate/writers.hpp"
#include "sim/emulation/xclbin.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

fs::path description(const std::string& name) {
  return isa::data_directory() / "boards" / name / "board.json";
}

Resources resources_from(const Json& json) {
  return {json.at("luts"), json.at("flip_flops"), json.at("dsps"), json.at("bram36"), json.at("urams")};
}

/// The files that a list of RTL names, one a line, // before comments.
std::vector<std::string> listed(const fs::path& list) {
  std::vector<std::string> files;
  std::istringstream lines(read_text_file(list.string()));
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && line[0] != '/' && line[0] != '#') files.push_back(line);
  }
  return files;
}

std::vector<fs::path> design_sources() {
  const fs::path data = isa::data_directory(), own = data / "boards" / "vitis";
  std::vector<fs::path> out;
  for (const std::string& file : listed(data / "rtl" / "heddle.f")) {
    const fs::path path = data / file, replaced = own / path.filename();
    out.push_back(fs::is_regular_file(replaced) ? replaced : path);
  }
  out.push_back(own / "heddle_ram_slice.sv");
  return out;
}

/// The text without comments and white space.
std::string bare(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.compare(i, 2, "//") == 0)
      i = std::min(text.find('\n', i), text.size() - 1);
    else if (text.compare(i, 2, "/*") == 0)
      i = std::min(text.find("*/", i), text.size() - 2) + 1;
    else if (!std::isspace(static_cast<unsigned char>(text[i])))
      out += text[i];
  }
  return out;
}

}  // namespace

bool is_vitis_board(const std::string& name) {
  require_board_name(name);
  return read_json_file(description(name)).value("flow", "") == "vitis";
}

VitisBoard load_vitis_board(const std::string& name) {
  const fs::path path = description(name);
  const Json json = read_json_file(path);
  VitisBoard board;
  try {
    board.name = name;
    board.title = json.at("title");
    board.config = json.at("config");
    board.part = json.at("part");
    board.platform = json.at("platform");
    board.link = json.at("link");
    board.board_part = json.value("board_part", "");
    board.overlay = json.value("overlay", "");
    board.loader = json.at("loader");
    board.found_by = json.at("found_by");
    const Json& device = json.at("device");
    board.device_name = device.at("name");
    board.device_source = device.at("source");
    board.device = resources_from(device);
    board.region_name = json.contains("region") ? json["region"].at("name") : device.at("name");
    board.region = json.contains("region") ? resources_from(json["region"]) : board.device;
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", path.string(), error.what()));
  }
  return board;
}

std::vector<fs::path> kernel_sources(const fs::path& output) {
  std::vector<fs::path> out = {output / "heddle_config_pkg.sv"};
  for (const fs::path& path : design_sources()) out.push_back(path);
  out.push_back(output / "heddle_kernel.v");
  return out;
}

void write_kernel_sources(const VitisBoard& board, const fs::path& output) {
  const isa::NamedConfig config = isa::load_config(board.config);
  write_text_file(output / "heddle_config_pkg.sv", isa::generate::config_package(config.config, config.name));
  write_text_file(output / "heddle_config.hpp", isa::generate::config_header(config.config, config.name));
  write_text_file(output / "heddle_kernel.v", isa::generate::kernel_wrapper(config.config, config.name));
  std::string sources;
  for (const fs::path& path : kernel_sources(output)) sources += path.string() + "\n";
  write_text_file(output / "sources.f", sources);
  if (!board.overlay.empty()) {
    write_text_file(output / "heddle.bif", fmt::format("all:\n{{\n  [destination_device = pl] {}\n}}\n",
                                                       (output / "_x/link/int/system.bit").string()));
  }
}

std::string kernel_hash(const VitisBoard& board) {
  const isa::NamedConfig config = isa::load_config(board.config);
  std::string text = bare(isa::generate::config_package(config.config, config.name)) +
                     bare(isa::generate::kernel_wrapper(config.config, config.name));
  for (const fs::path& path : design_sources()) text += bare(read_text_file(path.string()));
  std::uint64_t hash = 0xCBF29CE484222325ull;
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001B3ull;
  return fmt::format("{:016x}", hash);
}

std::vector<BuildStep> vitis_steps(const VitisBoard& board, const fs::path& output, bool hls) {
  const fs::path data = isa::data_directory(), own = data / "boards" / "vitis";
  const auto in = [&](const std::string& name) { return quoted(output / name); };
  const isa::Config config = isa::load_config(board.config).config;
  const std::string from = fmt::format("cd {} && ", quoted(output));  // where the tools leave their logs
  if (hls) {
    return {{"HLS kernel",
             "vitis_hls",
             from + fmt::format("HEDDLE_GENERATED={} HEDDLE_PART={} HEDDLE_CLOCK_NS={:.3f} vitis_hls -f {}",
                                quoted(output), board.part, 1000.0 / config.clock_mhz,
                                quoted(data / "hls/vitis/run_hls.tcl")),
             {output / "heddle_accelerator.xo"}}};
  }
  std::vector<BuildStep> steps;
  std::string platform = board.platform;
  if (board.embedded()) {
    const std::string xsa = in(board.platform + ".xsa");
    const fs::path xpfm = output / fmt::format("platform/{0}/export/{0}/{0}.xpfm", board.platform);
    steps.push_back({"platform hardware",
                     "vivado",
                     from + fmt::format("vivado -mode batch -source {} -tclargs '{}' {} {} {}",
                                        quoted(own / "platform.tcl"), board.board_part, board.platform,
                                        config.clock_mhz, xsa),
                     {output / (board.platform + ".xsa")}});
    steps.push_back({"platform software",
                     "xsct",
                     from + fmt::format("xsct {} {} {} {}", quoted(own / "platform_software.tcl"),
                                        board.platform, xsa, in("platform")),
                     {xpfm}});
    platform = quoted(xpfm);
  }
  steps.push_back(
      {"kernel",
       "vivado",
       from + fmt::format("vivado -mode batch -source {} -tclargs {} {} {} {}",
                          quoted(own / "package_kernel.tcl"), board.part, in("sources.f"),
                          quoted(data / "boards" / board.name / "kernel.xml"), in("heddle_top.xo")),
       {output / "heddle_top.xo"}});
  steps.push_back(
      {"link",
       "v++",
       from + fmt::format("v++ --link --target hw --platform {} --config {} --save-temps --temp_dir {} "
                          "--output {} {}",
                          platform, quoted(data / board.link), in("_x"), in(board.name + ".xclbin"),
                          in("heddle_top.xo")),
       {output / (board.name + ".xclbin"), output / "_x/link/int/system.bit"}});
  if (!board.overlay.empty()) {
    const fs::path overlay = data / board.overlay;
    steps.push_back({"bitstream for the FPGA manager",
                     "bootgen",
                     fmt::format("mkdir -p {} && bootgen -image {} -arch zynqmp -w -o {}", in("heddle"),
                                 in("heddle.bif"), in("heddle/heddle.bit.bin")),
                     {output / "heddle/heddle.bit.bin"}});
    steps.push_back({"device-tree overlay",
                     "dtc",
                     fmt::format("dtc -@ -I dts -O dtb -o {} {}", in("heddle/heddle.dtbo"),
                                 quoted(overlay / "heddle.dtsi")),
                     {output / "heddle/heddle.dtbo"}});
    steps.push_back({"metadata for the runtime",
                     "xclbinutil",
                     fmt::format("xclbinutil --force --remove-section BITSTREAM --input {} --output {}",
                                 in(board.name + ".xclbin"), in("heddle/heddle.xclbin")),
                     {output / "heddle/heddle.xclbin"}});
    steps.push_back({"description",
                     "cp",
                     fmt::format("cp {} {}", quoted(overlay / "shell.json"), in("heddle/shell.json")),
                     {output / "heddle/shell.json"}});
  }
  return steps;
}

BuildResult read_xclbin(const VitisBoard& board, const fs::path& output) {
  const fs::path file = output / (board.name + ".xclbin");
  if (!fs::is_regular_file(file)) {
    throw std::runtime_error(fmt::format("{}: there is no such file: run `heddle build {} --output {}` first",
                                         file.string(), board.name, output.string()));
  }
  const sim::emulation::XclbinSummary summary = sim::emulation::inspect_xclbin(file.string());
  if (summary.mode == sim::emulation::XclbinMode::kHardwareEmulation ||
      summary.mode == sim::emulation::XclbinMode::kSoftwareEmulation) {
    throw std::runtime_error(fmt::format(
        "{}: is for emulation, not for a board: `heddle run --target xrt` takes it", file.string()));
  }
  // The file's name of a platform ends with the release it was made of, and may begin with the vendor.
  if (summary.platform.find(board.platform) == std::string::npos) {
    throw std::runtime_error(fmt::format("{}: is for platform '{}', but {} has {}: nothing was loaded",
                                         file.string(), summary.platform, board.name, board.platform));
  }
  const isa::Config config = isa::load_config(board.config).config;
  BuildResult result;
  result.board = board.name;
  result.config_hash = fmt::format("{:016x}", isa::config_hash(config));
  result.clock_mhz = config.clock_mhz;
  result.achieved_mhz = summary.clock_mhz;
  if (summary.clock_mhz == 0) {
    throw std::runtime_error(
        fmt::format("{}: does not say which clock it reached: link it again", file.string()));
  }
  return result;
}

}  // namespace heddle::cli
