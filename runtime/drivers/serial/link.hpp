// Exchanges with a board over a line that may disturb bytes: each is repeated until its answer arrives whole.
#pragma once
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "runtime/drivers/serial/frame.hpp"
#include "runtime/drivers/serial/port.hpp"

namespace heddle::runtime::serial {

struct LinkCounts {
  std::uint64_t exchanges = 0, sent_again = 0, bytes_out = 0, bytes_in = 0, dropped = 0;
};

class Link {
 public:
  Link(const std::string& path, std::uint32_t baud);

  /// `bytes` and `address`: multiples of 4. Throw DeviceError: no answer after many tries, the port gone, the
  /// board refuses.
  void write(std::uint32_t address, std::span<const std::uint8_t> bytes);
  void read(std::uint32_t address, std::span<std::uint8_t> bytes);
  void start();
  /// Like read, but false while a run is in progress.
  bool read_when_done(std::uint32_t address, std::span<std::uint8_t> bytes);
  LinkCounts counts() const;

 private:
  Answer exchange(Request request);
  bool read_some(std::uint32_t address, std::span<std::uint8_t> bytes);

  std::string path_;
  std::uint32_t baud_;
  Port port_;
  Decoder decoder_;
  std::uint8_t number_ = 0;
  double answer_seconds_ = 0.1;  // an answer takes, smoothed
  LinkCounts counts_;
};

}  // namespace heddle::runtime::serial
