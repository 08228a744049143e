#include "isa/data_directory.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstdlib>
#include <stdexcept>

namespace heddle::isa {
namespace {

namespace fs = std::filesystem;

// Folder of the program or of the shared library that holds this code; empty when it cannot be told.
fs::path own_directory() {
  std::error_code error;
  Dl_info info;
  link_map* map = nullptr;
  const bool found = dladdr1(reinterpret_cast<void*>(&data_directory), &info, reinterpret_cast<void**>(&map),
                             RTLD_DL_LINKMAP) != 0;
  // The program itself has no name in the list of loaded objects.
  const bool library = found && map != nullptr && map->l_name != nullptr && map->l_name[0] != '\0';
  const fs::path file = library ? fs::canonical(map->l_name, error) : fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : file.parent_path();
}

}  // namespace

fs::path data_directory() {
  if (const char* set = std::getenv("HEDDLE_DATA")) return set;
  const fs::path own = own_directory();
  // Of PREFIX/bin and PREFIX/lib; of PREFIX/lib/ARCHITECTURE and PREFIX/libexec/heddle.
  for (const fs::path& prefix : {own.parent_path(), own.parent_path().parent_path()}) {
    const fs::path installed = prefix / "share" / "heddle";
    if (!own.empty() && fs::is_directory(installed / "isa" / "configs")) return installed;
  }
  const fs::path source = HEDDLE_SOURCE_DIR;
  if (fs::is_directory(source / "isa" / "configs")) return source;
  throw std::runtime_error("the files of heddle (isa/, rtl/, hls/) were not found; set HEDDLE_DATA to the source tree");
}

fs::path companion(const std::string& name) {
  std::error_code error;
  if (const char* set = std::getenv("HEDDLE_LIBEXEC")) {
    const fs::path file = fs::path(set) / name;
    return fs::exists(file, error) ? file : fs::path();
  }
  const fs::path own = own_directory();
  if (own.empty()) return {};
  const fs::path beside = own / name;
  if (fs::exists(beside, error)) return beside;
  for (const fs::path& prefix : {own.parent_path(), own.parent_path().parent_path()}) {
    const fs::path installed = prefix / "libexec" / "heddle" / name;
    if (fs::exists(installed, error)) return installed;
  }
  return {};
}

}  // namespace heddle::isa
