// heddle_device_library: builds a device library if need be and prints its path, for scripts and tests.
#include <fmt/format.h>

#include <cstring>
#include <stdexcept>

#include "sim/library/build.hpp"

int main(int argc, char** argv) {
  heddle::sim::BuildOptions options;
  const bool checks = argc == 4 && std::strcmp(argv[3], "--assertions") == 0;
  const bool counts = argc == 4 && std::strcmp(argv[3], "--switching") == 0;
  const bool known = argc >= 3 && (std::strcmp(argv[1], "hls") == 0 || std::strcmp(argv[1], "rtl") == 0);
  if (!known || (argc != 3 && !checks && !counts)) {
    fmt::print(stderr, "usage: heddle_device_library hls|rtl CONFIG [--assertions|--switching]\n");
    return 2;
  }
  options.assertions = checks;
  options.switching = counts;
  options.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  try {
    const auto design =
        std::strcmp(argv[1], "hls") == 0 ? heddle::sim::Design::kHls : heddle::sim::Design::kRtl;
    fmt::print("{}\n", heddle::sim::device_library(heddle::isa::load_config(argv[2]), design, options));
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle_device_library: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
