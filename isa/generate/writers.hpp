// Texts that are generated from the contract.
#pragma once
#include <string>
#include "isa/config.hpp"

namespace heddle::isa::generate {

/// rtl/pkg/heddle_isa_pkg.sv.
std::string isa_package();
/// heddle_config_pkg.sv of one configuration.
std::string config_package(const Config& config, const std::string& name);
/// heddle_config.hpp of one configuration, for HLS.
std::string config_header(const Config& config, const std::string& name);
/// kernel.xml of an RTL kernel (UG1393) for one configuration: ports, arguments, registers. Throws std::runtime_error
/// where the configuration has several memory ports or lacks a part.
std::string kernel_xml(const Config& config, const std::string& name);
/// heddle_kernel.v of one configuration: heddle_top behind the port names of kernel.xml. Throws as kernel_xml.
std::string kernel_wrapper(const Config& config, const std::string& name);
/// isa/numerics/function_tables.inc.
std::string function_tables();
/// rtl/vector/heddle_vector_rom.sv: the same table as a case function.
std::string function_rom();
/// docs/isa.md; the prose is the comments of the headers under `isa_directory`.
std::string reference_page(const std::string& isa_directory);

}  // namespace heddle::isa::generate
