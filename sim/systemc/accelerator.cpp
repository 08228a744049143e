#include "sim/systemc/accelerator.hpp"

#include <cstring>

namespace heddle::sim::systemc {
namespace {

constexpr std::uint64_t kMapBytes = 0x1000;  // that AXI4-Lite decodes
constexpr std::uint32_t kWord = 4;

tlm::tlm_response_status check(const tlm::tlm_generic_payload& transaction) {
  const std::uint64_t address = transaction.get_address();
  const std::uint64_t bytes = transaction.get_data_length();
  if (transaction.get_command() == tlm::TLM_IGNORE_COMMAND) return tlm::TLM_COMMAND_ERROR_RESPONSE;
  if (address >= kMapBytes || bytes > kMapBytes - address) return tlm::TLM_ADDRESS_ERROR_RESPONSE;
  if (transaction.get_byte_enable_ptr() != nullptr) return tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE;
  const bool words = address % kWord == 0 && bytes % kWord == 0 && bytes != 0;
  if (!words || transaction.get_streaming_width() < bytes) return tlm::TLM_BURST_ERROR_RESPONSE;
  return tlm::TLM_OK_RESPONSE;
}

}  // namespace

Accelerator::Accelerator(sc_core::sc_module_name name, std::uint32_t clock_mhz)
    : sc_core::sc_module(name), clock_(clock_mhz) {
  registers.register_b_transport(this, &Accelerator::b_transport);
  memory.register_nb_transport_bw(this, &Accelerator::nb_memory);
  memory.register_invalidate_direct_mem_ptr(this, &Accelerator::invalidate);
}

void Accelerator::b_transport(tlm::tlm_generic_payload& transaction, sc_core::sc_time& delay) {
  const tlm::tlm_response_status status = check(transaction);
  transaction.set_response_status(status);
  if (status != tlm::TLM_OK_RESPONSE) return;
  sc_core::wait(delay);
  delay = sc_core::SC_ZERO_TIME;
  one_access_.lock();
  for (std::uint32_t at = 0; at < transaction.get_data_length(); at += kWord) {
    std::uint8_t* data = transaction.get_data_ptr() + at;
    std::uint32_t value = 0;
    if (transaction.is_write()) std::memcpy(&value, data, kWord);
    value = access_register(transaction.is_write(),
                            static_cast<std::uint32_t>(transaction.get_address()) + at, value);
    if (transaction.is_read()) std::memcpy(data, &value, kWord);
  }
  one_access_.unlock();
}

tlm::tlm_sync_enum Accelerator::nb_memory(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                                          sc_core::sc_time& delay) {
  return on_memory(transaction, phase, delay);
}

void Accelerator::invalidate(sc_dt::uint64 start, sc_dt::uint64 end) { direct_.invalidate(start, end); }

}  // namespace heddle::sim::systemc
