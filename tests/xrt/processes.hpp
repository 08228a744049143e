// What runs, lies in /tmp and is open because of a device, seen from the outside.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <string>
#include <vector>

namespace heddle::runtime {

struct Process {
  pid_t pid = 0;
  std::string name;       // of its program, cut to 15 characters by the system
  std::string directory;  // where it works
};

/// All processes that descend from `pid`.
std::vector<Process> descendants(pid_t pid);
/// The one whose name starts so; pid 0 when there is none.
Process find_process(const std::vector<Process>& processes, const std::string& name);
bool is_running(pid_t pid);  // zombies do not run
/// Whether `condition` becomes true within so many seconds.
template <typename Condition>
bool becomes_true(double seconds, Condition condition);
std::size_t open_files();             // of this process
std::size_t resident_kib(pid_t pid);  // memory

}  // namespace heddle::runtime

template <typename Condition>
bool heddle::runtime::becomes_true(double seconds, Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
  }
  return true;
}
