// The kernel's top: interfaces and wiring.
#include "hls/top/stepper.hpp"

static heddle::hls::Device device;

/// Runs from START to done. `memory` is the device memory, `memory_bytes` its size, past which the bus
/// answers with an error; `record` is the status as the host reads it from registers.
extern "C" void heddle_accelerator(std::uint8_t* memory, std::uint64_t memory_bytes,
                                   heddle::isa::StartArguments arguments,
                                   heddle::isa::CompletionRecord* record) {
#pragma HLS INTERFACE m_axi port = memory offset = slave bundle = gmem max_read_burst_length = \
    64 max_write_burst_length = 64
#pragma HLS INTERFACE s_axilite port = memory bundle = control
#pragma HLS INTERFACE s_axilite port = memory_bytes bundle = control
#pragma HLS INTERFACE s_axilite port = arguments bundle = control
#pragma HLS INTERFACE s_axilite port = record bundle = control
#pragma HLS INTERFACE s_axilite port = return bundle = control
  heddle::hls::Bus bus = {memory, memory_bytes};
  heddle::hls::NullMonitor monitor;
  heddle::hls::run_device(device, bus, arguments, monitor, record);
}
