// Boards: their descriptions (boards/NAME/board.json), how their bitstreams are made, and what a build left.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/output.hpp"

namespace heddle::cli {

struct Board {
  std::string name, title, config;
  std::string device, package, top;  // of the FPGA, as nextpnr-ice40 names them
  double clock_mhz = 0;
  std::string rtl, source, constraints;  // relative to the data directory
  std::string usb_vendor, usb_product,
      usb_name;        // how the board shows on USB; the name is part of the product's
  std::string loader;  // command that a bitstream is appended to; empty: by hand
};

std::vector<std::string> board_names();
/// Throws std::runtime_error, which lists those that there are.
void require_board_name(const std::string& name);
/// Throws std::runtime_error: no such board, or a description that lacks a field.
Board load_board(const std::string& name);

/// A step of a build: a command of the shell, and the program that it needs.
struct BuildStep {
  std::string what, tool, command;
  std::vector<std::filesystem::path> makes = {};  // files that later steps, or what loads a board, read
};

/// Throws std::runtime_error, with `remedy`, for the first program that is missing.
void require_tools(const std::vector<BuildStep>& steps, const std::string& remedy);
/// Makes `output` and removes what an older build left there for `heddle flash`.
void prepare_output(const std::filesystem::path& output);
/// Runs the commands one after another. Throws std::runtime_error naming the one that failed.
void run_steps(const std::string& board, const std::vector<BuildStep>& steps,
               const std::filesystem::path& output);

/// The steps that make OUTPUT/NAME.bin. Paths are quoted.
std::vector<BuildStep> ice40_steps(const Board& board, const std::filesystem::path& output);

/// The generated package of the board's configuration, OUTPUT/heddle_config_pkg.sv, that the steps read.
void write_config_package(const Board& board, const std::filesystem::path& output);

/// What a build leaves in OUTPUT/build.json for `heddle flash`.
struct BuildResult {
  std::string board, config_hash;
  double clock_mhz = 0, achieved_mhz = 0;
  bool timing_met() const { return achieved_mhz >= clock_mhz; }
};

/// Reads nextpnr's report; `cells` receives a row of each kind of cell: used, available, free.
BuildResult read_report(const Board& board, const std::filesystem::path& output, Json* cells);
void write_result(const BuildResult& result, const std::filesystem::path& output);
/// Throws std::runtime_error where nothing was built: no OUTPUT/build.json, or no OUTPUT/BITSTREAM.
BuildResult read_result(const std::string& board, const std::string& bitstream,
                        const std::filesystem::path& output);

/// Throws std::runtime_error naming the file.
Json read_json_file(const std::filesystem::path& path);
void write_text_file(const std::filesystem::path& path, const std::string& text);

/// As one word of a shell's command.
std::string quoted(const std::string& text);

/// Path of a program, or nothing.
std::string program_on_path(const std::string& name);

}  // namespace heddle::cli
