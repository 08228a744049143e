// The golden model as a device library: the kernels of this folder compiled by g++ for one configuration.
//
//   g++ -std=c++14 -O3 -march=native -ffp-contract=off -fPIC -shared -I SOURCE -I GENERATED
//       SOURCE/hls/device_library.cpp -o device.so
//
// where GENERATED holds the configuration's heddle_config.hpp.
#include "isa/device_library.h"

#include <cstdlib>
#include <cstring>
#include <new>

#include "hls/products.hpp"
#include "hls/top/stepper.hpp"
#include "isa/unit_library.h"

namespace {

using heddle::hls::Device;

// What on-chip memory holds at power-up: anything but zeros, so that a program that relies on them fails here
// as it would on a chip.
constexpr int kPowerUpPattern = 0xA5;

// Calls between two looks at the progress callback.
constexpr std::uint64_t kProgressInterval = 64;

struct CallbackMonitor {
  const heddle_run_options* options;
  std::uint64_t calls;

  void dispatched(int unit, const heddle::hls::Dispatched& item) {
    if (options != nullptr && options->trace != nullptr) {
      options->trace(options->user, unit, item.pc, &item.instruction, item.base);
    }
  }
  std::uint32_t execute(Device& device, heddle::hls::Bus& bus, int unit,
                        const heddle::hls::Dispatched& item) {
    if (unit == heddle::isa::kUnitMatrix && options != nullptr && options->products != nullptr) {
      return heddle::hls::run_matrix_elsewhere(device, item, options->products, options->user);
    }
    return heddle::hls::execute(device, bus, unit, item);
  }
  // The model has no cycles; every instruction takes at least one, so that steps are a lower bound of them.
  bool cancelled(std::uint64_t steps) {
    if (options == nullptr) return false;
    if (options->cycle_limit != 0 && steps >= options->cycle_limit) return true;
    if (options->progress == nullptr || ++calls % kProgressInterval != 0) return false;
    return options->progress(options->user, steps) != 0;
  }
};

}  // namespace

extern "C" {

std::uint64_t heddle_library_config_hash(void) { return heddle::hls::kConfigHash; }

void* heddle_library_open(void) {
  void* storage = nullptr;
  if (posix_memalign(&storage, alignof(Device), sizeof(Device)) != 0) return nullptr;
  Device* device = new (storage) Device;
  std::memset(&device->scratch, kPowerUpPattern, sizeof device->scratch);
  return device;
}

void heddle_library_close(void* device) {
  if (device == nullptr) return;
  static_cast<Device*>(device)->~Device();
  std::free(device);
}

void heddle_library_run(void* device, std::uint8_t* memory, std::uint64_t memory_bytes,
                        const heddle::isa::StartArguments* arguments, const heddle_run_options* options,
                        heddle::isa::CompletionRecord* record) {
  heddle::hls::Bus bus = {memory, memory_bytes};
  CallbackMonitor monitor = {options, 0};
  heddle::hls::run_device(*static_cast<Device*>(device), bus, *arguments, monitor, record);
}

void heddle_units_begin(void* device, const heddle::isa::StartArguments* arguments) {
  heddle::hls::reset(*static_cast<Device*>(device), *arguments);
}

std::uint32_t heddle_units_execute(void* device, std::uint8_t* memory, std::uint64_t memory_bytes, int unit,
                                   const heddle::isa::TileInstruction* instruction, std::uint64_t base) {
  heddle::hls::Bus bus = {memory, memory_bytes};
  const heddle::hls::Dispatched item = {*instruction, base, 0};
  return heddle::hls::execute(*static_cast<Device*>(device), bus, unit, item);
}
}
