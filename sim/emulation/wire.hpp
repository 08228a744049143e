// Protocol buffers' wire format (proto2), as far as the emulation protocol uses it: varints, fixed 32 and 64
// bits, byte strings. Encoding: https://protobuf.dev/programming-guides/encoding/
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace heddle::sim::emulation {

/// A message being written, field after field.
class MessageWriter {
 public:
  void varint(int field, std::uint64_t value);
  void fixed64(int field, std::uint64_t value);
  void fixed32(int field, std::uint32_t value);
  void bytes(int field, std::string_view value);
  /// Adds a byte string of zeros and returns where it lies, to be filled in place. Valid until the next call.
  std::span<std::uint8_t> reserve(int field, std::size_t size);
  const std::string& text() const { return text_; }

 private:
  void raw_varint(std::uint64_t value);
  std::string text_;
};

/// The fields of a message. Of a repeated field only the last value is kept; nested messages are byte
/// strings. Views refer to the bytes that were read.
class MessageReader {
 public:
  /// Throws std::runtime_error when the bytes are no message.
  explicit MessageReader(std::string_view message);
  /// The field's value; 0 or empty when it is absent or of the other kind.
  std::uint64_t number(int field) const;
  std::string_view bytes(int field) const;

 private:
  std::map<int, std::uint64_t> numbers_;
  std::map<int, std::string_view> bytes_;
};

}  // namespace heddle::sim::emulation
