# Synthesises the HLS accelerator with Vitis HLS, for those who have it:
#
#   HEDDLE_GENERATED=<folder with heddle_config.hpp> HEDDLE_PART=xcu250-figd2104-2L-e HEDDLE_CLOCK_NS=4 \
#     vitis_hls -f hls/vitis/run_hls.tcl
#
# The folder of a configuration comes from `heddle_generate config FILE.json FOLDER`. The result is an RTL
# kernel (heddle_accelerator.xo) with one AXI4 port and AXI4-Lite control.
set root [file normalize [file join [file dirname [info script]] .. ..]]
if {![info exists ::env(HEDDLE_GENERATED)]} {
  puts "set HEDDLE_GENERATED to the folder that holds heddle_config.hpp"
  exit 2
}
set generated [file normalize $::env(HEDDLE_GENERATED)]
set part [expr {[info exists ::env(HEDDLE_PART)] ? $::env(HEDDLE_PART) : "xcu250-figd2104-2L-e"}]
set clock [expr {[info exists ::env(HEDDLE_CLOCK_NS)] ? $::env(HEDDLE_CLOCK_NS) : 4}]

open_project -reset heddle_hls
set_top heddle_accelerator
add_files [file join $root hls top top.cpp] -cflags "-std=c++14 -I$root -I$generated"
open_solution -reset -flow_target vitis solution
set_part $part
create_clock -period $clock -name default
csynth_design
export_design -format xo -output heddle_accelerator.xo
exit
