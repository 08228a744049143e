#include "sim/library/build.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "isa/data_directory.hpp"
#include "isa/generate/writers.hpp"
#include "sim/library/training.hpp"

namespace heddle::sim {
namespace {

namespace fs = std::filesystem;

fs::path cache_directory() {
  if (const char* set = std::getenv("HEDDLE_CACHE")) return set;
  if (const char* xdg = std::getenv("XDG_CACHE_HOME")) return fs::path(xdg) / "heddle";
  if (const char* home = std::getenv("HOME")) return fs::path(home) / ".cache" / "heddle";
  return fs::temp_directory_path() / "heddle-cache";
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(fmt::format("{}: cannot be read", path.string()));
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_file(const fs::path& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  if (!(out << text).flush()) throw std::runtime_error(fmt::format("{}: cannot be written", path.string()));
}

std::string quoted(const fs::path& path) {
  std::string out = "'";
  for (char c : path.string()) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string find_program(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::istringstream directories(path == nullptr ? "" : path);
  for (std::string directory; std::getline(directories, directory, ':');) {
    if (access((fs::path(directory) / name).c_str(), X_OK) == 0) return (fs::path(directory) / name).string();
  }
  return "";
}

std::string compiler() {
  const char* set = std::getenv("CXX");
  return set != nullptr ? set : "g++";
}

void hash_text(std::uint64_t& hash, const std::string& text) {
  for (unsigned char c : text) {
    hash ^= c;
    hash *= 0x100000001B3ull;
  }
}

// The RTL in dependency order, relative to the data directory; comments and blank lines dropped.
std::vector<std::string> rtl_files(const fs::path& data) {
  std::vector<std::string> files;
  std::istringstream list(read_file(data / "rtl" / "heddle.f"));
  for (std::string line; std::getline(list, line);) {
    if (line.empty() || line[0] == '/' || line[0] == '#') continue;
    files.push_back(line);
  }
  return files;
}

// Everything whose change must make a new library.
std::uint64_t source_hash(const fs::path& data, Design design, const BuildOptions& options) {
  std::vector<fs::path> files;
  for (const char* room :
       {"isa", design == Design::kHls ? "hls" : "rtl", "sim/verilator", "sim/library", "sim/dram"}) {
    for (const auto& entry : fs::recursive_directory_iterator(data / room)) {
      const std::string extension = entry.path().extension();
      if (entry.is_regular_file() && extension != ".md" && extension != ".txt" && extension != ".json") {
        files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  std::uint64_t hash = 0xCBF29CE484222325ull;
  for (const fs::path& file : files) {
    hash_text(hash, fs::relative(file, data).string());
    hash_text(hash, read_file(file));
  }
  hash_text(hash, fmt::format("{}{}{}", options.waveforms, options.assertions, options.switching));
  return hash;
}

// Holds the lock of one library's folder, so that two programs do not build it at once.
class Lock {
 public:
  explicit Lock(const fs::path& path) : file_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (file_ < 0 || flock(file_, LOCK_EX) != 0) {
      throw std::runtime_error(fmt::format(
          "{}: cannot be locked; set HEDDLE_CACHE to a folder that can be written", path.string()));
    }
  }
  ~Lock() { close(file_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int file_;
};

void run(const std::string& command, const fs::path& log) {
  write_file(log, command + "\n");
  const int status = std::system(fmt::format("({}) >> {} 2>&1", command, quoted(log)).c_str());
  if (status == 0) return;
  std::istringstream lines(read_file(log));
  std::string tail, line;
  std::vector<std::string> all;
  while (std::getline(lines, line)) all.push_back(line);
  for (std::size_t i = all.size() > 12 ? all.size() - 12 : 0; i < all.size(); ++i) tail += "\n  " + all[i];
  throw std::runtime_error(fmt::format("building a simulator failed; log: {}{}", log.string(), tail));
}

// Multipliers of the largest array that is compiled twice; beyond it the array takes the time, not the code.
constexpr std::uint32_t kLargestProfiledArray = 1024;

constexpr const char* kCommonFlags = "-std=c++20 -fPIC -ffp-contract=off -march=native";

void build_hls(const fs::path& data, const fs::path& folder) {
  run(fmt::format("cd {} && {} {} -O3 -shared -o device.so.part -I. -I{} {}", quoted(folder), compiler(),
                  kCommonFlags, quoted(data), quoted(data / "hls" / "device_library.cpp")),
      folder / "build.log");
}

void build_rtl(const isa::NamedConfig& named, const fs::path& data, const fs::path& folder,
               const BuildOptions& options) {
  std::string sources = quoted(folder / "heddle_config_pkg.sv");
  for (const std::string& file : rtl_files(data)) sources += " " + quoted(data / file);
  if (options.switching) sources += " " + quoted(data / "sim/verilator/heddle_switching.sv");
  const std::string trace = options.waveforms ? " --trace-fst --trace-structs" : "";
  const std::string checks = options.assertions ? " --assert -DHEDDLE_ASSERT" : " --noassert";
  // Memories start with random contents: a program that relies on zeros fails here, as it would on a chip.
  run(fmt::format("cd {} && verilator --cc --top-module heddle_top --prefix Vheddle_top --Mdir obj -O3 "
                  "--x-assign fast "
                  "--x-initial unique --output-split 20000{}{} -Wno-fatal -Wno-lint -Wno-style {} "
                  "-CFLAGS '{} -I{}'",
                  quoted(folder), trace, checks, sources, kCommonFlags, data.string()),
      folder / "verilate.log");
  // Compiled twice where that pays: most of a simulator's time goes into fetching its own code, and a profile
  // tells the compiler which of it to keep together. The flags of a build that learns, and of one that knows.
  const bool profiled = !options.waveforms && !options.assertions && !options.switching &&
                        named.config.rows * named.config.columns <= kLargestProfiledArray;
  std::string harness = quoted(data / "sim" / "verilator" / "harness.cpp");
  if (options.waveforms) harness = "-DHEDDLE_WAVEFORMS " + harness;
  if (options.switching)
    harness = "-DHEDDLE_SWITCHING " + harness + " " + quoted(data / "sim" / "verilator" / "switching.cpp");
  const auto compile = [&](const std::string& flags, const std::string& name) {
    std::string runtime_objects = "verilated.o verilated_threads.o";
    if (options.waveforms) runtime_objects += " verilated_fst_c.o";
    if (options.switching) runtime_objects += " verilated_dpi.o";
    run(fmt::format(
            "cd {0}/obj && rm -f *.o *.a && "
            "make -j$(nproc) -f Vheddle_top.mk OPT_FAST='-O3 -fno-semantic-interposition {1}' "
            "OPT_SLOW=-O0 OPT_GLOBAL=-O3 Vheddle_top__ALL.a {2} && "
            "{3} {4} -O2 {1} -shared -o ../{5} -I. -I.. -I{6} -I$(verilator --getenv VERILATOR_ROOT)/include "
            "-I$(verilator --getenv VERILATOR_ROOT)/include/vltstd {7} Vheddle_top__ALL.a {2} "
            "-pthread{8}",
            quoted(folder), flags, runtime_objects, compiler(), kCommonFlags, name, quoted(data), harness,
            options.waveforms ? " -lz" : ""),
        folder / fmt::format("{}.log", name));
  };
  if (profiled) {
    compile("-fprofile-generate -fprofile-update=single", "learning.so");
    train((folder / "learning.so").string(), named.config);
    fs::remove(folder / "learning.so");
  }
  compile(profiled ? "-fprofile-use -fprofile-partial-training -Wno-missing-profile" : "", "device.so.part");
}

}  // namespace

bool can_build(Design design, std::string* reason) {
  std::vector<std::string> tools = {compiler()};
  if (design == Design::kRtl) tools.insert(tools.end(), {"verilator", "make"});
  for (const std::string& tool : tools) {
    if (find_program(tool).empty()) {
      if (reason != nullptr) *reason = fmt::format("{} is not installed (apt-get install {})", tool, tool);
      return false;
    }
  }
  return true;
}

std::string device_library(const isa::NamedConfig& named, Design design, const BuildOptions& options) {
  const fs::path data = isa::data_directory();
  const char* kind = design == Design::kHls ? "hls" : "rtl";
  const fs::path folder =
      cache_directory() / fmt::format("{}-{}-{:016x}-{:016x}", kind, named.name,
                                      isa::config_hash(named.config), source_hash(data, design, options));
  const fs::path library = folder / "device.so";
  if (fs::exists(library)) return library.string();

  std::string reason;
  if (!can_build(design, &reason))
    throw std::runtime_error(fmt::format("the {} target cannot be built: {}", kind, reason));
  std::error_code error;
  fs::create_directories(folder, error);
  if (error)
    throw std::runtime_error(
        fmt::format("{}: cannot be made; set HEDDLE_CACHE to a folder that can be written", folder.string()));
  const Lock lock(folder / "lock");
  if (fs::exists(library)) return library.string();  // another program was faster

  if (options.progress) {
    options.progress(fmt::format("building the {} simulator of configuration {} (once; kept in {})", kind,
                                 named.name, cache_directory().string()));
  }
  write_file(folder / "heddle_config.hpp", isa::generate::config_header(named.config, named.name));
  write_file(folder / "heddle_config_pkg.sv", isa::generate::config_package(named.config, named.name));
  if (design == Design::kHls) {
    build_hls(data, folder);
  } else {
    build_rtl(named, data, folder, options);
    fs::remove_all(folder / "obj", error);
  }
  fs::rename(folder / "device.so.part", library);
  if (options.progress) options.progress("done");
  return library.string();
}

}  // namespace heddle::sim
