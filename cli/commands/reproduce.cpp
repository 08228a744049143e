// heddle reproduce FILE.json: runs the command of a result again and compares.
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <stdexcept>

#include "cli/commands/commands.hpp"
#include "cli/provenance.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

/// A folder that goes with this object.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "heddle-reproduce-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr)
      throw std::runtime_error(fmt::format("{}: cannot be made: {}", name, std::strerror(errno)));
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

/// Runs this program with `words`; what it prints to stdout is dropped, its errors are shown.
void repeat(std::vector<std::string> words) {
  words.insert(words.begin(), "heddle");
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t child = 0;
  const int failed = posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0)
    throw std::runtime_error(fmt::format("reproduce: cannot start: {}", std::strerror(failed)));
  int status = 0;
  if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw std::runtime_error("reproduce: the command failed this time");
}

Json parse(const std::string& path) {
  try {
    return Json::parse(read_text_file(path));
  } catch (const Json::exception& error) {
    throw std::runtime_error(fmt::format("{}: not JSON: {}", path, error.what()));
  }
}

struct Options {
  std::string file, json;
};

void run(const Options& options) {
  OutputFile out(options.json);
  Json before = parse(options.file);
  const Folder folder;
  const std::string again = folder.file("again.json");
  repeat(command_to_repeat(before, again, options.file));
  Json after = parse(again);
  const std::vector<std::string> found = differences(before, after);
  constexpr std::size_t kShown = 20;
  if (found.empty()) fmt::print("identical\n");
  const std::string then = before["provenance"].value("commit", ""),
                    now = after["provenance"].value("commit", "");
  if (then != now) fmt::print("made by commit {}, repeated by {}\n", then, now);
  for (std::size_t i = 0; i < std::min(found.size(), kShown); ++i) fmt::print("differs: {}\n", found[i]);
  if (found.size() > kShown) fmt::print("and {} more\n", found.size() - kShown);
  out.write_json({{"identical", found.empty()}, {"differences", found}});
  out.commit();
  if (!found.empty()) throw CLI::RuntimeError(1);
}

}  // namespace

void add_reproduce(CLI::App& app) {
  CLI::App* command = app.add_subcommand(
      "reproduce", "run the command of a result (run, bench, estimate, compare) again and compare");
  auto options = std::make_shared<Options>();
  command->add_option("FILE", options->file, "the JSON that --json wrote; run in the same folder as then")
      ->required();
  command->add_option("--json", options->json, "write what differs as JSON");
  command->callback([options] { run(*options); });
}

}  // namespace heddle::cli
