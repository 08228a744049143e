// A second user of the memory: reads of a fixed size at a fixed rate, each sent when it is due whether or not
// those before it have been answered.
#pragma once
#include <tlm_utils/simple_initiator_socket.h>

#include <cstdint>
#include <systemc>
#include <vector>

namespace heddle::sim::systemc {

class Traffic : public sc_core::sc_module {
 public:
  tlm_utils::simple_initiator_socket<Traffic> memory{"memory"};

  /// Reads of `bytes` bytes, one after the other through [0, span).
  Traffic(sc_core::sc_module_name name, std::uint32_t bytes, std::uint64_t span)
      : sc_core::sc_module(name), data_(bytes), span_(span) {
    SC_HAS_PROCESS(Traffic);
    SC_THREAD(work);
  }

  /// One read every `interval` from now on, from address 0; zero: none. Counting begins anew.
  void set_interval(const sc_core::sc_time& interval) {
    interval_ = interval;
    address_ = 0;
    reads_ = errors_ = 0;
    waited_ = sc_core::SC_ZERO_TIME;
    changed_.notify();
  }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t errors() const { return errors_; }
  /// From a read to its data, the mean.
  double nanoseconds() const {
    return reads_ == 0 ? 0 : waited_.to_seconds() * 1e9 / static_cast<double>(reads_);
  }

 private:
  void work() {
    while (true) {
      if (interval_ == sc_core::SC_ZERO_TIME) {
        wait(changed_);
        continue;
      }
      tlm::tlm_generic_payload read;
      read.set_command(tlm::TLM_READ_COMMAND);
      read.set_address(address_);
      read.set_data_ptr(data_.data());
      read.set_data_length(static_cast<unsigned>(data_.size()));
      read.set_streaming_width(static_cast<unsigned>(data_.size()));
      const sc_core::sc_time begin = sc_core::sc_time_stamp();
      sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
      memory->b_transport(read, delay);
      waited_ += sc_core::sc_time_stamp() + delay - begin;
      ++reads_;
      errors_ += read.is_response_error();
      address_ = (address_ + data_.size()) % span_;
      wait(interval_, changed_);
    }
  }

  std::vector<unsigned char> data_;
  std::uint64_t span_, address_ = 0;  // bytes, of the next read
  sc_core::sc_time interval_, waited_;
  std::uint64_t reads_ = 0, errors_ = 0;
  sc_core::sc_event changed_;
};

}  // namespace heddle::sim::systemc
