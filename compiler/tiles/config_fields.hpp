// The parameters of a configuration by name, for the text form.
#pragma once
#include "isa/config.hpp"

namespace heddle::tiles {

struct ConfigField {
  const char* name;
  std::uint32_t isa::Config::*member;
};

inline constexpr ConfigField kConfigFields[] = {
    {"rows", &isa::Config::rows},
    {"columns", &isa::Config::columns},
    {"lanes", &isa::Config::lanes},
    {"bus_bytes", &isa::Config::bus_bytes},
    {"axi_ports", &isa::Config::axi_ports},
    {"weight_rows", &isa::Config::weight_rows},
    {"a_bytes", &isa::Config::a_bytes},
    {"w_bytes", &isa::Config::w_bytes},
    {"c_bytes", &isa::Config::c_bytes},
    {"v_bytes", &isa::Config::v_bytes},
    {"s_bytes", &isa::Config::s_bytes},
    {"acc_bytes", &isa::Config::acc_bytes},
    {"icache_bytes", &isa::Config::icache_bytes},
    {"address_bits", &isa::Config::address_bits},
    {"queue_depth", &isa::Config::queue_depth},
    {"clock_mhz", &isa::Config::clock_mhz},
    {"weight_buffers", &isa::Config::weight_buffers},
    {"fused_attention", &isa::Config::fused_attention},
};

}  // namespace heddle::tiles
