#include "sim/systemc/dram_memory.hpp"

#include <algorithm>
#include <cstring>

#include "sim/dram/axi_timing.hpp"
#include "sim/systemc/direct_memory.hpp"

namespace heddle::sim::systemc {

DramMemory::DramMemory(sc_core::sc_module_name name, const DramOptions& options)
    : sc_core::sc_module(name),
      options_(options),
      clock_(options.core_mhz),
      model_(options.timing, options.core_mhz) {
  socket.register_b_transport(this, &DramMemory::b_transport);
  socket.register_nb_transport_fw(this, &DramMemory::nb_transport);
  socket.register_transport_dbg(this, &DramMemory::debug);
  socket.register_get_direct_mem_ptr(this, &DramMemory::direct);
}

void DramMemory::restart() {
  latest_ = clock_.now();
  model_.reset(latest_);
}

void DramMemory::take_grants_back(std::uint64_t start, std::uint64_t end) {
  for (unsigned i = 0; i < socket.size(); ++i) socket[i]->invalidate_direct_mem_ptr(start, end);
}

void DramMemory::poison(std::uint64_t start, std::uint64_t end) {
  poisoned_.push_back({start, end});
  take_grants_back(0, options_.bytes - 1);
}

void DramMemory::set_direct(bool allowed) {
  options_.grant_dmi = allowed;
  take_grants_back(0, options_.bytes - 1);
}

bool DramMemory::poisoned(std::uint64_t address, std::uint64_t bytes) const {
  return std::any_of(poisoned_.begin(), poisoned_.end(), [&](const Range& range) {
    return address <= range.end && range.start - std::min(range.start, address) < bytes;
  });
}

void DramMemory::b_transport(int, tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  latest_ = std::max(latest_, clock_.cycle(sc_core::sc_time_stamp() + delay));
  const std::uint64_t done = time(transaction, latest_);
  transaction.set_response_status(move(transaction));
  transaction.set_dmi_allowed(options_.grant_dmi && transaction.is_response_ok());
  delay = std::max(delay, clock_.at(done) - std::min(clock_.at(done), sc_core::sc_time_stamp()));
}

tlm::tlm_sync_enum DramMemory::nb_transport(int initiator, tlm::tlm_generic_payload& transaction,
                                            tlm::tlm_phase& phase, sc_core::sc_time& delay) {
  if (phase != tlm::BEGIN_REQ) return tlm::TLM_ACCEPTED;
  b_transport(initiator, transaction, delay);
  return tlm::TLM_COMPLETED;
}

/// When all of it is there, or written, in core cycles.
std::uint64_t DramMemory::time(tlm::tlm_generic_payload& transaction, std::uint64_t cycle) {
  const bool write = transaction.is_write();
  const std::uint64_t address = transaction.get_address();
  auto* times = transaction.get_extension<BeatTimes>();
  if (times == nullptr || times->port_bytes == 0) {
    const std::uint64_t bytes = std::max(1u, transaction.get_data_length());
    return model_.submit({write, address, bytes, cycle + 1}).last;
  }
  std::uint64_t last = cycle;
  times->there.clear();
  const dram::AxiPortMap port(model_, times->port, times->ports, times->port_bytes);
  port.access(write, address / times->ports, times->beats, cycle, [&](std::uint64_t ready) {
    last = std::max(last, ready);
    if (!write) times->there.push_back(clock_.at(ready));
  });
  return last;
}

tlm::tlm_response_status DramMemory::move(tlm::tlm_generic_payload& transaction) {
  const std::uint64_t address = transaction.get_address();
  const std::uint64_t bytes = transaction.get_data_length();
  if (address > options_.bytes || bytes > options_.bytes - address) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (transaction.get_streaming_width() < bytes) return tlm::TLM_BURST_ERROR_RESPONSE;
  if (poisoned(address, bytes)) return tlm::TLM_GENERIC_ERROR_RESPONSE;
  move_bytes(transaction, options_.data + address);
  return tlm::TLM_OK_RESPONSE;
}

unsigned DramMemory::debug(int, tlm::tlm_generic_payload& transaction) {
  const std::uint64_t address = transaction.get_address();
  if (address >= options_.bytes) return 0;
  const auto bytes =
      static_cast<unsigned>(std::min<std::uint64_t>(transaction.get_data_length(), options_.bytes - address));
  if (poisoned(address, bytes)) return 0;
  if (transaction.is_write())
    std::memcpy(options_.data + address, transaction.get_data_ptr(), bytes);
  else if (transaction.is_read())
    std::memcpy(transaction.get_data_ptr(), options_.data + address, bytes);
  return bytes;
}

/// All of memory; between poisoned ranges nothing is worth a grant.
bool DramMemory::direct(int, tlm::tlm_generic_payload&, tlm::tlm_dmi& region) {
  region.set_start_address(0);
  region.set_end_address(options_.bytes - 1);
  if (!options_.grant_dmi || !poisoned_.empty()) return false;
  region.set_dmi_ptr(options_.data);
  region.allow_read_write();
  // Who goes past the controller may at least take the time of a closed bank into account.
  dram::MemoryModel idle(options_.timing, options_.core_mhz);
  region.set_read_latency(clock_.at(idle.access(false, 0, 0)));
  region.set_write_latency(region.get_read_latency());
  return true;
}

}  // namespace heddle::sim::systemc
