# Vivado: an extensible platform for a Zynq UltraScale+ board: the processing system as the board's files set it, one
# clock for the kernel, a control port, an interrupt, and the memory ports that v++ connects.
#
#   vivado -mode batch -source platform.tcl -tclargs BOARD_PART NAME CLOCK_MHZ XSA
#
# BOARD_PART is a pattern of Vivado's board files; the newest that matches is taken. Works in the current folder.
if {$argc != 4} {
  puts stderr "usage: platform.tcl BOARD_PART NAME CLOCK_MHZ XSA"
  exit 2
}
lassign $argv pattern name clock_mhz xsa
set board [get_board_parts -quiet $pattern -latest_file_version]
if {$board eq ""} {
  puts stderr "no board files match $pattern: install them with Vivado's Tools, Vivado Store, Boards"
  exit 1
}

create_project -force $name platform_project -part [get_property PART_NAME $board]
set_property board_part $board [current_project]
create_bd_design $name

set ps [create_bd_cell -type ip -vlnv xilinx.com:ip:zynq_ultra_ps_e ps]
apply_bd_automation -rule xilinx.com:bd_rule:zynq_ultra_ps_e -config {apply_board_preset "1"} $ps
# Widths: as in zynqmp/heddle.dtsi. Ports that are used appear when v++ asks for them.
set_property -dict [list \
  CONFIG.PSU__FPGA_PL0_ENABLE 1 \
  CONFIG.PSU__USE__IRQ0 1 \
  CONFIG.PSU__USE__M_AXI_GP0 0 CONFIG.PSU__USE__M_AXI_GP1 0 CONFIG.PSU__USE__M_AXI_GP2 0 \
  CONFIG.PSU__MAXIGP0__DATA_WIDTH 32 CONFIG.PSU__MAXIGP1__DATA_WIDTH 32 CONFIG.PSU__MAXIGP2__DATA_WIDTH 32 \
  CONFIG.PSU__SAXIGP2__DATA_WIDTH 128 CONFIG.PSU__SAXIGP3__DATA_WIDTH 128 \
  CONFIG.PSU__SAXIGP4__DATA_WIDTH 128 CONFIG.PSU__SAXIGP5__DATA_WIDTH 128] $ps

set clock [create_bd_cell -type ip -vlnv xilinx.com:ip:clk_wiz clock]
set_property -dict [list CONFIG.CLKOUT1_REQUESTED_OUT_FREQ $clock_mhz CONFIG.RESET_TYPE ACTIVE_LOW] $clock
set reset [create_bd_cell -type ip -vlnv xilinx.com:ip:proc_sys_reset reset]
connect_bd_net [get_bd_pins ps/pl_clk0] [get_bd_pins clock/clk_in1]
connect_bd_net [get_bd_pins ps/pl_resetn0] [get_bd_pins clock/resetn] [get_bd_pins reset/ext_reset_in]
connect_bd_net [get_bd_pins clock/clk_out1] [get_bd_pins reset/slowest_sync_clk]
connect_bd_net [get_bd_pins clock/locked] [get_bd_pins reset/dcm_locked]

# What v++ may use.
set_property PFM_NAME "heddle:zynqmp:${name}:1.0" [get_files $name.bd]
set_property PFM.CLOCK [list clk_out1 {id "0" is_default "true" proc_sys_reset "/reset" status "fixed"}] $clock
set ports [list M_AXI_HPM0_FPD {memport "M_AXI_GP" sptag "" memory "" is_range "false"}]
foreach port {HP0 HP1 HP2 HP3} {
  lappend ports S_AXI_${port}_FPD "memport \"S_AXI_HP\" sptag \"$port\" memory \"ps ${port}_DDR_LOW\" is_range \"false\""
}
set_property PFM.AXI_PORT $ports $ps
set_property PFM.IRQ {pl_ps_irq0 {id 0 range 7}} $ps

validate_bd_design
save_bd_design
set bd [get_files $name.bd]
add_files -norecurse [make_wrapper -files $bd -top]
set_property top ${name}_wrapper [current_fileset]
generate_target all $bd

set_property platform.extensible true [current_project]
set_property platform.design_intent.embedded true [current_project]
set_property platform.design_intent.datacenter false [current_project]
set_property platform.design_intent.server_managed false [current_project]
set_property platform.design_intent.external_host false [current_project]
set_property platform.default_output_type xclbin [current_project]
set_property platform.platform_state pre_synth [current_project]
set_property platform.vendor heddle [current_project]
set_property platform.name $name [current_project]
set_property platform.version 1.0 [current_project]
write_hw_platform -hw -force -file $xsa
validate_hw_platform $xsa
exit
