// STORE: a scratchpad to device memory. Partial beats at either end of a row touch its own bytes alone.
#pragma once
#include "hls/kernels/dma.hpp"

namespace heddle {
namespace hls {

inline std::uint32_t run_store(Device& device, Bus& bus, const Dispatched& item) {
  return run_dma(device, bus, item, true);
}

}  // namespace hls
}  // namespace heddle
