#include "cli/interrupt.hpp"

#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdio>
#include <string_view>

namespace heddle::cli {
namespace {

constexpr unsigned kSecondsToEnd = 3;  // for work that does not look by itself
constexpr std::string_view kMessage = "\nheddle: interrupted\n";

// What a signal handler touches: lock-free atomics alone.
std::atomic<int> arrived = 0;
std::array<std::atomic<const char*>, 16> unfinished = {};
std::atomic<bool> on_terminal = false;

/// On a terminal the message leaves the line that ^C stands in.
std::string_view message() { return kMessage.substr(on_terminal ? 0 : 1); }

/// Only calls that POSIX allows in a handler.
[[noreturn]] void end_now(int signal) {
  for (const auto& path : unfinished) {
    if (const char* name = path.load()) unlink(name);
  }
  const ssize_t ignored = write(STDERR_FILENO, message().data(), message().size());
  static_cast<void>(ignored);
  _exit(128 + signal);
}

void note(int signal) {
  const int before = arrived.exchange(signal);
  if (before != 0) end_now(signal);
  alarm(kSecondsToEnd);
}

/// A shell that Ctrl-C ends dies of it, or exits with the status that shells give for it.
void note_child(int, siginfo_t* child, void*) {
  const bool killed = child->si_code == CLD_KILLED && child->si_status == SIGINT;
  const bool exited = child->si_code == CLD_EXITED && child->si_status == 128 + SIGINT;
  int none = 0;
  if (killed || exited) arrived.compare_exchange_strong(none, SIGINT);
}

void out_of_time(int) { end_now(arrived.load()); }

}  // namespace

void watch_interrupts() {
  on_terminal = isatty(STDERR_FILENO) == 1;
  struct sigaction action = {}, before = {};
  action.sa_flags = SA_RESTART;
  action.sa_handler = note;
  for (const int signal : {SIGINT, SIGTERM}) {
    sigaction(signal, nullptr, &before);
    if (before.sa_handler != SIG_IGN) sigaction(signal, &action, nullptr);
  }
  action.sa_handler = out_of_time;
  sigaction(SIGALRM, &action, nullptr);
  struct sigaction child = {};
  child.sa_flags = SA_RESTART | SA_NOCLDSTOP | SA_SIGINFO;
  child.sa_sigaction = note_child;
  sigaction(SIGCHLD, &child, nullptr);
}

void check_interrupt() {
  if (const int signal = arrived.load()) throw Interrupted{signal};
}

int end_of_interrupt() {
  const int signal = arrived.load();
  if (signal == 0) return 0;
  std::fflush(stdout);
  std::fputs(message().data(), stderr);
  return 128 + signal;
}

void remove_if_killed(const char* path) {
  for (auto& slot : unfinished) {
    const char* empty = nullptr;
    if (slot.compare_exchange_strong(empty, path)) return;
  }
}

void forget_file(const char* path) {
  for (auto& slot : unfinished) {
    const char* it = path;
    slot.compare_exchange_strong(it, nullptr);
  }
}

}  // namespace heddle::cli
