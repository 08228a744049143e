#include "runtime/drivers/serial/frame.hpp"

namespace heddle::runtime::serial {
namespace {

constexpr std::uint8_t kFlag = 0x7E, kEscape = 0x7D, kFlip = 0x20;
constexpr std::size_t kAnswerHeader = 4, kChecksum = 4, kLongest = 255 + kChecksum;

std::optional<Answer> parse(const std::vector<std::uint8_t>& body) {
  if (body.size() < kAnswerHeader + kChecksum || body.size() != body[0] + kChecksum) return std::nullopt;
  const std::size_t length = body[0];
  const std::uint32_t sum = crc32({body.data(), length});
  for (std::size_t i = 0; i < kChecksum; ++i) {
    if (body[length + i] != static_cast<std::uint8_t>(sum >> (8 * i))) return std::nullopt;
  }
  Answer answer{body[1], body[2], body[3], {}};
  answer.data.assign(body.begin() + kAnswerHeader, body.begin() + static_cast<std::ptrdiff_t>(length));
  return answer;
}

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

std::vector<std::uint8_t> encode(const Request& request) {
  std::vector<std::uint8_t> body = {static_cast<std::uint8_t>(7 + request.data.size()),
                                    request.number,
                                    request.command,
                                    static_cast<std::uint8_t>(request.address),
                                    static_cast<std::uint8_t>(request.address >> 8),
                                    static_cast<std::uint8_t>(request.address >> 16),
                                    request.words};
  body.insert(body.end(), request.data.begin(), request.data.end());
  const std::uint32_t sum = crc32(body);
  for (std::size_t i = 0; i < kChecksum; ++i) body.push_back(static_cast<std::uint8_t>(sum >> (8 * i)));
  std::vector<std::uint8_t> out = {kFlag};
  for (const std::uint8_t byte : body) {
    if (byte == kFlag || byte == kEscape) {
      out.push_back(kEscape);
      out.push_back(byte ^ kFlip);
    } else {
      out.push_back(byte);
    }
  }
  out.push_back(kFlag);
  return out;
}

std::optional<Answer> Decoder::push(std::uint8_t byte) {
  if (byte == kFlag) {
    std::optional<Answer> answer;
    if (inside_ && !escaped_) answer = parse(body_);
    if (!answer && !body_.empty()) ++dropped_;
    inside_ = true;
    escaped_ = false;
    body_.clear();
    return answer;
  }
  if (!inside_) return std::nullopt;
  if (byte == kEscape) {
    escaped_ = true;
    return std::nullopt;
  }
  body_.push_back(escaped_ ? byte ^ kFlip : byte);
  escaped_ = false;
  if (body_.size() > kLongest) {
    inside_ = false;
    ++dropped_;
  }
  return std::nullopt;
}

}  // namespace heddle::runtime::serial
