#include "sim/emulation/protocol.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

#include "sim/emulation/wire.hpp"

namespace heddle::sim::emulation {
namespace {

constexpr std::size_t kRequestHeader = 14;       // bytes
constexpr std::uint64_t kLargestBody = 1 << 30;  // bytes; the host sends at most 8 MiB a message

std::string header(std::uint64_t body_bytes) {
  MessageWriter out;
  out.fixed64(1, body_bytes);
  return out.text();
}

}  // namespace

Connection::Connection(const std::string& path, double seconds)
    : socket_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    close(socket_);
    throw std::runtime_error(fmt::format("{}: too long for the name of a socket", path));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    if (std::chrono::steady_clock::now() > deadline) {
      close(socket_);
      throw std::runtime_error(
          fmt::format("{}: the host does not answer there: {}", path, std::strerror(error)));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

Connection::~Connection() { close(socket_); }

bool Connection::read_all(char* to, std::size_t size) {
  while (size != 0) {
    const ssize_t got = recv(socket_, to, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

void Connection::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return;  // the host is gone: the next receive() says so
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

bool Connection::receive(Request* request) {
  char bytes[kRequestHeader];
  if (!read_all(bytes, sizeof bytes)) return false;
  const MessageReader head({bytes, sizeof bytes});
  const std::uint64_t size = head.number(1);
  if (size > kLargestBody) {
    throw std::runtime_error(fmt::format("emulation protocol: a message of {} bytes", size));
  }
  request->call = static_cast<std::uint32_t>(head.number(2));
  request->body.resize(size);
  return read_all(request->body.data(), size);
}

void Connection::answer(std::string_view body) {
  write_all(header(body.size()));
  write_all(body);
}

void Connection::send_end() {
  MessageWriter out;
  out.fixed64(1, 0);
  out.fixed32(2, kClose);
  write_all(out.text());
}

SocketPaths socket_paths() {
  const char* user = std::getenv("USER");
  const char* id = std::getenv("EMULATION_SOCKETID");
  if (id == nullptr) {
    throw std::runtime_error(
        "EMULATION_SOCKETID is not set: this program is started by the Xilinx Runtime, not by hand");
  }
  if (user == nullptr) return {"/tmp/xcl_sock", fmt::format("/tmp/D2X_unix_sock_{}", id)};
  return {fmt::format("/tmp/{}/{}", user, id), fmt::format("/tmp/{}/D2X_unix_sock_{}", user, id)};
}

}  // namespace heddle::sim::emulation
