#include "runtime/drivers/memory/host_memory.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstring>

#include "runtime/device/device.hpp"

namespace heddle::runtime {
namespace {
constexpr std::uint64_t kPage = 4096;
}

HostMemory::HostMemory(std::uint64_t bytes) : bytes_(bytes), data_(nullptr) {
  void* region =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) {
    throw DeviceError(
        fmt::format("cannot reserve {} bytes for the device's memory: {}", bytes, std::strerror(errno)));
  }
  data_ = static_cast<std::uint8_t*>(region);
}

HostMemory::~HostMemory() { munmap(data_, bytes_); }

std::uint64_t HostMemory::allocate(std::uint64_t bytes) {
  std::uint64_t candidate = kPage;
  if (bytes <= bytes_) {  // else rounding up could overflow
    const std::uint64_t rounded = (bytes + kPage - 1) / kPage * kPage;
    for (const auto& [address, size] : allocations_) {
      if (address - candidate >= rounded) break;
      candidate = address + size;
    }
    if (candidate <= bytes_ && rounded <= bytes_ - candidate) {
      allocations_[candidate] = rounded;
      // Fresh pages read as zero; this makes used ones fresh again.
      if (rounded != 0) madvise(data_ + candidate, rounded, MADV_DONTNEED);
      return candidate;
    }
  }
  std::uint64_t used = kPage;
  for (const auto& [address, size] : allocations_) used += size;
  throw DeviceError(
      fmt::format("{} bytes do not fit the device's memory: {} of {} bytes are in use", bytes, used, bytes_));
}

void HostMemory::release(std::uint64_t address) {
  if (allocations_.erase(address) == 0) {
    throw DeviceError(fmt::format("release: {:#x} is not the address of an allocation", address));
  }
}

void HostMemory::write(std::uint64_t address, std::span<const std::uint8_t> from) {
  require(address, from.size());
  if (!from.empty()) std::memcpy(data_ + address, from.data(), from.size());
}

void HostMemory::read(std::uint64_t address, std::span<std::uint8_t> to) const {
  require(address, to.size());
  if (!to.empty()) std::memcpy(to.data(), data_ + address, to.size());
}

void HostMemory::require(std::uint64_t address, std::uint64_t bytes) const {
  if (address <= bytes_ && bytes <= bytes_ - address) return;
  throw DeviceError(
      fmt::format("{} bytes at {:#x} lie outside the device's {} bytes of memory", bytes, address, bytes_));
}

}  // namespace heddle::runtime
