#include "sim/emulation/accelerator.hpp"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "sim/registers/register_map.hpp"

namespace heddle::sim::emulation {
namespace {

// How long a poll is held back while a run is in progress. Longer would delay other threads of the host,
// which share the connection.
constexpr std::chrono::milliseconds kPollHold{4};

constexpr std::uint32_t kWord = 4;  // bytes

}  // namespace

Accelerator::Accelerator(const AcceleratorOptions& options)
    : options_(options),
      core_(options.fast ? open_fast_core(*options.fast, options.library)
                         : open_library_core(options.library)) {
  void* region = mmap(nullptr, options.memory_bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (region == MAP_FAILED) {
    throw std::runtime_error(fmt::format("cannot reserve {} bytes for the device's memory: {}",
                                         options.memory_bytes, std::strerror(errno)));
  }
  memory_ = static_cast<std::uint8_t*>(region);
  thread_ = std::thread([this] { work(); });
}

Accelerator::~Accelerator() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
  munmap(memory_, options_.memory_bytes);
}

int Accelerator::on_progress(void* user, std::uint64_t) {
  auto* self = static_cast<Accelerator*>(user);
  const std::lock_guard lock(self->mutex_);
  return self->stopping_ ? 1 : 0;
}

void Accelerator::work() {
  heddle_run_options run = {};
  run.cycle_limit = options_.cycle_limit;
  run.memory = options_.memory ? &*options_.memory : nullptr;
  run.core_mhz = options_.core_mhz;
  run.memory_latency = options_.memory_latency;
  run.stall_permille = options_.stall_permille;
  run.stall_seed = options_.stall_seed;
  run.progress = &Accelerator::on_progress;
  run.user = this;
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return running_ || stopping_; });
    if (stopping_) return;
    const isa::StartArguments arguments = arguments_;
    lock.unlock();
    const isa::CompletionRecord record = core_->run(memory_, options_.memory_bytes, arguments, run);
    lock.lock();
    record_ = record;
    running_ = false;
    done_ = true;
    changed_.notify_all();
  }
}

void Accelerator::read_registers(std::uint32_t offset, std::span<std::uint8_t> bytes) {
  for (std::size_t at = 0; at + kWord <= bytes.size(); at += kWord) {
    const std::uint32_t value = read_register(offset + static_cast<std::uint32_t>(at));
    std::memcpy(bytes.data() + at, &value, sizeof value);
  }
}

std::uint32_t Accelerator::read_control() {
  std::unique_lock lock(mutex_);
  if (running_) changed_.wait_for(lock, kPollHold, [this] { return !running_; });
  if (running_) return kControlStart;
  const std::uint32_t value = kControlIdle | (done_ ? kControlDone | kControlReady : 0);
  done_ = false;  // clears on read
  return value;
}

std::uint32_t Accelerator::read_register(std::uint32_t offset) {
  if (offset == isa::kRegisterControl) return read_control();
  const std::lock_guard lock(mutex_);
  return sim::read_register(offset, arguments_, core_->config_hash(), running_, record_);
}

void Accelerator::write_registers(std::uint32_t offset, std::span<const std::uint8_t> bytes) {
  std::uint32_t control = 0;
  std::unique_lock lock(mutex_);
  for (std::size_t at = 0; at + kWord <= bytes.size(); at += kWord) {
    const std::uint32_t here = offset + static_cast<std::uint32_t>(at);
    std::uint32_t value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    if (here == isa::kRegisterControl) control = value;
    if (!running_) write_argument(arguments_, here, value);
  }
  if ((control & kControlStart) == 0 || running_) return;
  running_ = true;  // before the write is answered: the host takes an idle device for a finished one
  done_ = false;
  changed_.notify_all();
}

bool Accelerator::inside(std::uint64_t address, std::uint64_t bytes) const {
  return address <= options_.memory_bytes && bytes <= options_.memory_bytes - address;
}

bool Accelerator::read_memory(std::uint64_t address, std::span<std::uint8_t> bytes) const {
  if (!inside(address, bytes.size())) return false;
  std::memcpy(bytes.data(), memory_ + address, bytes.size());
  return true;
}

bool Accelerator::write_memory(std::uint64_t address, std::span<const std::uint8_t> bytes) {
  if (!inside(address, bytes.size())) return false;
  std::memcpy(memory_ + address, bytes.data(), bytes.size());
  return true;
}

}  // namespace heddle::sim::emulation
