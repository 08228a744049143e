// What the drivers of boards share: allocations that read as zeros, and records that a device may not have
// written.
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "isa/program.hpp"
#include "isa/registers.hpp"
#include "runtime/device/device.hpp"
#include "runtime/drivers/memory/unset_ranges.hpp"

namespace heddle::runtime {

/// Allocations on a board by address. Buffer is the driver's handle of device memory; the driver supplies
///   copy_in(Buffer&, offset, bytes), copy_out(Buffer&, offset, bytes).
template <typename Driver, typename Buffer>
class BoardMemory {
 public:
  explicit BoardMemory(Driver& driver) : driver_(driver) {}

  void add(std::uint64_t address, std::uint64_t bytes, Buffer buffer) {
    allocations_.emplace(address, Allocation{bytes, std::move(buffer), UnsetRanges(bytes)});
  }

  void release(std::uint64_t address) {
    if (allocations_.erase(address) == 0) throw DeviceError("release: not the address of an allocation");
  }

  /// The buffer of one of the allocations, or null when there is none.
  const Buffer* any_buffer() const {
    return allocations_.empty() ? nullptr : &allocations_.begin()->second.buffer;
  }

  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) {
    if (bytes.empty()) return;
    auto& [start, allocation] = find(address, bytes.size());
    driver_.copy_in(allocation.buffer, address - start, bytes);
    allocation.unset.mark(address - start, address - start + bytes.size());
  }

  void read(std::uint64_t address, std::span<std::uint8_t> bytes) {
    if (bytes.empty()) return;
    auto& [start, allocation] = find(address, bytes.size());
    set(allocation, address - start, address - start + bytes.size());
    driver_.copy_out(allocation.buffer, address - start, bytes);
  }

  /// Before a run: what it can see through its windows is what the host wrote, and zeros. The record's place
  /// is cleared, so that a record found there afterwards is this run's.
  void prepare(const isa::StartArguments& arguments) {
    for (int i = 0; i < isa::kWindows; ++i) {
      const std::uint64_t begin = arguments.window_base[i];
      const std::uint64_t end = begin + (arguments.window_size[i] & ~isa::kWindowReadOnly);
      for (auto& [start, allocation] : allocations_) {
        if (end <= start || begin >= start + allocation.bytes) continue;
        set(allocation, begin > start ? begin - start : 0, std::min(end - start, allocation.bytes));
      }
    }
    const isa::CompletionRecord none = {.magic = 0};
    if (holds(arguments.record, sizeof none)) {
      write(arguments.record, {reinterpret_cast<const std::uint8_t*>(&none), sizeof none});
    }
  }

  /// After a run: whether the device wrote its record.
  bool read_record(std::uint64_t address, isa::CompletionRecord* record) {
    if (!holds(address, sizeof *record)) return false;
    read(address, {reinterpret_cast<std::uint8_t*>(record), sizeof *record});
    return record->magic == isa::kRecordMagic;
  }

 private:
  struct Allocation {
    std::uint64_t bytes;
    Buffer buffer;
    UnsetRanges unset;
  };

  bool holds(std::uint64_t address, std::uint64_t bytes) const {
    auto after = allocations_.upper_bound(address);
    if (after == allocations_.begin()) return false;
    const auto& [start, allocation] = *std::prev(after);
    return address - start <= allocation.bytes && bytes <= allocation.bytes - (address - start);
  }

  std::pair<const std::uint64_t, Allocation>& find(std::uint64_t address, std::uint64_t bytes) {
    if (!holds(address, bytes)) throw DeviceError("an access outside every allocation");
    return *std::prev(allocations_.upper_bound(address));
  }

  void set(Allocation& allocation, std::uint64_t begin, std::uint64_t end) {
    constexpr std::uint64_t kPiece = 4 << 20;  // bytes written at once
    allocation.unset.visit(begin, end, [&](std::uint64_t from, std::uint64_t to) {
      const std::vector<std::uint8_t> zeros(std::min(kPiece, to - from));
      for (; from < to; from += std::min(kPiece, to - from)) {
        driver_.copy_in(allocation.buffer, from,
                        std::span(zeros).first(std::min<std::uint64_t>(zeros.size(), to - from)));
      }
    });
  }

  Driver& driver_;
  std::map<std::uint64_t, Allocation> allocations_;
};

}  // namespace heddle::runtime
