#include "sim/systemc/rtl_accelerator.hpp"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "isa/device_library.h"
#include "isa/registers.hpp"
#include "sim/registers/register_map.hpp"

namespace heddle::sim::systemc {
struct RtlAccelerator::Library {
  explicit Library(const std::string& path) : handle(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle == nullptr)
      throw std::runtime_error(fmt::format("cannot load the device library: {}", dlerror()));
    try {
      load(path, config_hash, "heddle_library_config_hash");
      load(path, count, "heddle_ports_count");
      load(path, bytes, "heddle_ports_bytes");
      load(path, open, "heddle_ports_open");
      load(path, close, "heddle_ports_close");
      load(path, reset, "heddle_ports_reset");
      load(path, access, "heddle_ports_access");
      load(path, begin, "heddle_ports_begin");
      load(path, end, "heddle_ports_end");
    } catch (...) {
      dlclose(handle);
      throw;
    }
  }
  ~Library() { dlclose(handle); }

  void* handle;
  decltype(&heddle_library_config_hash) config_hash;
  decltype(&heddle_ports_count) count;
  decltype(&heddle_ports_bytes) bytes;
  decltype(&heddle_ports_open) open;
  decltype(&heddle_ports_close) close;
  decltype(&heddle_ports_reset) reset;
  decltype(&heddle_ports_access) access;
  decltype(&heddle_ports_begin) begin;
  decltype(&heddle_ports_end) end;

 private:
  template <class F>
  void load(const std::string& path, F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(handle, name));
    if (function == nullptr)
      throw std::runtime_error(fmt::format("{}: has no function {}: not a library of the RTL", path, name));
  }
};

RtlAccelerator::RtlAccelerator(sc_core::sc_module_name name, const RtlOptions& options)
    : Accelerator(name, options.clock_mhz),
      library_(std::make_unique<Library>(options.library)),
      use_direct_(options.direct) {
  if (library_->config_hash() != options.config_hash)
    throw std::runtime_error(fmt::format("{}: built for configuration {:016x}, not {:016x}", options.library,
                                         library_->config_hash(), options.config_hash));
  device_ = library_->open();
  if (device_ == nullptr) throw std::runtime_error("cannot open a device: out of memory");
  PortShape shape;
  shape.ports = static_cast<std::uint32_t>(library_->count());
  shape.bytes = static_cast<std::uint32_t>(library_->bytes());
  for (; shape.port < shape.ports; ++shape.port) {
    ports_.emplace_back(shape, pool_, [this](Burst& burst) {
      burst.acquire();
      ++under_way_;
      waiting_.push_back(&burst);
      send_waiting();
    });
  }
  answers_.resize(shape.ports);
  requests_.resize(shape.ports);
  SC_HAS_PROCESS(RtlAccelerator);
  SC_METHOD(clock);
}

RtlAccelerator::~RtlAccelerator() {
  if (device_ != nullptr) library_->close(device_);
}

bool RtlAccelerator::active() const {
  return running_ || accessing_ || under_way_ != 0 ||
         std::any_of(ports_.begin(), ports_.end(), [](const AxiPort& port) { return !port.idle(); });
}

void RtlAccelerator::clock() {
  if (!active()) return next_trigger(wake_);
  const sc_core::sc_time now = sc_core::sc_time_stamp();
  const sc_core::sc_time edge = clock_.at(clock_.cycle(now));
  if (edge != now) return next_trigger(edge - now);
  step(clock_.cycle(now));
  next_trigger(clock_.period());
}

