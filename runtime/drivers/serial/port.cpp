#include "runtime/drivers/serial/port.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "runtime/device/device.hpp"

namespace heddle::runtime::serial {
namespace {

struct Rate {
  std::uint32_t baud;
  speed_t code;
};
constexpr Rate kRates[] = {{115200, B115200},   {230400, B230400},   {460800, B460800},  {921600, B921600},
                           {1000000, B1000000}, {2000000, B2000000}, {3000000, B3000000}};

/// Ports that a board could be on.
std::string candidates() {
  std::string out;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/dev", error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("ttyUSB") || name.starts_with("ttyACM")) out += " /dev/" + name;
  }
  return out.empty() ? "none is plugged in" : "there are" + out;
}

std::string advice(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return fmt::format("no such port: is the board plugged in? Of USB serial ports {}", candidates());
    case EACCES:
    case EPERM:
      return fmt::format(
          "no permission: join the group that owns it (sudo usermod -aG dialout $USER) and log in "
          "again");
    case EBUSY:
      return fmt::format("in use by another program: `fuser {}` names it", path);
    default:
      return std::strerror(error);
  }
}

}  // namespace

Port::Port(const std::string& path, std::uint32_t baud) : path_(path) {
  speed_t code = 0;
  for (const Rate& rate : kRates) {
    if (rate.baud == baud) code = rate.code;
  }
  if (code == 0) throw DeviceError(fmt::format("{}: {} baud is not a rate of serial ports", path, baud));
  descriptor_ = open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor_ < 0) throw DeviceError(fmt::format("{}: {}", path, advice(path, errno)));
  try {
    termios settings;
    if (tcgetattr(descriptor_, &settings) != 0) throw DeviceError(fmt::format("{}: not a serial port", path));
    if (ioctl(descriptor_, TIOCEXCL) != 0)
      throw DeviceError(fmt::format("{}: {}", path, advice(path, errno)));
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
    if (cfsetspeed(&settings, code) != 0 || tcsetattr(descriptor_, TCSANOW, &settings) != 0) {
      throw DeviceError(fmt::format("{}: cannot be set to {} baud: {}", path, baud, std::strerror(errno)));
    }
    tcflush(descriptor_, TCIOFLUSH);
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

Port::~Port() {
  ioctl(descriptor_, TIOCNXCL);
  close(descriptor_);
}

void Port::gone() const {
  throw DeviceError(
      fmt::format("{}: the board is gone: plug it in again, and load it with `heddle flash` if it lost "
                  "its bitstream",
                  path_));
}

void Port::write(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    pollfd wait = {descriptor_, POLLOUT, 0};
    if (poll(&wait, 1, 1000) < 0 && errno != EINTR) gone();
    if ((wait.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) gone();
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno != EAGAIN && errno != EINTR) gone();
    if (count > 0) bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

std::size_t Port::read(std::span<std::uint8_t> to, double seconds) {
  pollfd wait = {descriptor_, POLLIN, 0};
  if (poll(&wait, 1, static_cast<int>(seconds * 1000)) <= 0) return 0;
  const ssize_t count = ::read(descriptor_, to.data(), to.size());
  if (count > 0) return static_cast<std::size_t>(count);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  gone();
}

}  // namespace heddle::runtime::serial
