// Folders and files of tests.
#pragma once
#include <string>

namespace heddle::test {

/// A fresh folder, removed with everything in it at the end of its life.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  const std::string& path() const { return path_; }
  /// The path of a file in it.
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// Whole files, as bytes. Throw std::runtime_error naming the path.
std::string read_file(const std::string& path);
void write_file(const std::string& path, const std::string& bytes);

/// A path in the folder of models that are for tests only: $HEDDLE_SHARED, or ../shared beside the source
/// tree. Empty when the path does not exist there; tests then skip and say so.
std::string shared_path(const std::string& name);

}  // namespace heddle::test
