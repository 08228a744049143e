#include "tests/xrt/processes.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace heddle::runtime {
namespace {

namespace fs = std::filesystem;

struct Stat {
  std::string name;
  char state = '?';
  pid_t parent = 0;
};

bool read_stat(pid_t pid, Stat* stat) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  if (!std::getline(file, text)) return false;
  const std::size_t open = text.find('('), close = text.rfind(')');
  stat->name = text.substr(open + 1, close - open - 1);
  std::istringstream rest(text.substr(close + 1));
  rest >> stat->state >> stat->parent;
  return true;
}

}  // namespace

std::vector<Process> descendants(pid_t root) {
  std::map<pid_t, Stat> all;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (!std::isdigit(static_cast<unsigned char>(name[0]))) continue;
    Stat stat;
    const auto pid = static_cast<pid_t>(std::stol(name));
    if (read_stat(pid, &stat) && stat.state != 'Z') all[pid] = stat;
  }
  std::vector<Process> out;
  for (const auto& [pid, stat] : all) {
    for (pid_t up = stat.parent; up != 0 && pid != root; up = all.count(up) != 0 ? all[up].parent : 0) {
      if (up != root) continue;
      std::error_code error;
      out.push_back(
          {pid, stat.name, fs::read_symlink("/proc/" + std::to_string(pid) + "/cwd", error).string()});
      break;
    }
  }
  return out;
}

Process find_process(const std::vector<Process>& processes, const std::string& name) {
  const auto found = std::find_if(processes.begin(), processes.end(),
                                  [&](const Process& process) { return process.name.starts_with(name); });
  return found == processes.end() ? Process() : *found;
}

bool is_running(pid_t pid) {
  Stat stat;
  return read_stat(pid, &stat) && stat.state != 'Z';
}

std::size_t open_files() {
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

std::size_t resident_kib(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  }
  return 0;
}

}  // namespace heddle::runtime
