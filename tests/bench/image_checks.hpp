// What the tests of compiled images share: configurations by name, and the race checker over one program.
#pragma once
#include <filesystem>
#include <string>

#include "compiler/emit/race_checker.hpp"
#include "isa/config_file.hpp"
#include "isa/image_start.hpp"
#include "isa/program.hpp"

namespace heddle::cli {

/// A configuration of the tests, or one of those that are installed.
inline isa::NamedConfig config_named(const std::string& name) {
  const std::string tests = std::string(HEDDLE_SOURCE_DIR) + "/tests/";
  for (const std::string& folder : {tests + "configs/", tests + "tiles/configs/"}) {
    if (std::filesystem::exists(folder + name + ".json")) return isa::load_config(folder + name + ".json");
  }
  return isa::load_config(name);
}

/// The races of a program of the image, a line each; empty when there is none.
inline std::string races(const isa::Image& image, const std::string& name) {
  const isa::ImageProgram& program = image.program(name);
  const std::span<const std::uint8_t> code(&image.constants[program.offset + sizeof(isa::ProgramHeader)],
                                           program.bytes - sizeof(isa::ProgramHeader));
  const auto events = emit::walk_program(code, isa::start_arguments(image, program, 0x10000),
                                         [](std::uint64_t) { return 0u; });
  std::string text;
  for (const emit::Race& race : emit::check_races(image.config, events)) text += race.text + "\n";
  return text;
}

}  // namespace heddle::cli
