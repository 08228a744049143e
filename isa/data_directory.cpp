#include "isa/data_directory.hpp"

#include <cstdlib>
#include <stdexcept>

namespace heddle::isa {

std::filesystem::path data_directory() {
  namespace fs = std::filesystem;
  if (const char* set = std::getenv("HEDDLE_DATA")) return set;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path installed = program.parent_path().parent_path() / "share" / "heddle";
    if (fs::is_directory(installed / "isa" / "configs")) return installed;
  }
  const fs::path source = HEDDLE_SOURCE_DIR;
  if (fs::is_directory(source / "isa" / "configs")) return source;
  throw std::runtime_error("the files of heddle (isa/, rtl/, hls/) were not found; set HEDDLE_DATA to the source tree");
}

}  // namespace heddle::isa
