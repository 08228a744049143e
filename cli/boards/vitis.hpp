// Boards of AMD: the accelerator as an RTL kernel (or the HLS one) that Vitis links onto a platform, and what
// the Xilinx Runtime loads. Descriptions: boards/NAME/board.json with "flow": "vitis".
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "cli/boards/board.hpp"
#include "isa/config_file.hpp"

namespace heddle::cli {

/// What a device has, or a design uses, of each kind of cell.
struct Resources {
  double luts = 0, flip_flops = 0, dsps = 0;
  double bram36 = 0, urams = 0;  // of 36 Kb (two of 18 Kb are one), of 288 Kb
};

struct VitisBoard {
  std::string name, title, config;
  std::string part, platform;  // platform: the name that v++ knows, and that the xclbin carries
  std::string link;            // v++ configuration, relative to the data directory
  // Boards that Linux on the device's own processor drives; empty: a card that a computer drives over PCI
  // Express.
  std::string board_part;       // pattern of Vivado's board files: the platform is built too
  std::string overlay, loader;  // folder of device tree and description; program that loads them
  std::string found_by;         // what the board calls itself: platform of a card, model of a device tree
  Resources device, region;     // the whole device; the part of it that the kernel has to fit
  std::string device_name, device_source, region_name;
  bool embedded() const { return !board_part.empty(); }
};

/// Whether the board's bitstream is made by Vitis. Throws std::runtime_error for an unknown board.
bool is_vitis_board(const std::string& name);
/// Throws std::runtime_error naming file and field.
VitisBoard load_vitis_board(const std::string& name);

/// All files of the RTL kernel: generated ones in `output`, then the accelerator's, with boards/vitis/NAME.sv
/// in the place of a module of the same name. In the order in which they compile.
std::vector<std::filesystem::path> kernel_sources(const std::filesystem::path& output);
/// heddle_config_pkg.sv, heddle_kernel.v, heddle_config.hpp, sources.f and, for a board with an overlay,
/// heddle.bif, in `output`.
void write_kernel_sources(const VitisBoard& board, const std::filesystem::path& output);
/// FNV-1a of the configuration and of the RTL without comments and white space, as 16 digits: what an
/// estimate is of.
std::string kernel_hash(const VitisBoard& board);

/// The steps that make OUTPUT/NAME.xclbin from RTL, and OUTPUT/heddle for boards with an overlay; or, for
/// `hls`, the HLS kernel alone (OUTPUT/heddle_accelerator.xo).
std::vector<BuildStep> vitis_steps(const VitisBoard& board, const std::filesystem::path& output, bool hls);
/// Looks into OUTPUT/NAME.xclbin: whose platform it is for and which clock it reached. Throws
/// std::runtime_error for a missing or damaged file, or one for another platform.
BuildResult read_xclbin(const VitisBoard& board, const std::filesystem::path& output);

}  // namespace heddle::cli
