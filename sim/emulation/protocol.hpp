// The messages between XRT's hardware-emulation shim (libxrt_hwemu 2.13) and a simulator process.
//
// The host listens on two UNIX stream sockets, the simulator connects to both. On the first the host asks and
// the simulator answers, strictly in turn; on the second ("D2X") the simulator could ask, which it does only
// to end the host's thread there. A request is a header of 14 bytes {1: fixed64 body size, 2: fixed32 call}
// and a body; an answer has a header of 9 bytes, without the call. Numbers:
// src/runtime_src/core/pcie/emulation/ common_em in the XRT repository, tag 202210.2.13.466.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace heddle::sim::emulation {

enum Call : std::uint32_t {
  kClose = 1,
  kAllocDeviceBuffer = 4,
  kFreeDeviceBuffer = 5,
  kCopyBufferHost2Device = 6,
  kCopyBufferDevice2Host = 7,
  kWriteAddrSpaceDeviceRam = 8,
  kWriteAddrKernelCtrl = 9,
  kReadAddrSpaceDeviceRam = 10,
  kReadAddrKernelCtrl = 11,
  kPerfMonReadTrace = 16,
  kGetDeviceTimestamp = 17,
  kGetDebugMessages = 19,
  kSetEnvironment = 20,
};

/// Address of the accelerator's registers in the address space of kernel control.
constexpr std::uint64_t kRegisterBase = 0x1800000;

struct Request {
  std::uint32_t call = 0;
  std::string body;
};

/// One end of a connection; closes it at the end of its life.
class Connection {
 public:
  /// Connects to a UNIX stream socket, trying again until `seconds` have passed. Throws std::runtime_error.
  Connection(const std::string& path, double seconds);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Waits for a request. False at the end of the connection.
  bool receive(Request* request);
  void answer(std::string_view body);
  /// Tells the host's thread on this (D2X) connection that there will be no more.
  void send_end();

 private:
  bool read_all(char* to, std::size_t size);
  void write_all(std::string_view bytes);
  int socket_;
};

/// Paths of the two sockets. The host puts them into /tmp/$USER, or beside /tmp/xcl_sock without USER.
struct SocketPaths {
  std::string main, d2x;
};
/// From the variables USER and EMULATION_SOCKETID, which the host sets for the simulator. Throws
/// std::runtime_error when the latter is missing: then nobody listens.
SocketPaths socket_paths();

}  // namespace heddle::sim::emulation
