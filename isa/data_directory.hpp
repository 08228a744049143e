// Where the files are that the program reads at run time: configurations, RTL and HLS sources.
// Host code (C++20).
#pragma once
#include <filesystem>
#include <string>

namespace heddle::isa {

/// The source tree, or PREFIX/share/heddle of an install; both have the same layout.
/// HEDDLE_DATA overrides. Throws std::runtime_error when neither exists.
std::filesystem::path data_directory();

/// A program or shared library that is built and installed beside this one and started by it: in the build's
/// folder of programs, or in PREFIX/libexec/heddle. HEDDLE_LIBEXEC overrides. Empty when there is none.
std::filesystem::path companion(const std::string& name);

}  // namespace heddle::isa
