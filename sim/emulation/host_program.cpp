#include "sim/emulation/host_program.hpp"

#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace heddle::sim::emulation {
namespace {

volatile sig_atomic_t running_host = 0;

void pass_on(int signal) {
  if (running_host != 0) kill(-running_host, signal);
}

}  // namespace

int run_host(const Environment& environment, std::vector<std::string> command) {
  // Of this process, which does nothing else from here on.
  for (const auto& [name, value] : environment.variables()) setenv(name.c_str(), value.c_str(), 1);
  std::vector<char*> arguments;
  for (std::string& argument : command) arguments.push_back(argument.data());
  arguments.push_back(nullptr);

  struct sigaction handler = {}, before_interrupt, before_end;
  handler.sa_handler = pass_on;
  sigaction(SIGINT, &handler, &before_interrupt);
  sigaction(SIGTERM, &handler, &before_end);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  pid_t pid = 0;
  const int error = posix_spawnp(&pid, arguments[0], nullptr, &attributes, arguments.data(), environ);
  posix_spawnattr_destroy(&attributes);
  if (error != 0)
    throw std::runtime_error(fmt::format("{}: cannot be started: {}", command[0], std::strerror(error)));
  running_host = pid;
  siginfo_t ended;
  while (waitid(P_PID, static_cast<id_t>(pid), &ended, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  running_host = 0;
  kill(-pid,
       SIGKILL);  // what is left of its process group; it is not reaped yet, the number is still its own
  int status = 0;
  waitpid(pid, &status, 0);
  sigaction(SIGINT, &before_interrupt, nullptr);
  sigaction(SIGTERM, &before_end, nullptr);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace heddle::sim::emulation
