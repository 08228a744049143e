// What the Xilinx Runtime wants around it for hardware emulation, in a private folder.
#pragma once
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace heddle::sim::emulation {

/// The programs that an emulation is made of. Empty paths where they were not built.
std::filesystem::path emulator_program();  // heddle_emulator
std::filesystem::path runtime_support();   // libheddle_hwemu.so, which stands before XRT's libxrt_hwemu.so

/// Whether an emulation can be set up here; `reason` says what is missing and how to install it.
bool can_emulate(std::string* reason = nullptr);

/// A folder with everything that a host program finds through environment variables: emconfig.json, xrt.ini,
/// the runtime's emulation library, the OpenCL vendor file, the xclbin. The sockets lie in it too. Removed,
/// with all that the runtime wrote there, at the end of the object's life. It lies in /tmp, where the runtime
/// has its sockets whatever TMPDIR says; concurrent ones do not meet.
class Environment {
 public:
  /// `xclbin`: bytes of the file. Throws std::runtime_error when the folder cannot be written, naming the
  /// file and the reason, or when there is too little space for the runtime to unpack the payload.
  explicit Environment(const std::string& xclbin);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::filesystem::path xclbin() const { return folder_ / "heddle.xclbin"; }
  /// Name and value of each variable that the host program's environment needs.
  std::vector<std::pair<std::string, std::string>> variables() const;

 private:
  void fill(const std::string& xclbin) const;
  std::filesystem::path folder_;
};

}  // namespace heddle::sim::emulation
