# Vivado: packages the RTL kernel as a Vitis object.
#
#   vivado -mode batch -source package_kernel.tcl -tclargs PART SOURCES KERNEL_XML XO
#
# SOURCES names the RTL files, one a line, in the order in which they compile (`heddle build` writes it). Works in
# the current folder: kernel_project, kernel_ip.
if {$argc != 4} {
  puts stderr "usage: package_kernel.tcl PART SOURCES KERNEL_XML XO"
  exit 2
}
lassign $argv part sources kernel_xml xo
foreach file [list $sources $kernel_xml] {
  if {![file isfile $file]} {
    puts stderr "$file: no such file"
    exit 1
  }
}
set list [open $sources]
set files [split [string trim [read $list]] "\n"]
close $list

create_project -force kernel_project kernel_project -part $part
add_files -norecurse $files
set_property file_type SystemVerilog [get_files *.sv]
set_property top heddle_kernel [current_fileset]
update_compile_order -fileset sources_1

file delete -force kernel_ip
ipx::package_project -root_dir kernel_ip -vendor heddle -library kernel -taxonomy /KernelIP -import_files -set_current true
set core [ipx::current_core]
set_property name heddle_top $core
set_property version 1.0 $core
set_property display_name "Heddle accelerator" $core
set_property sdx_kernel true $core
set_property sdx_kernel_type rtl $core
set_property ipi_drc {ignore_freq_hz true} $core
set_property supported_families {} $core
set_property auto_family_support_level level_2 $core

# The clock and the ports that move with it. Widths are literals in heddle_kernel.v: no parameters are left.
ipx::infer_bus_interface ap_clk xilinx.com:signal:clock_rtl:1.0 $core
ipx::infer_bus_interface ap_rst_n xilinx.com:signal:reset_rtl:1.0 $core
ipx::infer_bus_interface interrupt xilinx.com:signal:interrupt_rtl:1.0 $core
foreach bus {s_axi_control m_axi_gmem} {
  if {[ipx::get_bus_interfaces $bus -of_objects $core] eq ""} {
    puts stderr "heddle_kernel: Vivado found no AXI interface $bus in its ports"
    exit 1
  }
  ipx::associate_bus_interfaces -busif $bus -clock ap_clk $core
}
ipx::associate_bus_interfaces -clock ap_clk -reset ap_rst_n $core

ipx::create_xgui_files $core
ipx::update_checksums $core
ipx::check_integrity -kernel -xrt $core
ipx::save_core $core
close_project

file delete -force $xo
package_xo -xo_path $xo -kernel_name heddle_top -ip_directory kernel_ip -kernel_xml $kernel_xml
exit
