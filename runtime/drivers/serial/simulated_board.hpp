// A board in Verilator (sim/board) as a process of its own: a serial port to talk to where no board is
// plugged in.
#pragma once
#include <sys/types.h>

#include <string>

namespace heddle::runtime::serial {

class SimulatedBoard {
 public:
  /// Starts it. `program`: built from sim/board/main.cpp. `noise`: chance of a byte of the line to be
  /// flipped, lost or repeated. Throws DeviceError when it does not start.
  explicit SimulatedBoard(const std::string& program, double noise = 0, int seed = 1);
  ~SimulatedBoard() { unplug(); }
  SimulatedBoard(const SimulatedBoard&) = delete;
  SimulatedBoard& operator=(const SimulatedBoard&) = delete;

  const std::string& port() const { return port_; }
  /// Ends the process: the port is gone.
  void unplug();

 private:
  pid_t process_ = 0;
  int input_ = -1;
  std::string port_;
};

/// The simulator of the board that comes with heddle; empty when it was not built.
std::string simulated_board_program();

}  // namespace heddle::runtime::serial
