// The pointers into memory that a target has granted (TLM-2.0's direct memory interface).
#pragma once
#include <algorithm>
#include <cstdint>
#include <tlm>
#include <vector>

namespace heddle::sim::systemc {

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

  /// Asks the target behind `socket` for the region around the transaction's address.
  template <class Socket>
  void request(Socket& socket, tlm::tlm_generic_payload& transaction) {
    tlm::tlm_dmi region;
    region.init();
    if (socket->get_direct_mem_ptr(transaction, region) && region.get_dmi_ptr() != nullptr)
      regions_.push_back(region);
  }

  /// Forgets every region that overlaps [start, end].
  void invalidate(std::uint64_t start, std::uint64_t end) {
    regions_.erase(std::remove_if(regions_.begin(), regions_.end(),
                                  [&](const tlm::tlm_dmi& region) {
                                    return region.get_start_address() <= end &&
                                           start <= region.get_end_address();
                                  }),
                   regions_.end());
  }

  std::size_t regions() const { return regions_.size(); }

 private:
  std::vector<tlm::tlm_dmi> regions_;
};

}  // namespace heddle::sim::systemc