void RtlAccelerator::step(std::uint64_t cycle) {
  send_waiting();
  for (std::size_t p = 0; p < ports_.size(); ++p) answers_[p] = ports_[p].drive(cycle);
  library_->begin(device_, answers_.data(), requests_.data());
  for (std::size_t p = 0; p < ports_.size(); ++p) ports_[p].clock(requests_[p], cycle);
  heddle_port_status status;
  library_->end(device_, &status);
  if (status.interrupt != interrupt_) {
    interrupt_ = status.interrupt;
    if (interrupt_) running_ = false;
    interrupt.write(interrupt_);
  }
  if (status.access_done) {
    accessing_ = false;
    value_ = status.value;
    access_done_.notify(clock_.period());  // the edge that ends the cycle
  }
}

std::uint32_t RtlAccelerator::access_register(bool write, std::uint32_t address, std::uint32_t value) {
  if (write && address == isa::kRegisterControl && (value & kControlStart) != 0) running_ = true;
  library_->access(device_, write, address, value);
  accessing_ = true;
  wake_.notify();
  sc_core::wait(access_done_);
  if (!write && address == isa::kRegisterControl && (value_ & kControlIdle) != 0) running_ = false;
  return value_;
}

void RtlAccelerator::reset() {
  for (AxiPort& port : ports_) port.abandon();
  library_->reset(device_);
  running_ = accessing_ = false;
}

/// One request at a time, as the base protocol asks.
void RtlAccelerator::send_waiting() {
  while (!waiting_.empty() && requesting_ == nullptr) {
    Burst& burst = *waiting_.front();
    waiting_.pop_front();
    if (burst.abandoned) {
      finish(burst, sc_core::SC_ZERO_TIME);
      continue;
    }
    if (use_direct_ && send_direct(burst)) continue;
    tlm::tlm_phase phase = tlm::BEGIN_REQ;
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    requesting_ = &burst;
    switch (memory->nb_transport_fw(burst, phase, delay)) {
      case tlm::TLM_COMPLETED:
        requesting_ = nullptr;
        finish(burst, delay);
        break;
      case tlm::TLM_UPDATED: {
        const bool ended = on_memory(burst, phase, delay) == tlm::TLM_COMPLETED;
        phase = tlm::END_RESP;
        delay = sc_core::SC_ZERO_TIME;
        if (ended) memory->nb_transport_fw(burst, phase, delay);
        break;
      }
      default:
        break;
    }
  }
}

bool RtlAccelerator::send_direct(Burst& burst) {
  const tlm::tlm_dmi* region = direct_.find(burst.is_write(), burst.get_address(), burst.get_data_length());
  if (region == nullptr) return false;
  move_bytes(burst, DirectMemory::pointer(*region, burst.get_address()));
  burst.set_response_status(tlm::TLM_OK_RESPONSE);
  finish(burst, burst.is_write() ? region->get_write_latency() : region->get_read_latency());
  return true;
}

tlm::tlm_sync_enum RtlAccelerator::on_memory(tlm::tlm_generic_payload& transaction, tlm::tlm_phase& phase,
                                             sc_core::sc_time& delay) {
  auto& burst = static_cast<Burst&>(transaction);
  if (requesting_ == &burst) requesting_ = nullptr;  // END_REQ, or BEGIN_RESP that implies it
  if (phase != tlm::BEGIN_RESP) return tlm::TLM_ACCEPTED;
  finish(burst, delay);
  return tlm::TLM_COMPLETED;
}

/// The memory has answered; the answer reaches the device `delay` from now.
void RtlAccelerator::finish(Burst& burst, const sc_core::sc_time& delay) {
  --under_way_;
  const std::vector<sc_core::sc_time>& there = burst.times().there;
  if (there.size() == burst.beats()) {
    for (const sc_core::sc_time& time : there) burst.ready.push_back(clock_.cycle(time));
  } else {
    burst.ready.assign(burst.beats(), clock_.cycle(sc_core::sc_time_stamp() + delay));
  }
  burst.answered = true;
  if (use_direct_ && burst.is_dmi_allowed() && !direct_.refused(burst.is_write(), burst.get_address()))
    direct_.request(memory, burst);
  burst.release();
}

}  // namespace heddle::sim::systemc
