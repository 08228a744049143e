#include "tests/support/temporary.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace heddle::test {

namespace fs = std::filesystem;

TemporaryDirectory::TemporaryDirectory() {
  std::string pattern = (fs::temp_directory_path() / "heddle-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(pattern + ": cannot be created");
  path_ = pattern;
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  if (!file || !(bytes << file.rdbuf())) throw std::runtime_error(path + ": cannot be read");
  return bytes.str();
}

void write_file(const std::string& path, const std::string& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  if (!file.write(bytes.data(), static_cast<std::streamsize>(bytes.size())) || !file.flush()) {
    throw std::runtime_error(path + ": cannot be written");
  }
}

std::string shared_path(const std::string& name) {
  const char* chosen = std::getenv("HEDDLE_SHARED");
  const fs::path folder =
      chosen != nullptr ? fs::path(chosen) : fs::path(HEDDLE_SOURCE_DIR) / ".." / "shared";
  std::error_code ignored;
  const fs::path path = folder / name;
  return fs::exists(path, ignored) ? path.lexically_normal().string() : std::string();
}

}  // namespace heddle::test
