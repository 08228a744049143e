// A host that starts the accelerator through its registers and waits for its interrupt: no processor, only
// what its driver would do.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <functional>
#include <systemc>

#include "isa/program.hpp"
#include "isa/registers.hpp"

namespace heddle::sim::systemc {

class Host : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Host> registers{"registers"};
  sc_core::sc_in<bool> interrupt{"interrupt"};

  explicit Host(sc_core::sc_module_name name);

  /// A run from START to the interrupt, or to `limit` after START (zero: none), in the caller's thread.
  /// `started` is called in the cycle that counts as the run's first, `late` when the limit has passed.
  /// A register access that fails is an error report.
  isa::CompletionRecord run(const isa::StartArguments& arguments, const sc_core::sc_time& limit,
                            const std::function<void()>& started, const std::function<void()>& late);

 private:
  std::uint32_t access(bool write, std::uint32_t address, std::uint32_t value);
};

}  // namespace heddle::sim::systemc
