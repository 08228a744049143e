// A serial port of this computer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace heddle::runtime::serial {

class Port {
 public:
  /// Opens it raw, 8N1, for this process alone. Throws DeviceError that says what to do: no such port, no
  /// permission, in use, not a terminal, a rate that it does not have.
  Port(const std::string& path, std::uint32_t baud);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  /// Throw DeviceError when the port is gone.
  void write(std::span<const std::uint8_t> bytes);
  /// Up to `to.size()` bytes; 0 when none came within so many seconds.
  std::size_t read(std::span<std::uint8_t> to, double seconds);

 private:
  [[noreturn]] void gone() const;
  std::string path_;
  int descriptor_;
};

}  // namespace heddle::runtime::serial
