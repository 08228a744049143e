#include "sim/emulation/server.hpp"

#include <cstdint>
#include <span>
#include <string_view>

#include "isa/registers.hpp"
#include "sim/emulation/wire.hpp"

namespace heddle::sim::emulation {
namespace {

// A host may ask for so much at once; its own messages are at most 8 MiB.
constexpr std::uint64_t kLargestCopy = 1 << 30;

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string number(std::uint64_t value) {
  MessageWriter out;
  out.varint(1, value);
  return out.text();
}

// Whether [address, address + bytes) lies in the register map.
bool is_register(std::uint64_t address, std::uint64_t bytes) {
  return address >= kRegisterBase && address - kRegisterBase <= isa::kRegisterEnd &&
         bytes <= isa::kRegisterEnd - (address - kRegisterBase);
}

// {1: bool valid, 2: bytes data}, whose data `read` fills and says whether it could.
template <typename Read>
std::string answer_read(std::uint64_t size, Read read) {
  MessageWriter out;
  if (size > kLargestCopy) size = 0;
  std::string data(size, '\0');
  const bool valid = read(std::span(reinterpret_cast<std::uint8_t*>(data.data()), data.size()));
  out.varint(1, valid ? 1 : 0);
  out.bytes(2, data);
  return out.text();
}

}  // namespace

std::string answer(const Request& request, Accelerator& accelerator) {
  const MessageReader in(request.body);
  switch (request.call) {
    case kClose:
    case kAllocDeviceBuffer:  // the host chooses addresses by itself and only tells
    case kFreeDeviceBuffer:
    case kSetEnvironment:
      return number(1);
    case kCopyBufferHost2Device: {
      const std::string_view data = in.bytes(4).substr(0, in.number(5));
      const bool done = accelerator.write_memory(in.number(3) + in.number(6), as_bytes(data));
      return number(done ? data.size() : 0);
    }
    case kCopyBufferDevice2Host: {
      const std::uint64_t size = in.number(5);
      MessageWriter out;
      out.varint(1, size);
      if (size <= kLargestCopy) accelerator.read_memory(in.number(4) + in.number(6), out.reserve(2, size));
      return out.text();
    }
    case kWriteAddrKernelCtrl: {
      const std::uint64_t address = in.number(2);
      const std::string_view data = in.bytes(4);
      const bool valid = is_register(address, data.size());
      if (valid) {
        accelerator.write_registers(static_cast<std::uint32_t>(address - kRegisterBase), as_bytes(data));
      }
      return number(valid ? 1 : 0);
    }
    case kReadAddrKernelCtrl:
      return answer_read(in.number(3), [&](std::span<std::uint8_t> data) {
        const std::uint64_t address = in.number(2);
        if (!is_register(address, data.size())) return false;
        accelerator.read_registers(static_cast<std::uint32_t>(address - kRegisterBase), data);
        return true;
      });
    case kWriteAddrSpaceDeviceRam:
      return number(accelerator.write_memory(in.number(2), as_bytes(in.bytes(4))) ? 1 : 0);
    case kReadAddrSpaceDeviceRam:
      return answer_read(in.number(3), [&](std::span<std::uint8_t> data) {
        return accelerator.read_memory(in.number(2), data);
      });
    case kGetDeviceTimestamp:
      return number(0);
    default:
      return {};  // kGetDebugMessages, kPerfMonReadTrace: all fields are optional
  }
}

bool serve(Connection& host, Connection& d2x, Accelerator& accelerator) {
  Request request;
  while (host.receive(&request)) {
    if (request.call == kClose) {
      d2x.send_end();
      host.answer(answer(request, accelerator));
      return true;
    }
    host.answer(answer(request, accelerator));
  }
  return false;
}

}  // namespace heddle::sim::emulation
