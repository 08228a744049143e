#include "tests/cli/program.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace heddle::cli_test {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

/// For a shell; what the program prints goes to files of `folder`.
std::string command_line(const std::vector<std::string>& arguments, const Folder& folder) {
  std::string command = quoted(HEDDLE_PROGRAM);
  for (const std::string& argument : arguments)
    command.append(" ").append(quoted(argument));  // GCC 12 warns wrongly of " " + string
  return command + " >" + quoted(folder.file("out")) + " 2>" + quoted(folder.file("err")) + " </dev/null";
}

Outcome outcome_of(int status, const Folder& folder) {
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(folder.file("out")), read(folder.file("err"))};
}

}  // namespace

Folder::Folder() {
  std::string name = (fs::temp_directory_path() / "heddle-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder can be made");
  path_ = name;
}

Folder::~Folder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::vector<std::string> Folder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(path_)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Outcome heddle(const std::vector<std::string>& arguments) {
  const Folder folder;
  return outcome_of(std::system(command_line(arguments, folder).c_str()), folder);
}

Outcome heddle_signalled(const std::vector<std::string>& arguments, const std::string& file, int signal) {
  const Folder folder;
  const std::string command = "exec " + command_line(arguments, folder);
  const pid_t process = fork();
  if (process == 0) {
    execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  const auto running = [&] { return waitpid(process, &status, WNOHANG) == 0; };
  while (!fs::exists(file)) {
    if (!running()) return outcome_of(status, folder);
    usleep(1000);
  }
  kill(process, signal);
  waitpid(process, &status, 0);
  return outcome_of(status, folder);
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be read");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(const std::string& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  if (!(file << content).flush()) throw std::runtime_error(path + ": cannot be written");
}

nlohmann::json read_json(const std::string& path) { return nlohmann::json::parse(read(path)); }

std::string source(const std::string& path) { return (fs::path(HEDDLE_SOURCE_DIR) / path).string(); }

std::string model() { return source("models/austen-1.5m"); }

std::string stories() {
  const fs::path path = fs::path(HEDDLE_SOURCE_DIR).parent_path() / "shared" / "models" / "stories260K";
  return fs::is_directory(path) ? path.string() : "";
}

std::string copy_model(const Folder& folder) {
  const fs::path copy = folder.path() / "model";
  fs::create_directory(copy);
  for (const char* name : {"config.json", "tokenizer.json", "model.safetensors"}) {
    fs::copy_file(fs::path(model()) / name, copy / name);
    fs::permissions(copy / name, fs::perms::owner_write, fs::perm_options::add);
  }
  return copy.string();
}

}  // namespace heddle::cli_test
