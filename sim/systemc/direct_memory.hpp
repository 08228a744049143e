// The pointers into memory that a target has granted (TLM-2.0's direct memory interface).
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <tlm>
#include <vector>

namespace heddle::sim::systemc {

/// Moves the enabled bytes of a transaction to or from `memory`, where its first byte lies.
inline void move_bytes(tlm::tlm_generic_payload& transaction, std::uint8_t* memory) {
  if (transaction.get_command() == tlm::TLM_IGNORE_COMMAND) return;
  const std::uint8_t* from = transaction.is_write() ? transaction.get_data_ptr() : memory;
  std::uint8_t* to = transaction.is_write() ? memory : transaction.get_data_ptr();
  const std::uint8_t* enables = transaction.get_byte_enable_ptr();
  const std::uint64_t bytes = transaction.get_data_length(), period = transaction.get_byte_enable_length();
  if (enables == nullptr) {
    std::memcpy(to, from, bytes);
    return;
  }
  for (std::uint64_t i = 0; i < bytes; ++i) {
    if (enables[i % period] != TLM_BYTE_DISABLED) to[i] = from[i];
  }
}

class DirectMemory {
 public:
  /// What covers [address, address + bytes) for this kind of access; null: nothing.
  const tlm::tlm_dmi* find(bool write, std::uint64_t address, std::uint64_t bytes) const {
    for (const tlm::tlm_dmi& region : regions_) {
      const bool allowed = write ? region.is_write_allowed() : region.is_read_allowed();
      if (allowed && address >= region.get_start_address() &&
          bytes - 1 <= region.get_end_address() - address && address <= region.get_end_address())
        return &region;
    }
    return nullptr;
  }
  static std::uint8_t* pointer(const tlm::tlm_dmi& region, std::uint64_t address) {
    return region.get_dmi_ptr() + (address - region.get_start_address());
  }

  /// Whether a request at this address was refused, and nothing has changed since.
  bool refused(bool write, std::uint64_t address) const {
    return std::any_of(refused_.begin(), refused_.end(), [&](const Refusal& r) {
      return r.write == write && address >= r.start && address <= r.end;
    });
  }

  /// Asks the target behind `socket` for the region around the transaction's address.
  template <class Socket>
  void request(Socket& socket, tlm::tlm_generic_payload& transaction) {
    tlm::tlm_dmi region;
    region.init();
    if (socket->get_direct_mem_ptr(transaction, region) && region.get_dmi_ptr() != nullptr)
      regions_.push_back(region);
    else
      refused_.push_back({transaction.is_write(), region.get_start_address(), region.get_end_address()});
  }

  /// Forgets every region that overlaps [start, end], and what was refused.
  void invalidate(std::uint64_t start, std::uint64_t end) {
    const auto overlaps = [&](const tlm::tlm_dmi& region) {
      return region.get_start_address() <= end && start <= region.get_end_address();
    };
    regions_.erase(std::remove_if(regions_.begin(), regions_.end(), overlaps), regions_.end());
    refused_.clear();
  }

  std::size_t regions() const { return regions_.size(); }

 private:
  struct Refusal {
    bool write;
    std::uint64_t start, end;
  };

  std::vector<tlm::tlm_dmi> regions_;
  std::vector<Refusal> refused_;
};

}  // namespace heddle::sim::systemc
