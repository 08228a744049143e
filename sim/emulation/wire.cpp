#include "sim/emulation/wire.hpp"

#include <cstring>
#include <stdexcept>

namespace heddle::sim::emulation {
namespace {

enum WireType { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

std::uint64_t tag(int field, WireType type) { return static_cast<std::uint64_t>(field) << 3 | type; }

[[noreturn]] void malformed() { throw std::runtime_error("emulation protocol: a message is malformed"); }

std::uint64_t take_varint(std::string_view* rest) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest->empty()) malformed();
    const auto byte = static_cast<std::uint8_t>(rest->front());
    rest->remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
    if ((byte & 0x80) == 0) return value;
  }
  malformed();
}

std::uint64_t take_fixed(std::string_view* rest, std::size_t size) {
  if (rest->size() < size) malformed();
  std::uint64_t value = 0;
  std::memcpy(&value, rest->data(), size);
  rest->remove_prefix(size);
  return value;
}

}  // namespace

void MessageWriter::raw_varint(std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
  text_ += static_cast<char>(value);
}

void MessageWriter::varint(int field, std::uint64_t value) {
  raw_varint(tag(field, kVarint));
  raw_varint(value);
}

void MessageWriter::fixed64(int field, std::uint64_t value) {
  raw_varint(tag(field, kFixed64));
  text_.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void MessageWriter::fixed32(int field, std::uint32_t value) {
  raw_varint(tag(field, kFixed32));
  text_.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void MessageWriter::bytes(int field, std::string_view value) {
  raw_varint(tag(field, kBytes));
  raw_varint(value.size());
  text_.append(value);
}

std::span<std::uint8_t> MessageWriter::reserve(int field, std::size_t size) {
  raw_varint(tag(field, kBytes));
  raw_varint(size);
  text_.append(size, '\0');
  return {reinterpret_cast<std::uint8_t*>(text_.data() + text_.size() - size), size};
}

MessageReader::MessageReader(std::string_view rest) {
  while (!rest.empty()) {
    const std::uint64_t key = take_varint(&rest);
    const int field = static_cast<int>(key >> 3);
    switch (key & 7) {
      case kVarint:
        numbers_[field] = take_varint(&rest);
        break;
      case kFixed64:
        numbers_[field] = take_fixed(&rest, 8);
        break;
      case kFixed32:
        numbers_[field] = take_fixed(&rest, 4);
        break;
      case kBytes: {
        const std::uint64_t size = take_varint(&rest);
        if (size > rest.size()) malformed();
        bytes_[field] = rest.substr(0, size);
        rest.remove_prefix(size);
        break;
      }
      default:
        malformed();
    }
  }
}

std::uint64_t MessageReader::number(int field) const {
  const auto found = numbers_.find(field);
  return found == numbers_.end() ? 0 : found->second;
}

std::string_view MessageReader::bytes(int field) const {
  const auto found = bytes_.find(field);
  return found == bytes_.end() ? std::string_view() : found->second;
}

}  // namespace heddle::sim::emulation
