#!/bin/sh
# A board in Verilator made of a netlist instead of the RTL, for the tests and for `heddle run --target serial`.
# usage: sim/board/netlist.sh FOLDER synthesized|routed PROGRAM
#   FOLDER: of `heddle build icebreaker`. PROGRAM: the simulator to make, beside it a folder PROGRAM.dir.
set -eu
[ $# -eq 3 ] || { sed -n 3,4p "$0" >&2; exit 2; }
case $2 in synthesized | routed) ;; *) echo "$2: neither synthesized nor routed" >&2; exit 2 ;; esac
root=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$3.dir"
work=$(cd "$3.dir" && pwd)
program=$(dirname "$work")/$(basename "$3")
folder=$(cd "$1" && pwd)
for tool in yosys verilator; do
  command -v $tool > /dev/null || { echo "$tool is not installed: apt-get install $tool" >&2; exit 1; }
done
[ -f "$folder/$2.json" ] || { echo "$folder: holds no $2.json: run \`heddle build icebreaker\` first" >&2; exit 1; }
blocks=
top=heddle_icebreaker
if [ "$2" = routed ]; then
  yosys -q -p "read_json $folder/routed.json; script $root/sim/ice40/routed.ys; rename top $top; \
    write_verilog -noattr $work/board.v"
  blocks=$root/sim/ice40/routed_blocks.sv
else
  cp "$folder/synthesized.v" "$work/board.v"
fi
cache=
command -v ccache > /dev/null && cache="OBJCACHE=ccache"
verilator --cc --exe --build --top-module $top --prefix Vboard --Mdir "$work" -o "$program" \
  -O3 --x-assign fast --x-initial fast --assert -Wno-fatal -Wno-lint -CFLAGS "-std=c++20 -I$root" \
  -MAKEFLAGS "OPT_FAST=-O1 $cache" "$work/board.v" $blocks "$root/sim/ice40/fabric.sv" "$root/sim/ice40/blocks.sv" \
  "$root/sim/ice40/block_ram.sv" "$root/sim/board/main.cpp" > "$work.log" 2>&1 ||
  { tail -20 "$work.log" >&2; exit 1; }
