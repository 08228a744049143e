// heddle_generate: writes what is generated from the contract.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "isa/config_file.hpp"
#include "isa/generate/writers.hpp"

namespace {

void write(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  if (!(out << text).flush()) throw std::runtime_error(fmt::format("{}: cannot be written", path));
}

/// boards/NAME/kernel.xml of each board that Vitis builds for.
void write_kernel_descriptions(const std::string& root) {
  for (const auto& entry : std::filesystem::directory_iterator(root + "/boards")) {
    std::ifstream in(entry.path() / "board.json");
    const nlohmann::json board = in ? nlohmann::json::parse(in) : nlohmann::json::object();
    if (board.value("flow", "") != "vitis") continue;
    const heddle::isa::NamedConfig named = heddle::isa::load_config(board.at("config"));
    write(entry.path() / "kernel.xml", heddle::isa::generate::kernel_xml(named.config, named.name));
  }
}

}  // namespace

int main(int argc, char** argv) {
  using namespace heddle::isa;
  const std::string mode = argc > 1 ? argv[1] : "";
  try {
    if (mode == "contract" && argc == 3) {
      const std::string root = argv[2];
      write(root + "/rtl/pkg/heddle_isa_pkg.sv", generate::isa_package());
      write(root + "/rtl/vector/heddle_vector_rom.sv", generate::function_rom());
      write(root + "/isa/numerics/function_tables.inc", generate::function_tables());
      write(root + "/docs/isa.md", generate::reference_page(root + "/isa"));
      write_kernel_descriptions(root);
    } else if (mode == "config" && argc == 4) {
      const NamedConfig named = load_config(argv[2]);
      write(std::string(argv[3]) + "/heddle_config_pkg.sv", generate::config_package(named.config, named.name));
      write(std::string(argv[3]) + "/heddle_config.hpp", generate::config_header(named.config, named.name));
    } else {
      fmt::print(stderr,
                 "usage: heddle_generate contract SOURCE_DIRECTORY\n"
                 "       heddle_generate config NAME|FILE.json OUTPUT_DIRECTORY\n");
      return 2;
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle_generate: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
