// Where the files are that the program reads at run time: configurations, RTL and HLS sources.
// Host code (C++20).
#pragma once
#include <filesystem>

namespace heddle::isa {

/// The source tree, or PREFIX/share/heddle of an install; both have the same layout.
/// HEDDLE_DATA overrides. Throws std::runtime_error when neither exists.
std::filesystem::path data_directory();

}  // namespace heddle::isa
