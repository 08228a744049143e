#include "sim/systemc/burst.hpp"

#include <algorithm>

namespace heddle::sim::systemc {

void Burst::shape(bool write, const PortShape& shape, std::uint64_t address, std::uint32_t beats) {
  shape_ = shape;
  const std::uint32_t bytes = beats * shape.bus_bytes();
  data_.assign(bytes, 0);
  set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  set_address(address / shape.bytes * shape.bus_bytes());
  set_data_ptr(data_.data());
  set_data_length(bytes);
  set_streaming_width(bytes);
  set_dmi_allowed(false);
  set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
  set_byte_enable_ptr(nullptr);
  set_byte_enable_length(0);
  if (write || shape.ports > 1) {
    // Of a read the pattern of one bus word, which repeats.
    enables_.assign(write ? bytes : shape.bus_bytes(), TLM_BYTE_DISABLED);
    if (!write) std::fill_n(enables_.begin() + shape.port * shape.bytes, shape.bytes, TLM_BYTE_ENABLED);
    set_byte_enable_ptr(enables_.data());
    set_byte_enable_length(static_cast<unsigned>(enables_.size()));
  }
  times_->port = shape.port;
  times_->ports = shape.ports;
  times_->port_bytes = shape.bytes;
  times_->beats = beats;
  times_->there.clear();
  answered = abandoned = false;
  ready.clear();
  next_beat = 0;
}

void Burst::seal() {
  const bool all = std::all_of(enables_.begin(), enables_.end(),
                               [](std::uint8_t enable) { return enable == TLM_BYTE_ENABLED; });
  if (!all) return;
  set_byte_enable_ptr(nullptr);
  set_byte_enable_length(0);
}

Burst& BurstPool::get() {
  if (free_.empty()) {
    all_.push_back(std::make_unique<Burst>(this));
    free_.push_back(all_.back().get());
  }
  Burst& burst = *free_.back();
  free_.pop_back();
  burst.acquire();
  return burst;
}

void BurstPool::free(tlm::tlm_generic_payload* burst) { free_.push_back(static_cast<Burst*>(burst)); }

}  // namespace heddle::sim::systemc
