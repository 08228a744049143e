#include "runtime/drivers/process/channel.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>

namespace heddle::runtime {

bool Channel::write_all(const void* from, std::size_t size) {
  const auto* at = static_cast<const char*>(from);
  while (size != 0) {
    const ssize_t sent = ::send(socket_, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

bool Channel::read_all(void* to, std::size_t size) {
  auto* at = static_cast<char*>(to);
  while (size != 0) {
    const ssize_t got = recv(socket_, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

bool Channel::send(Message message, std::span<const std::uint8_t> payload) {
  message.payload = payload.size();
  return write_all(&message, sizeof message) && write_all(payload.data(), payload.size());
}

bool Channel::receive(Message* message) { return read_all(message, sizeof *message); }

bool Channel::receive_payload(std::span<std::uint8_t> payload) {
  return read_all(payload.data(), payload.size());
}

bool Channel::wait(double seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  pollfd waiting = {socket_, POLLIN, 0};
  while (true) {
    int milliseconds = -1;
    if (seconds >= 0) {
      const std::chrono::duration<double, std::milli> left = deadline - std::chrono::steady_clock::now();
      milliseconds = left.count() > 0 ? static_cast<int>(left.count()) + 1 : 0;
    }
    const int ready = poll(&waiting, 1, milliseconds);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) return true;
  }
}

}  // namespace heddle::runtime
