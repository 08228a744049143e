// What is said on the serial line between host and board (rtl/nano/heddle_nano_link.sv is the other end).
//
// A frame is 0x7E, the body, 0x7E; in the body 0x7E and 0x7D are sent as 0x7D and the byte xor 0x20. The body
// is
//     length    u8   bytes of the body without the checksum
//     number    u8   of the exchange, one more each time; the answer repeats it
//     ...
//     checksum  u32  CRC-32 (IEEE 802.3) of all before it, little-endian
// A request goes on with command u8, address u24, words u8, and the words of a write; an answer with the
// command | 0x80, a verdict u8, and the words of a read. Bit 23 of an address selects the register map. A
// frame whose length or checksum is wrong is dropped in silence; the host, hearing nothing, sends again. The
// board answers what comes twice twice, but starts once.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace heddle::runtime::serial {

enum Command : std::uint8_t { kWrite = 1, kRead = 2, kStart = 3 };
enum Verdict : std::uint8_t { kOk = 0, kBusy = 1, kRefused = 2 };

constexpr std::uint32_t kRegisterSpace = 1u << 23;
constexpr int kMostWords = 62;  // of one write or read

struct Request {
  std::uint8_t number = 0;
  Command command = kRead;
  std::uint32_t address = 0;  // bytes, a multiple of 4
  std::uint8_t words = 0;
  std::span<const std::uint8_t> data = {};  // of a write: 4 * words bytes
};

struct Answer {
  std::uint8_t number = 0, command = 0, verdict = 0;
  std::vector<std::uint8_t> data;
};

std::uint32_t crc32(std::span<const std::uint8_t> bytes);

/// The frame as it goes on the line.
std::vector<std::uint8_t> encode(const Request& request);

/// Finds frames in what arrives.
class Decoder {
 public:
  /// The answer that this byte completes; frames that are damaged are dropped and counted.
  std::optional<Answer> push(std::uint8_t byte);
  std::uint64_t dropped() const { return dropped_; }

 private:
  std::vector<std::uint8_t> body_;
  bool inside_ = false, escaped_ = false;
  std::uint64_t dropped_ = 0;
};

}  // namespace heddle::runtime::serial
