// Device memory that is memory of this process: what every simulated device has.
#pragma once
#include <cstdint>
#include <map>
#include <span>

namespace heddle::runtime {

/// A region of `bytes` bytes at device addresses [0, bytes), with an allocator. Pages cost nothing until they
/// are touched, so that a capacity of many gigabytes is free. The first page is never handed out: a program
/// that forgot to add a base must not find anything at zero.
class HostMemory {
 public:
  explicit HostMemory(std::uint64_t bytes);  // throws DeviceError when the system refuses
  ~HostMemory();
  HostMemory(const HostMemory&) = delete;
  HostMemory& operator=(const HostMemory&) = delete;

  /// First fit, 4096-byte aligned, zeroed. Throws DeviceError when it does not fit.
  std::uint64_t allocate(std::uint64_t bytes);
  /// Throws DeviceError when `address` is not that of an allocation.
  void release(std::uint64_t address);
  void write(std::uint64_t address, std::span<const std::uint8_t> from);
  void read(std::uint64_t address, std::span<std::uint8_t> to) const;

  std::uint8_t* data() { return data_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  void require(std::uint64_t address, std::uint64_t bytes) const;

  std::uint64_t bytes_;
  std::uint8_t* data_;
  std::map<std::uint64_t, std::uint64_t> allocations_;  // address -> bytes, rounded up to pages
};

}  // namespace heddle::runtime
