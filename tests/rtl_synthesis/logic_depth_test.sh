#!/usr/bin/env bash
# scripts/synthesis/logic_depth.awk on paths of known length. usage: logic_depth_test.sh YOSYS
set -euo pipefail
yosys=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# netlist TOP: its gates, hierarchy kept
netlist() {
  "$yosys" -q -p "read_verilog -sv tests/rtl_synthesis/depth_example.sv; hierarchy -top $1; proc; techmap; \
abc -fast -g AND,XOR; write_blif -icells -cname $work/$1.blif"
}
depth() { awk -v top="$1" -f scripts/synthesis/logic_depth.awk "$work/$1.blif"; }
# expect TOP MODULE DEPTH START END
expect() {
  local line
  line=$(depth "$1" | awk -F '\t' -v module="$2" '$1 == module { print $2, $3, $4 }')
  [[ $line == $3\ $4\ $5 ]] || { echo "$1: path to $2 is '$line', expected '$3 $4 $5'" >&2; exit 1; }
}

netlist heddle_example
expect heddle_example heddle_example 3 'a_q\[[0-3]\]' y_o
expect heddle_example heddle_leaf 0 'a_q\[0\]' i_leaf.y_o
expect heddle_example OUTPUTS 0 y_o y_o
depth heddle_example | grep -q "heddle_example.*i_leaf" ||
  { echo "the way through i_leaf is missing" >&2; exit 1; }

netlist heddle_edges
expect heddle_edges heddle_edges 4 'a_q\[[0-2]\]' y_o

netlist heddle_loop
if depth heddle_loop 2> "$work/message"; then echo "a combinational loop was accepted" >&2; exit 1; fi
grep -q 'combinational loop' "$work/message"
