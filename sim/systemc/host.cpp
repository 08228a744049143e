#include "sim/systemc/host.hpp"

#include <fmt/format.h>

#include "sim/verilator/register_access.hpp"

namespace heddle::sim::systemc {

Host::Host(sc_core::sc_module_name name) : sc_core::sc_module(name) {}

std::uint32_t Host::access(bool write, std::uint32_t address, std::uint32_t value) {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  transaction.set_address(address);
  transaction.set_data_ptr(reinterpret_cast<unsigned char*>(&value));
  transaction.set_data_length(sizeof value);
  transaction.set_streaming_width(sizeof value);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  registers->b_transport(transaction, delay);
  sc_core::wait(delay);
  if (!transaction.is_response_ok()) {
    const std::string what = fmt::format("register {:#x}: {}", address, transaction.get_response_string());
    SC_REPORT_ERROR("/heddle/host", what.c_str());
  }
  return value;
}

isa::CompletionRecord Host::run(const isa::StartArguments& arguments, const sc_core::sc_time& limit,
                                const std::function<void()>& started, const std::function<void()>& late) {
  const auto write = [this](std::uint32_t address, std::uint32_t value) { access(true, address, value); };
  start_through_registers(arguments, write);
  started();
  if (!interrupt.read()) {
    if (limit == sc_core::SC_ZERO_TIME)
      sc_core::wait(interrupt.posedge_event());
    else
      sc_core::wait(limit, interrupt.posedge_event());
  }
  const bool finished = interrupt.read();
  if (!finished) late();
  return end_through_registers(finished, write,
                               [this](std::uint32_t address) { return access(false, address, 0); });
}

}  // namespace heddle::sim::systemc
