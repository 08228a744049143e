// A board in Verilator: the whole top, its serial line on a pseudo-terminal whose name is the first line of
// output. Runs until its standard input ends.
//
// usage: heddle_board [--noise RATE] [--seed N]
//
// The same program is built around the RTL, the netlist of the synthesis and the netlist of place and route.
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "Vboard.h"
#include "sim/board/noise.hpp"
#include "verilated.h"

namespace {

using heddle::sim::board::NoisyLine;

constexpr int kBitCycles = 12;     // of the top
constexpr int kPollCycles = 512;   // between two looks at the terminal while the board is busy
constexpr int kRestCycles = 4096;  // without anything to do, after which the board sleeps until a byte comes
constexpr int kSleepMilliseconds = 100;

/// The board's side of a pseudo-terminal, without echo or translation.
class Terminal {
 public:
  Terminal() : master_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    if (master_ < 0 || grantpt(master_) != 0 || unlockpt(master_) != 0) {
      std::perror("pseudo-terminal");
      std::exit(1);
    }
    slave_ = open(ptsname(master_), O_RDWR | O_NOCTTY);  // kept open, so that hosts may come and go
    termios raw;
    tcgetattr(slave_, &raw);
    cfmakeraw(&raw);
    tcsetattr(slave_, TCSANOW, &raw);
  }
  ~Terminal() {
    close(slave_);
    close(master_);
  }
  const char* name() const { return ptsname(master_); }
  int descriptor() const { return master_; }
  std::size_t read(std::uint8_t* to, std::size_t most) {
    const ssize_t count = ::read(master_, to, most);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  void write(const std::vector<std::uint8_t>& bytes) {
    std::size_t done = 0;
    while (done < bytes.size()) {
      const ssize_t count = ::write(master_, bytes.data() + done, bytes.size() - done);
      if (count <= 0) return;  // nobody reads: lost, as on a line
      done += static_cast<std::size_t>(count);
    }
  }

 private:
  int master_, slave_;
};

/// Drives the board's input, a bit at a time.
class Sender {
 public:
  void push(const std::vector<std::uint8_t>& bytes) {
    queue_.insert(queue_.end(), bytes.begin(), bytes.end());
  }
  bool idle() const { return queue_.empty() && bits_ == 0; }
  int step() {
    if (bits_ == 0) {
      if (queue_.empty()) return 1;
      frame_ = (1u << 9) | (queue_.front() << 1);  // start bit, data, stop bit
      queue_.pop_front();
      bits_ = 10;
      cycle_ = 0;
    }
    const int level = frame_ & 1;
    if (++cycle_ == kBitCycles) {
      cycle_ = 0;
      frame_ >>= 1;
      --bits_;
    }
    return level;
  }

 private:
  std::deque<std::uint8_t> queue_;
  unsigned frame_ = 0;
  int bits_ = 0, cycle_ = 0;
};

/// Reads the board's output; true with each byte.
class Receiver {
 public:
  bool idle() const { return bit_ < 0; }
  bool step(int level, std::uint8_t* byte) {
    if (bit_ < 0) {
      if (level == 0) {
        bit_ = 0;
        cycle_ = kBitCycles / 2;
      }
      return false;
    }
    if (--cycle_ > 0) return false;
    cycle_ = kBitCycles;
    if (bit_ > 0 && bit_ < 9) value_ = static_cast<std::uint8_t>((value_ >> 1) | (level << 7));
    if (++bit_ < 10) return false;
    bit_ = -1;
    *byte = value_;
    return true;
  }

 private:
  int bit_ = -1, cycle_ = 0;
  std::uint8_t value_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  double rate = 0;
  unsigned long long seed = 1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::strcmp(argv[i], "--noise") == 0) rate = std::atof(argv[i + 1]);
    if (std::strcmp(argv[i], "--seed") == 0) seed = std::strtoull(argv[i + 1], nullptr, 10);
  }
  VerilatedContext context;
  Vboard board(&context);
  Terminal terminal;
  NoisyLine to_board(rate, 2 * seed), to_host(rate, 2 * seed + 1);
  Sender sender;
  Receiver receiver;
  std::printf("%s\n", terminal.name());
  std::fflush(stdout);

  std::vector<std::uint8_t> out, in;
  std::uint8_t bytes[4096];
  int until_poll = 0, resting = 0;
  while (true) {
    if (--until_poll <= 0) {
      until_poll = kPollCycles;
      const bool rest = resting > kRestCycles;
      pollfd wait[2] = {{terminal.descriptor(), POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
      if (poll(wait, 2, rest ? kSleepMilliseconds : 0) < 0 && errno != EINTR) break;
      if ((wait[1].revents & (POLLIN | POLLHUP)) != 0 && read(STDIN_FILENO, bytes, sizeof bytes) <= 0) break;
      if ((wait[0].revents & POLLIN) != 0 && sender.idle()) {
        in.clear();
        const std::size_t count = terminal.read(bytes, sizeof bytes);
        for (std::size_t i = 0; i < count; ++i) to_board.pass(bytes[i], &in);
        sender.push(in);
        resting = 0;
      } else if (rest) {
        continue;
      }
    }
    board.rx_i = sender.step();
    board.clk_i = 0;
    board.eval();
    board.clk_i = 1;
    board.eval();
    std::uint8_t byte = 0;
    if (receiver.step(board.tx_o, &byte)) {
      out.clear();
      to_host.pass(byte, &out);
      terminal.write(out);
    }
    const bool busy = !sender.idle() || !receiver.idle() || board.led_no == 0;
    resting = busy ? 0 : resting + 1;
  }
  if (rate > 0)
    std::fprintf(stderr, "disturbed bytes: %llu to the board, %llu to the host\n",
                 static_cast<unsigned long long>(to_board.disturbed()),
                 static_cast<unsigned long long>(to_host.disturbed()));
  return 0;
}
