// The simulated board (sim/board) as a process of the test.
#pragma once
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

namespace heddle::boards {

class SimulatedBoard {
 public:
  /// `program`: built from sim/board/main.cpp. `noise`: chance of a byte to be disturbed.
  SimulatedBoard(const std::string& program, double noise, int seed) {
    int input[2], output[2];
    if (pipe(input) != 0 || pipe(output) != 0) throw std::runtime_error("pipe");
    process_ = fork();
    if (process_ == 0) {
      dup2(input[0], STDIN_FILENO);
      dup2(output[1], STDOUT_FILENO);
      for (const int end : {input[0], input[1], output[0], output[1]}) close(end);
      const std::string rate = std::to_string(noise), number = std::to_string(seed);
      execl(program.c_str(), program.c_str(), "--noise", rate.c_str(), "--seed", number.c_str(), nullptr);
      _exit(127);
    }
    close(input[0]);
    close(output[1]);
    input_ = input[1];
    char c;
    while (read(output[0], &c, 1) == 1 && c != '\n') port_ += c;
    close(output[0]);
    if (port_.empty()) throw std::runtime_error(program + ": does not start");
  }
  ~SimulatedBoard() { unplug(); }
  SimulatedBoard(const SimulatedBoard&) = delete;
  SimulatedBoard& operator=(const SimulatedBoard&) = delete;

  const std::string& port() const { return port_; }
  /// Ends the process: the port is gone.
  void unplug() {
    if (process_ <= 0) return;
    close(input_);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
  int input_ = -1;
  std::string port_;
};

}  // namespace heddle::boards
