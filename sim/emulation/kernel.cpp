#include "sim/emulation/kernel.hpp"

#include <fmt/format.h>

#include <cstring>

#include "sim/emulation/protocol.hpp"

namespace heddle::sim::emulation {
namespace {

// Structures of xclbin.h: mem_data, ip_data, connection.
struct MemoryEntry {
  std::uint8_t type = 1;  // DDR4
  std::uint8_t used = 1;
  std::uint8_t padding[6] = {};
  std::uint64_t size_kb = 0;
  std::uint64_t base = 0;
  char tag[16] = "bank0";
};
struct IpEntry {
  std::uint32_t type = 1;        // kernel
  std::uint32_t properties = 1;  // interrupt 0 enabled, ap_ctrl_hs
  std::uint64_t base = kRegisterBase;
  char name[64] = {};
};
struct ConnectionEntry {
  std::int32_t argument = kKernelMemory, ip = 0, memory = 0;
};
static_assert(sizeof(MemoryEntry) == 40 && sizeof(IpEntry) == 80 && sizeof(ConnectionEntry) == 12);

/// count, padding up to `entry_offset`, one entry.
template <typename Entry>
std::string one_entry(const Entry& entry, std::size_t entry_offset) {
  std::string out(entry_offset, '\0');
  const std::int32_t count = 1;
  std::memcpy(out.data(), &count, sizeof count);
  return out.append(reinterpret_cast<const char*>(&entry), sizeof entry);
}

}  // namespace

std::string embedded_metadata(const isa::Config& config) {
  std::string arguments;
  int id = 0;
  for (const KernelArgument& argument : kernel_arguments()) {
    arguments += fmt::format(
        R"(     <arg name="{}" addressQualifier="{}" id="{}" port="{}" size="0x8" offset="{:#x}" hostOffset="0x0" hostSize="0x8" type="{}"/>
)",
        argument.name, argument.pointer ? 1 : 0, id++, argument.pointer ? "m_axi" : "s_axi", argument.offset,
        argument.pointer ? "void*" : "ulong");
  }
  return fmt::format(R"(<?xml version="1.0" encoding="UTF-8"?>
<project name="heddle">
 <platform vendor="heddle" boardid="hw_emu" name="{platform}">
  <version major="1" minor="0"/>
  <device name="fpga0" fpgaDevice="heddle:simulator" addrWidth="0">
   <core name="OCL_REGION_0" target="hw_em" type="clc_region" clockFreq="{clock}MHz" numComputeUnits="1">
    <kernelClocks>
     <clock port="KERNEL_CLK" frequency="{clock}MHz"/>
    </kernelClocks>
    <kernel name="{kernel}" language="ip_c" type="pl" hash="{hash:016x}" attributes="" preferredWorkGroupSizeMultiple="1" workGroupSize="1">
     <port name="m_axi" mode="master" range="0xFFFFFFFF" dataWidth="{data_width}" portType="addressable" base="0x0"/>
     <port name="s_axi" mode="slave" range="{range:#x}" dataWidth="32" portType="addressable" base="0x0"/>
{arguments}     <compileWorkGroupSize x="1" y="1" z="1"/>
     <maxWorkGroupSize x="1" y="1" z="1"/>
     <instance name="{instance}">
      <addrRemap base="{base:#x}" port="s_axi"/>
     </instance>
    </kernel>
   </core>
  </device>
 </platform>
</project>
)",
                     fmt::arg("platform", kPlatformName), fmt::arg("clock", config.clock_mhz),
                     fmt::arg("hash", isa::config_hash(config)), fmt::arg("kernel", kKernelName),
                     fmt::arg("data_width", 8 * config.bus_bytes), fmt::arg("range", isa::kRegisterEnd),
                     fmt::arg("arguments", arguments), fmt::arg("instance", kInstanceName),
                     fmt::arg("base", kRegisterBase));
}

std::string memory_topology(std::uint64_t memory_bytes) {
  MemoryEntry entry;
  entry.size_kb = (memory_bytes - kBankBase) / 1024;
  entry.base = kBankBase;
  return one_entry(entry, 8);
}

std::string ip_layout() {
  IpEntry entry;
  const std::string name = fmt::format("{}:{}", kKernelName, kInstanceName);
  std::memcpy(entry.name, name.data(), name.size());
  return one_entry(entry, 8);
}

std::string connectivity() { return one_entry(ConnectionEntry(), 4); }

}  // namespace heddle::sim::emulation
