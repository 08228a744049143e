#include "sim/emulation/environment.hpp"

#include <fmt/format.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "isa/data_directory.hpp"
#include "sim/emulation/kernel.hpp"

namespace heddle::sim::emulation {
namespace {

namespace fs = std::filesystem;

// The runtime copies the payload's archive and unpacks it beside: twice the size, and something for its logs.
constexpr std::uint64_t kSpaceForLogs = 1 << 20;  // bytes

constexpr const char* kSockets = "/tmp";  // the runtime's own folder of sockets; not to be changed

// "OclFreqency" is how the runtime spells it. Feature_Bitmap 0 leaves the embedded scheduler out.
std::string emconfig() {
  return fmt::format(
      R"({{"Version":{{"FileVersion":"2.0","ToolVersion":"0.1"}},
 "Platform":{{"UnifiedPlatform":"true","ExpandedPR":"false","Boards":[{{"NumBoards":"1","Devices":[
  {{"Name":"{}","NumDevices":"1","OclFreqency":"300","DdrBanks":[{{"Size":"16GB"}}],"FeatureRom":{{"Feature_Bitmap":"0"}}}}]}}]}}}}
)",
      kPlatformName);
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  errno = 0;
  if (!(out << text).flush()) {
    throw std::runtime_error(fmt::format("{}: cannot be written: {}", path.string(), std::strerror(errno)));
  }
}

bool on_path(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access((fs::path(directory) / name).c_str(), X_OK) == 0) return true;
  }
  return false;
}

}  // namespace

fs::path emulator_program() { return isa::companion("heddle_emulator"); }
fs::path runtime_support() { return isa::companion("libheddle_hwemu.so"); }

bool can_emulate(std::string* reason) {
  std::string missing;
  if (emulator_program().empty() || runtime_support().empty()) {
    missing = "this build has no hardware emulation: install libxrt-dev and build again";
  } else if (!on_path("unzip")) {
    missing = "unzip is not installed, which the Xilinx Runtime needs (apt-get install unzip)";
  }
  if (reason != nullptr) *reason = missing;
  return missing.empty();
}

Environment::Environment(const std::string& xclbin) {
  std::string reason;
  if (!can_emulate(&reason)) throw std::runtime_error("hardware emulation is not available: " + reason);
  std::string name = fmt::format("{}/heddle-XXXXXX", kSockets);
  if (mkdtemp(name.data()) == nullptr) {
    throw std::runtime_error(fmt::format("no folder can be made in {}: {}", kSockets, std::strerror(errno)));
  }
  folder_ = name;
  try {
    fill(xclbin);
  } catch (...) {
    std::error_code error;
    fs::remove_all(folder_, error);
    throw;
  }
}

void Environment::fill(const std::string& xclbin) const {
  write_file(folder_ / "emconfig.json", emconfig());
  write_file(folder_ / "xrt.ini",
             "[Runtime]\nruntime_log=null\n[Emulation]\nkeep_run_dir=false\nprint_infos_in_console=false\n");
  fs::create_directory(folder_ / "vendors");
  write_file(folder_ / "vendors" / "xilinx.icd", "libxilinxopencl.so.2\n");
  fs::create_directory(folder_ / "lib");
  for (const char* name : {"libxrt_hwemu.so", "libxrt_hwemu.so.2"}) {
    fs::create_symlink(fs::canonical(runtime_support()), folder_ / "lib" / name);
  }
  write_file(this->xclbin(), xclbin);
  struct statvfs space;
  const std::uint64_t needed = 2 * xclbin.size() + kSpaceForLogs;
  if (statvfs(folder_.c_str(), &space) != 0) return;
  const std::uint64_t free = static_cast<std::uint64_t>(space.f_bavail) * space.f_frsize;
  if (free < needed) {
    throw std::runtime_error(
        fmt::format("{}: there is too little space to unpack the simulator: {} bytes are "
                    "free, {} are needed",
                    kSockets, free, needed));
  }
}

Environment::~Environment() {
  std::error_code error;
  fs::remove_all(folder_, error);
}

std::vector<std::pair<std::string, std::string>> Environment::variables() const {
  const std::string folder = folder_.string();
  return {{"XCL_EMULATION_MODE", "hw_emu"},
          {"XILINX_XRT", folder},
          {"EMCONFIG_PATH", folder},
          {"XRT_INI_PATH", folder + "/xrt.ini"},
          {"SDACCEL_EM_RUN_DIR", folder},
          {"USER", folder_.filename().string()},  // the runtime puts its sockets into /tmp/$USER
          {"OCL_ICD_VENDORS", folder + "/vendors"},
          {"HEDDLE_XCLBIN", xclbin().string()}};
}

}  // namespace heddle::sim::emulation
