#include "sim/systemc/fast_accelerator.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "sim/dram/axi_timing.hpp"
#include "sim/fast/dma.hpp"
#include "sim/registers/register_map.hpp"

namespace heddle::sim::systemc {
namespace {

constexpr std::uint64_t kAccessCycles = 3;      // of a register: what AXI4-Lite takes in the RTL
constexpr std::uint64_t kStepCycles = 1024;     // cycle-exact: between two looks at the rest of the platform
constexpr std::uint32_t kMostAddressBits = 46;  // that fit a process

}  // namespace

FastAccelerator::FastAccelerator(sc_core::sc_module_name name, const FastOptions& options)
    : Accelerator(name, options.config.clock_mhz),
      config_(options.config),
      compute_(options.compute),
      loose_(options.loose),
      machine_(options.config),
      own_memory_(options.timing.value_or(ideal_timing(options.config.clock_mhz, 1)),
                  options.config.clock_mhz),
      image_bytes_(std::uint64_t{1} << std::min(options.config.address_bits, kMostAddressBits)) {
  void* region =
      mmap(nullptr, image_bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) {
    throw std::runtime_error(
        fmt::format("cannot reserve {} bytes of address space for an image of memory: {}", image_bytes_,
                    std::strerror(errno)));
  }
  image_ = static_cast<std::uint8_t*>(region);
  SC_HAS_PROCESS(FastAccelerator);
  SC_THREAD(work);
  SC_METHOD(drive_interrupt);
  sensitive << interrupt_changed_;
  dont_initialize();
}

FastAccelerator::~FastAccelerator() { munmap(image_, image_bytes_); }

// --- registers ---------------------------------------------------------------------------------------

std::uint32_t FastAccelerator::access_register(bool write, std::uint32_t address, std::uint32_t value) {
  sc_core::wait(clock_.at(kAccessCycles));
  switch (address) {
    case isa::kRegisterControl: {
      if (write) {
        if ((value & kControlStart) != 0) start();
        return 0;
      }
      if (running_) return kControlStart;
      const std::uint32_t control = kControlIdle | (done_ ? kControlDone | kControlReady : 0);
      done_ = false;  // clears on read
      return control;
    }
    case isa::kRegisterGlobalInterrupt:
      if (write) global_enable_ = value & 1;
      interrupt_changed_.notify();
      return global_enable_;
    case isa::kRegisterInterruptEnable:
      if (write) interrupt_enable_ = value & 3;
      return interrupt_enable_;
    case isa::kRegisterInterruptStatus:
      if (write) raise_interrupt(interrupt_status_ ^ (value & 3));  // toggles
      return interrupt_status_;
    default:
      break;
  }
  if (!write) return read_register(address, arguments_, isa::config_hash(config_), running_, record_);
  if (!running_) write_argument(arguments_, address, value);
  return 0;
}

void FastAccelerator::start() {
  if (running_) return;
  running_ = true;
  done_ = halting_ = false;
  start_ = sc_core::sc_time_stamp();
  go_.notify();
}

void FastAccelerator::raise_interrupt(std::uint32_t status) {
  interrupt_status_ = status;
  interrupt_changed_.notify();
}

void FastAccelerator::drive_interrupt() { interrupt.write(global_enable_ != 0 && interrupt_status_ != 0); }

void FastAccelerator::halt() {
  halting_ = true;
  while (running_) sc_core::wait(ended_);
}

void FastAccelerator::reset() {
  halting_ = true;
  done_ = false;
  global_enable_ = interrupt_enable_ = 0;
  raise_interrupt(0);
}

// --- the run -----------------------------------------------------------------------------------------

void FastAccelerator::work() {
  while (true) {
    if (!running_) wait(go_);
    own_memory_.reset();
    ahead_.reset();
    if (compute_.begin) compute_.begin(arguments_);
    stored_.clear();
    debug_works_ = offers_debug();
    fast::RunOptions run;
    run.external = this;
    run.execute = [this](int unit, const fast::Dispatched& item) { execute(unit, item); };
    run.progress_interval = kStepCycles;
    if (loose_)
      run.progress_interval = std::max(kStepCycles, clock_.cycle(tlm::tlm_global_quantum::instance().get()));
    run.progress = [this](std::uint64_t cycles) {
      synchronise(start_ + clock_.at(cycles));
      return halting_;
    };
    record_ = machine_.run(nullptr, 0, arguments_, run);
    finish();
  }
}

/// The rest of the platform catches up with the end of the run before it hears of it.
void FastAccelerator::finish() {
  const sc_core::sc_time end = start_ + clock_.at(record_.counters[isa::kCounter_cycles]);
  if (end > sc_core::sc_time_stamp()) wait(end - sc_core::sc_time_stamp());
  if (machine_.record_written()) write_record();
  running_ = false;
  ended_.notify();
  if (halting_) return;  // nobody waits for it any more
  done_ = true;
  if ((interrupt_enable_ & 1) != 0) raise_interrupt(interrupt_status_ | 1);
}

/// Whether it got there is as unknown as for the RTL: the registers tell the same.
void FastAccelerator::write_record() {
  tlm::tlm_generic_payload transaction;
  transaction.set_command(tlm::TLM_WRITE_COMMAND);
  transaction.set_address(arguments_.record);
  transaction.set_data_ptr(reinterpret_cast<unsigned char*>(&record_));
  transaction.set_data_length(sizeof record_);
  transaction.set_streaming_width(sizeof record_);
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  memory->b_transport(transaction, delay);
  wait(delay);
}

/// Waits until the platform's time is the module's, or near enough.
void FastAccelerator::synchronise(const sc_core::sc_time& when) {
  if (when <= sc_core::sc_time_stamp()) return;
  ahead_.set(when - sc_core::sc_time_stamp());
  if (!loose_ || ahead_.need_sync()) ahead_.sync();
}

tlm::tlm_sync_enum FastAccelerator::on_memory(tlm::tlm_generic_payload&, tlm::tlm_phase&, sc_core::sc_time&) {
  SC_REPORT_ERROR("/heddle/accelerator", "the memory answers a call that was not made without blocking");
  return tlm::TLM_ACCEPTED;
}

// --- data --------------------------------------------------------------------------------------------

const tlm::tlm_dmi* FastAccelerator::direct(bool write, std::uint64_t address, std::uint64_t bytes) {
  const tlm::tlm_dmi* region = direct_.find(write, address, bytes);
  if (region != nullptr || direct_.refused(write, address)) return region;
  tlm::tlm_generic_payload transaction;
  transaction.set_command(write ? tlm::TLM_WRITE_COMMAND : tlm::TLM_READ_COMMAND);
  transaction.set_address(address);
  direct_.request(memory, transaction);
  return direct_.find(write, address, bytes);
}

void FastAccelerator::prepare_read(tlm::tlm_generic_payload& transaction, std::uint64_t address, void* to,
                                   std::uint64_t count) {
  transaction.set_command(tlm::TLM_READ_COMMAND);
  transaction.set_address(address);
  transaction.set_data_ptr(static_cast<unsigned char*>(to));
  transaction.set_data_length(static_cast<unsigned>(count));
  transaction.set_streaming_width(static_cast<unsigned>(count));
}

/// Whether the memory offers debug, by the program's header, which is there if anything is.
bool FastAccelerator::offers_debug() {
  tlm::tlm_generic_payload transaction;
  isa::ProgramHeader header;
  prepare_read(transaction, arguments_.program, &header, sizeof header);
  return memory->transport_dbg(transaction) == sizeof header;
}

void FastAccelerator::copy(std::uint64_t address, void* to, std::uint64_t count) {
  if (const tlm::tlm_dmi* region = direct(false, address, count)) {
    std::memcpy(to, DirectMemory::pointer(*region, address), count);
    return;
  }
  tlm::tlm_generic_payload transaction;
  prepare_read(transaction, address, to, count);
  std::memset(to, 0, count);
  // What debug does not see is not there: the burst of this data reports that, in its cycle.
  if (memory->transport_dbg(transaction) == count || debug_works_) return;
  sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
  memory->b_transport(transaction, delay);
  if (transaction.is_response_error()) std::memset(to, 0, count);
}

/// The rows of memory that a LOAD or STORE touches: those before the first that is not allowed.
std::vector<FastAccelerator::Range> FastAccelerator::rows(int unit, const fast::Dispatched& item) const {
  std::vector<Range> out;
  const bool store = unit == isa::kUnitStore;
  const fast::DmaFields fields = fast::decode_dma(config_, item.instruction, item.base, store);
  if (fields.refused || fields.empty) return out;
  fast::Windows windows;
  std::copy(std::begin(arguments_.window_base), std::end(arguments_.window_base), windows.base);
  std::copy(std::begin(arguments_.window_size), std::end(arguments_.window_size), windows.size);
  std::uint64_t address = fields.address;
  std::uint32_t local = fields.local_addr;
  for (std::uint32_t row = 0; row < fields.rows; ++row, local += fields.local_stride) {
    const bool held = std::uint64_t{local} + fields.row_bytes <= fields.local_bytes;
    if (!held || !windows.allow(address, fields.row_bytes, store)) break;
    if (address + fields.row_bytes > image_bytes_) break;
    if (!out.empty() && out.back().end == address)
      out.back().end += fields.row_bytes;
    else
      out.push_back({address, address + fields.row_bytes});
    address = (address + fields.mem_stride) & fast::kAddressMask;
  }
  return out;
}

void FastAccelerator::execute(int unit, const fast::Dispatched& item) {
  if (!compute_.execute) return;
  if (unit == isa::kUnitStore) {
    stored_.clear();  // ordered and apart, for fill()
    std::vector<Range> ranges = rows(unit, item);
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
    for (const Range& range : ranges) {
      if (!stored_.empty() && stored_.back().end >= range.begin)
        stored_.back().end = std::max(stored_.back().end, range.end);
      else
        stored_.push_back(range);
    }
  }
  if (unit == isa::kUnitLoad) {
    for (const Range& range : rows(unit, item))
      copy(range.begin, image_ + range.begin, range.end - range.begin);
  }
  compute_.execute(image_, image_bytes_, unit, item);
}

/// The bytes of a write that the STORE under way has in the image.
void FastAccelerator::fill(Burst& burst) const {
  const PortShape& shape = burst.port_shape();
  for (std::uint32_t beat = 0; beat < burst.beats(); ++beat) {
    const std::uint64_t first = burst.beat_address(beat);
    auto range =
        std::partition_point(stored_.begin(), stored_.end(), [&](const Range& r) { return r.end <= first; });
    for (; range != stored_.end() && range->begin < first + shape.bytes; ++range) {
      const std::uint64_t begin = std::max(first, range->begin),
                          end = std::min(first + shape.bytes, range->end);
      std::memcpy(burst.beat(beat) + (begin - first), image_ + begin, end - begin);
      for (std::uint64_t at = begin; at < end; ++at)
        burst.enable(beat, static_cast<std::uint32_t>(at - first));
    }
  }
  burst.seal();
}

bool FastAccelerator::access_direct(Burst& burst, std::uint64_t cycle, std::uint64_t* ready) {
  const std::uint64_t address = burst.get_address();
  const tlm::tlm_dmi* region = direct(burst.is_write(), address, burst.get_data_length());
  if (region == nullptr) return false;
  if (burst.is_write()) move_bytes(burst, DirectMemory::pointer(*region, address));
  const PortShape& shape = burst.port_shape();
  const dram::AxiPortMap port(own_memory_, shape.port, shape.ports, shape.bytes);
  std::uint64_t last = 0;
  std::uint32_t beat = 0;
  port.access(burst.is_write(), address / shape.ports, burst.beats(), cycle, [&](std::uint64_t there) {
    last = std::max(last, there);
    if (!burst.is_write()) ready[beat++] = there;
  });
  if (burst.is_write()) ready[0] = last;
  return true;
}

bool FastAccelerator::access(bool write, std::uint32_t port, std::uint64_t address, std::uint32_t beats,
                             std::uint64_t cycle, std::uint64_t* ready) {
  Burst& burst = pool_.get();
  burst.shape(write, {port, config_.axi_ports, config_.bus_bytes / config_.axi_ports}, address, beats);
  if (write) fill(burst);
  const sc_core::sc_time when = start_ + clock_.at(cycle);
  bool failed = false;
  if (!loose_ || !access_direct(burst, cycle, ready)) {
    synchronise(when);
    const sc_core::sc_time now = sc_core::sc_time_stamp();
    sc_core::sc_time delay = when > now ? when - now : sc_core::SC_ZERO_TIME;
    memory->b_transport(burst, delay);
    failed = burst.is_response_error();
    const std::vector<sc_core::sc_time>& there = burst.times().there;
    const sc_core::sc_time all = sc_core::sc_time_stamp() + delay;
    for (std::uint32_t beat = 0; beat < (write ? 1 : beats); ++beat) {
      const sc_core::sc_time& time = there.size() == beats ? there[beat] : all;
      ready[beat] = std::max(cycle + 1, clock_.cycle(time - start_));
    }
  }
  burst.release();
  return failed;
}

}  // namespace heddle::sim::systemc
