#include "tests/rtl_control/axi_memory.hpp"

#include <gtest/gtest.h>

#include "tests/rtl_control/ports.hpp"

namespace heddle::tests {

std::uint64_t AxiMemory::bus_address(std::uint64_t port_address, int port) const {
  return port_address / kPortBytes * hls::kBusBytes + static_cast<std::uint64_t>(port) * kPortBytes +
         port_address % kPortBytes;
}

bool AxiMemory::fails(std::uint64_t address) const {
  return address + kPortBytes > memory.size() || (address + kPortBytes > error_first && address < error_end);
}

bool AxiMemory::permitted(std::uint64_t address, std::uint64_t bytes, bool write) const {
  if (windows == nullptr) return true;
  for (int i = 0; i < isa::kWindows; ++i) {
    const std::uint64_t size = windows->window_size[i] & ~isa::kWindowReadOnly;
    const bool read_only = (windows->window_size[i] & isa::kWindowReadOnly) != 0;
    const std::uint64_t base = windows->window_base[i];
    // A read moves whole beats: it is enough that the window has a part of it.
    if (!write && address + bytes > base && address < base + size) return true;
    if (write && !read_only && address >= base && address + bytes <= base + size) return true;
  }
  return false;
}

bool AxiMemory::idle() const {
  for (const Port& port : ports_) {
    if (!port.reads.empty() || !port.writes.empty() || !port.beats.empty() || !port.answers.empty())
      return false;
  }
  return true;
}

void AxiMemory::drive(Vbench& dut) {
  for (int p = 0; p < kPorts; ++p) {
    Port& port = ports_[p];
    set_bits(dut.m_axi_arready, p, 1, !stalls() && port.reads.size() < 64);
    set_bits(dut.m_axi_awready, p, 1, !stalls() && port.writes.size() < 8);
    set_bits(dut.m_axi_wready, p, 1, !stalls() && port.beats.size() < 64);
    set_bits(dut.m_axi_rvalid, p, 1, port.read_valid);
    std::uint8_t* data = bytes_of(dut.m_axi_rdata) + p * kPortBytes;
    if (port.read_valid) {
      const Burst& burst = port.reads.front();
      const std::uint64_t address =
          bus_address(burst.address + static_cast<std::uint64_t>(burst.done) * kPortBytes, p);
      const bool error = fails(address);
      if (error) {
        for (int i = 0; i < kPortBytes; ++i) data[i] = 0xEE;
      } else {
        std::memcpy(data, memory.data() + address, kPortBytes);
      }
      set_bits(dut.m_axi_rresp, 2 * p, 2, error ? 2 : 0);
      set_bits(dut.m_axi_rlast, p, 1, burst.done + 1 == burst.beats);
    } else {
      for (int i = 0; i < kPortBytes; ++i) data[i] = static_cast<std::uint8_t>(random_());
      set_bits(dut.m_axi_rlast, p, 1, random_() & 1);
    }
    set_bits(dut.m_axi_bvalid, p, 1, port.answer_valid);
    set_bits(dut.m_axi_bresp, 2 * p, 2, port.answer_valid ? port.answers.front().second : 3);
  }
}

void AxiMemory::check_stable(Channel& channel, bool valid, bool ready, std::vector<std::uint8_t> payload,
                             const char* name) {
  if (channel.waiting) {
    ASSERT_TRUE(valid) << name << ": valid was withdrawn";
    ASSERT_EQ(payload, channel.payload) << name << ": payload changed while waiting";
  }
  channel.waiting = valid && !ready;
  channel.payload = std::move(payload);
}

void AxiMemory::check_burst(std::uint64_t address, int beats, int size, int burst, const char* name) {
  ASSERT_EQ(1 << size, kPortBytes) << name << ": narrow beats";
  ASSERT_EQ(burst, 1) << name << ": not INCR";
  ASSERT_EQ(address % kPortBytes, 0u) << name << ": unaligned";
  ASSERT_EQ(address / 4096, (address + static_cast<std::uint64_t>(beats) * kPortBytes - 1) / 4096)
      << name << ": crosses 4096 bytes";
}

void AxiMemory::sample_reads(Vbench& dut, int p, std::uint64_t cycle) {
  Port& port = ports_[p];
  const bool valid = get_bits(dut.m_axi_arvalid, p, 1) != 0, ready = get_bits(dut.m_axi_arready, p, 1) != 0;
  const std::uint64_t address = get_bits(dut.m_axi_araddr, 64 * p, 56);
  const int beats = static_cast<int>(get_bits(dut.m_axi_arlen, 8 * p, 8)) + 1;
  std::vector<std::uint8_t> payload(9);
  std::memcpy(payload.data(), &address, 8);
  payload[8] = static_cast<std::uint8_t>(beats);
  check_stable(port.ar, valid, ready, std::move(payload), "AR");
  if (valid && ready) {
    check_burst(address, beats, static_cast<int>(get_bits(dut.m_axi_arsize, 3 * p, 3)),
                static_cast<int>(get_bits(dut.m_axi_arburst, 2 * p, 2)), "AR");
    for (int beat = 0; p == 0 && beat < beats; ++beat) {
      const std::uint64_t at = bus_address(address + static_cast<std::uint64_t>(beat) * kPortBytes, 0);
      EXPECT_TRUE(permitted(at, hls::kBusBytes, false)) << "read outside the windows at " << at;
    }
    port.reads.push_back({address, beats, 0, cycle + static_cast<std::uint64_t>(latency)});
  }
  if (port.read_valid && get_bits(dut.m_axi_rready, p, 1) != 0) {
    if (p == 0) ++read_beats;
    port.read_valid = false;
    if (++port.reads.front().done == port.reads.front().beats) port.reads.pop_front();
  }
  if (!port.read_valid && !port.reads.empty() && port.reads.front().ready_at <= cycle && !stalls())
    port.read_valid = true;
}

void AxiMemory::write_beat(Port& port, int p, std::uint64_t cycle) {
  Burst& burst = port.writes.front();
  const Beat& beat = port.beats.front();
  const std::uint64_t address =
      bus_address(burst.address + static_cast<std::uint64_t>(burst.done) * kPortBytes, p);
  const bool error = fails(address);
  for (int i = 0; i < kPortBytes; ++i) {
    if (!beat.strobes[i]) continue;
    EXPECT_TRUE(permitted(address + i, 1, true)) << "write outside the windows at " << address + i;
    if (!error) memory[address + i] = beat.data[i];
  }
  if (error) port.write_error = 2;
  ++burst.done;
  EXPECT_EQ(beat.last, burst.done == burst.beats) << "WLAST";
  port.beats.pop_front();
  if (burst.done == burst.beats) {
    port.answers.emplace_back(cycle + static_cast<std::uint64_t>(latency), port.write_error);
    port.write_error = 0;
    port.writes.pop_front();
  }
}

void AxiMemory::sample_writes(Vbench& dut, int p, std::uint64_t cycle) {
  Port& port = ports_[p];
  bool valid = get_bits(dut.m_axi_awvalid, p, 1) != 0, ready = get_bits(dut.m_axi_awready, p, 1) != 0;
  const std::uint64_t address = get_bits(dut.m_axi_awaddr, 64 * p, 56);
  const int beats = static_cast<int>(get_bits(dut.m_axi_awlen, 8 * p, 8)) + 1;
  std::vector<std::uint8_t> payload(9);
  std::memcpy(payload.data(), &address, 8);
  payload[8] = static_cast<std::uint8_t>(beats);
  check_stable(port.aw, valid, ready, std::move(payload), "AW");
  if (valid && ready) {
    check_burst(address, beats, static_cast<int>(get_bits(dut.m_axi_awsize, 3 * p, 3)),
                static_cast<int>(get_bits(dut.m_axi_awburst, 2 * p, 2)), "AW");
    port.writes.push_back({address, beats, 0, cycle});
  }

  valid = get_bits(dut.m_axi_wvalid, p, 1) != 0, ready = get_bits(dut.m_axi_wready, p, 1) != 0;
  Beat beat;
  const std::uint8_t* data = bytes_of(dut.m_axi_wdata) + p * kPortBytes;
  beat.data.assign(data, data + kPortBytes);
  for (int i = 0; i < kPortBytes; ++i)
    beat.strobes.push_back(static_cast<std::uint8_t>(get_bits(dut.m_axi_wstrb, p * kPortBytes + i, 1)));
  beat.last = get_bits(dut.m_axi_wlast, p, 1) != 0;
  payload = beat.data;
  payload.insert(payload.end(), beat.strobes.begin(), beat.strobes.end());
  payload.push_back(beat.last);
  check_stable(port.w, valid, ready, std::move(payload), "W");
  if (valid && ready) {
    if (p == 0) ++write_beats;
    port.beats.push_back(std::move(beat));
  }
  while (!port.writes.empty() && !port.beats.empty()) write_beat(port, p, cycle);

  if (port.answer_valid && get_bits(dut.m_axi_bready, p, 1) != 0) {
    port.answer_valid = false;
    port.answers.pop_front();
  }
  if (!port.answer_valid && !port.answers.empty() && port.answers.front().first <= cycle && !stalls())
    port.answer_valid = true;
}

void AxiMemory::sample(Vbench& dut, std::uint64_t cycle) {
  for (int p = 0; p < kPorts; ++p) {
    sample_reads(dut, p, cycle);
    sample_writes(dut, p, cycle);
  }
}

}  // namespace heddle::tests
