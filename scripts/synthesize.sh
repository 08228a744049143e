#!/usr/bin/env bash
# Yosys over all of the RTL: checks that there is no latch, prints cells and logic depth of each module.
# Memories stay memories; everything else becomes two-input gates and flip-flops.
# usage: scripts/synthesize.sh GENERATE_PROGRAM [CONFIG] [REPORT]   (default: tiny)
set -euo pipefail
cd "$(dirname "$0")/.."
generate=$1
config=${2:-tiny}
report=${3:-}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$generate" config "$config" "$work"
files="$work/heddle_config_pkg.sv $(grep -v '^ *\(//\|#\|$\)' rtl/heddle.f | tr '\n' ' ')"

cat > "$work/run.ys" <<YS
read_verilog -sv -DSYNTHESIS $files
hierarchy -check -top heddle_top
proc
opt -fast
memory -nomap
opt -fast
select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr t:\$sr
opt -fast
techmap
opt -fast
abc -fast -g AND,OR,XOR,MUX
opt_clean
select -assert-none t:\$_DLATCH_* t:\$_SR_*
check -assert
tee -o $work/stat.txt stat
tee -o $work/depth.txt ltp -noff
YS
yosys -q -l "$work/yosys.log" "$work/run.ys" >/dev/null || { tail -20 "$work/yosys.log" >&2; exit 1; }

# One line a module: the longest path in gates, and the cells.
awk '
  function name(text) { gsub(/\\/, "", text); sub(/^\$paramod(\$[0-9a-f]+)?/, "", text); return text }
  FILENAME ~ /depth/ && /^Longest topological path in/ { split($5, part, " "); length_text = $6; gsub(/[^0-9]/, "", length_text); depth[name($5)] = length_text; next }
  FILENAME ~ /stat/ && /^=== / { if ($2 == "design") exit; module = name($2); order[++count] = module; next }
  FILENAME ~ /stat/ && module != "" {
    if ($1 ~ /^\$_(AND|OR|XOR|MUX|NOT|XNOR|NAND|NOR|ANDNOT|ORNOT)_/) gates[module] += $2
    else if ($1 ~ /DFF/) flops[module] += $2
    else if ($1 ~ /^\$mem/) memories[module] += $2
  }
  END {
    printf "%-40s %9s %11s %9s %6s\n", "module", "gates", "flip-flops", "memories", "depth"
    for (i = 1; i <= count; i++) { m = order[i]; printf "%-40s %9d %11d %9d %6s\n", m, gates[m], flops[m], memories[m], (m in depth ? depth[m] : "-") }
  }' "$work/depth.txt" "$work/stat.txt" | tee ${report:+"$report"}
echo "synthesis of $config: no latches"
