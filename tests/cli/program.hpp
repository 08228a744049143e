// Runs the heddle program in a folder of its own and looks at what it did.
#pragma once
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace heddle::cli_test {

namespace fs = std::filesystem;

struct Outcome {
  int status = -1;
  std::string out, err;
};

/// A folder that disappears with this object.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  fs::path path() const { return path_; }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  /// Names of what lies in it, sorted.
  std::vector<std::string> names() const;

 private:
  fs::path path_;
};

/// Runs `heddle ARGUMENTS`, without a terminal.
Outcome heddle(const std::vector<std::string>& arguments);
/// The same; sends it `signal` as soon as `file` is there. A program that a signal kills has status -1.
Outcome heddle_signalled(const std::vector<std::string>& arguments, const std::string& file, int signal);
std::string read(const std::string& path);
void write(const std::string& path, const std::string& content);
nlohmann::json read_json(const std::string& path);
std::string source(const std::string& path);  // in the source tree
std::string model();                          // the repository's own model
std::string stories();                        // stories260K, or empty where it is absent

/// A copy of the repository's model in `folder`, whose files a test may spoil.
std::string copy_model(const Folder& folder);

}  // namespace heddle::cli_test
