// LOAD: device memory to a scratchpad.
#pragma once
#include "hls/kernels/dma.hpp"

namespace heddle {
namespace hls {

inline std::uint32_t run_load(Device& device, Bus& bus, const Dispatched& item) {
  return run_dma(device, bus, item, false);
}

}  // namespace hls
}  // namespace heddle
