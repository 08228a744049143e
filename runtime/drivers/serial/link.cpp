#include "runtime/drivers/serial/link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <random>

#include "runtime/device/device.hpp"

namespace heddle::runtime::serial {
namespace {

constexpr int kTries = 16;
// Silence after which a request is sent again, doubled each time: some times as long as answers took lately.
// A frame of 262 bytes there and one back take 5 ms at a megabaud, a USB bridge adds some, a simulated board
// is slower still.
constexpr double kShortestSilence = 0.02, kLongestSilence = 4, kPatience = 4, kSmoothing = 0.125;

}  // namespace

Link::Link(const std::string& path, std::uint32_t baud)
    : path_(path),
      baud_(baud),
      port_(path, baud),
      number_(static_cast<std::uint8_t>(std::random_device{}())) {}

Answer Link::exchange(Request request) {
  request.number = ++number_;
  ++counts_.exchanges;
  const std::vector<std::uint8_t> frame = encode(request);
  double silence = std::max(kShortestSilence, kPatience * answer_seconds_);
  for (int attempt = 0; attempt < kTries; ++attempt) {
    if (attempt != 0) ++counts_.sent_again;
    const auto begin = std::chrono::steady_clock::now();
    port_.write(frame);
    counts_.bytes_out += frame.size();
    std::uint8_t bytes[512];
    while (const std::size_t count = port_.read(bytes, silence)) {
      counts_.bytes_in += count;
      for (std::size_t i = 0; i < count; ++i) {
        std::optional<Answer> answer = decoder_.push(bytes[i]);
        const bool ours = answer && answer->number == number_ && answer->command == (request.command | 0x80);
        const std::size_t due =
            request.command == kRead && answer && answer->verdict == kOk ? 4u * request.words : 0;
        if (!ours || answer->data.size() != due) continue;
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        answer_seconds_ += kSmoothing * (took.count() - answer_seconds_);
        return *std::move(answer);
      }
    }
    silence = std::min(2 * silence, kLongestSilence);
  }
  throw DeviceError(
      fmt::format("{}: no answer at {} baud after {} tries: is this the board's port, and is the board "
                  "loaded (heddle flash)?",
                  path_, baud_, kTries));
}

void Link::write(std::uint32_t address, std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::size_t part = std::min<std::size_t>(bytes.size(), 4 * kMostWords);
    const Answer answer =
        exchange({0, kWrite, address, static_cast<std::uint8_t>(part / 4), bytes.first(part)});
    if (answer.verdict != kOk) {
      throw DeviceError(fmt::format("{}: the board {} a write at {:#x}", path_,
                                    answer.verdict == kBusy ? "is running and refuses" : "refuses", address));
    }
    address += static_cast<std::uint32_t>(part);
    bytes = bytes.subspan(part);
  }
}

bool Link::read_some(std::uint32_t address, std::span<std::uint8_t> bytes) {
  const Answer answer = exchange({0, kRead, address, static_cast<std::uint8_t>(bytes.size() / 4), {}});
  if (answer.verdict == kBusy) return false;
  if (answer.verdict != kOk)
    throw DeviceError(fmt::format("{}: the board refuses a read at {:#x}", path_, address));
  std::copy(answer.data.begin(), answer.data.end(), bytes.begin());
  return true;
}

bool Link::read_when_done(std::uint32_t address, std::span<std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const std::size_t part = std::min<std::size_t>(bytes.size(), 4 * kMostWords);
    if (!read_some(address, bytes.first(part))) return false;
    address += static_cast<std::uint32_t>(part);
    bytes = bytes.subspan(part);
  }
  return true;
}

void Link::read(std::uint32_t address, std::span<std::uint8_t> bytes) {
  if (!read_when_done(address, bytes)) {
    throw DeviceError(fmt::format("{}: the board is running: wait for it before reading", path_));
  }
}

void Link::start() {
  if (exchange({0, kStart, 0, 0, {}}).verdict != kOk) {
    throw DeviceError(fmt::format("{}: the board is running already", path_));
  }
}

LinkCounts Link::counts() const {
  LinkCounts counts = counts_;
  counts.dropped = decoder_.dropped();
  return counts;
}

}  // namespace heddle::runtime::serial
