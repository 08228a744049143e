// Messages between a host and the process that drives a device for it: a socket pair, a fixed header, bytes.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::runtime {

enum class Operation : std::uint32_t {
  kAllocate = 1,
  kRelease,
  kWrite,
  kRead,
  kStart,
  kWait,
  kClose,
  kPower
};
enum class Outcome : std::uint32_t { kOk = 0, kDeviceError, kError };

struct Message {
  std::uint32_t code = 0;  // an Operation of a request, an Outcome of an answer
  std::uint32_t reserved = 0;
  std::uint64_t value = 0;    // an address
  std::uint64_t number = 0;   // bytes asked for
  std::uint64_t payload = 0;  // bytes that follow
};

/// One end. Does not own the socket.
class Channel {
 public:
  explicit Channel(int socket) : socket_(socket) {}
  /// False when the other side is gone.
  bool send(Message message, std::span<const std::uint8_t> payload = {});
  bool receive(Message* message);
  bool receive_payload(std::span<std::uint8_t> payload);
  /// Whether something arrives, the end included, within so many seconds; negative: for ever.
  bool wait(double seconds);

 private:
  bool write_all(const void* from, std::size_t size);
  bool read_all(void* to, std::size_t size);
  int socket_;
};

}  // namespace heddle::runtime
