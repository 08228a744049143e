#include "runtime/drivers/serial/simulated_board.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "isa/data_directory.hpp"
#include "runtime/device/device.hpp"

namespace heddle::runtime::serial {

SimulatedBoard::SimulatedBoard(const std::string& program, double noise, int seed) {
  int input[2], output[2];
  if (pipe2(input, O_CLOEXEC) != 0) throw DeviceError("the simulated board: no pipe can be had");
  if (pipe2(output, O_CLOEXEC) != 0) {
    close(input[0]);
    close(input[1]);
    throw DeviceError("the simulated board: no pipe can be had");
  }
  const std::string rate = fmt::format("{}", noise), number = std::to_string(seed);
  process_ = fork();
  if (process_ == 0) {
    dup2(input[0], STDIN_FILENO);
    dup2(output[1], STDOUT_FILENO);
    execl(program.c_str(), program.c_str(), "--noise", rate.c_str(), "--seed", number.c_str(), nullptr);
    _exit(127);
  }
  close(input[0]);
  close(output[1]);
  input_ = input[1];
  char c;
  while (read(output[0], &c, 1) == 1 && c != '\n') port_ += c;
  close(output[0]);
  if (port_.empty()) {
    unplug();
    throw DeviceError(program + ": the simulated board does not start");
  }
}

void SimulatedBoard::unplug() {
  if (input_ >= 0) close(input_);
  if (process_ > 0) waitpid(process_, nullptr, 0);
  input_ = -1;
  process_ = 0;
}

std::string simulated_board_program() { return isa::companion("heddle_board").string(); }

}  // namespace heddle::runtime::serial
