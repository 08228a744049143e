#!/usr/bin/env bash
# Yosys over all of the RTL as a configuration sets it: gates, flip-flops, memories and logic depth of each
# module. Fails on a latch, a combinational loop, or a path of more gates than the budget of the
# configuration's clock (see GATE_PS), or than --budget N.
# usage: scripts/synthesize.sh GENERATE_PROGRAM [CONFIG] [--report FILE] [--budget N]
#   GENERATE_PROGRAM  the built heddle_generate; CONFIG a name or a JSON file (default: tiny)
#
# What is counted. Modules are mapped one by one to gates of two inputs, inverters and 2:1 multiplexers, each
# counted as one; modules without registers join the module that uses them. Memories of more than 32 words
# stay memories, smaller ones become flip-flops and multiplexers. Totals are over all instances of a module.
# Depth is the number of gates on the longest path into a register or a memory of the module, from wherever
# in the design it starts: register to register, across modules, memories as end points, twice the number
# where half a cycle is left. Fan-out, wires and the access times of memories are not in it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Picoseconds of a gate and of the registers' share of a cycle, in a 28 nm process at its worst corner: an
# inverter that drives four takes 500 ps a micrometre of drawn length, 14 ps (Ho, Mai, Horowitz, "The Future of
# Wires", Proc. IEEE 89(4), 2001); a NAND of two inputs that drives four takes 7.3 / 5 of that (Sutherland,
# Sproull, Harris, "Logical Effort", 1999). A sixth of the cycle is left to clock and registers.
GATE_PS=21

usage() { sed -n '/^# usage/,/^#$/s/^# //p' "$0" >&2; exit 2; }
config=tiny report= budget= generate=
positional=0
while (($#)); do
  case $1 in
    --report) report=${2:?--report needs a file}; shift 2 ;;
    --budget) budget=${2:?--budget needs a number of gates}; shift 2 ;;
    -*) usage ;;
    *)
      positional=$((positional + 1))
      case $positional in 1) generate=$1 ;; 2) config=$1 ;; *) usage ;; esac
      shift ;;
  esac
done
[[ $generate && $budget =~ ^[0-9]*$ ]] || usage

if [[ -z $budget ]]; then
  file=$config
  [[ -f $file ]] || file=isa/configs/$config.json
  megahertz=$(sed -n 's/.*"clock_mhz": *\([0-9]*\).*/\1/p' "$file")
  budget=$((1000000 / ${megahertz:-800} * 5 / 6 / GATE_PS))
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$generate" config "$config" "$work"
files="$work/heddle_config_pkg.sv $(grep -v '^ *\(//\|#\|$\)' rtl/heddle.f | tr '\n' ' ')"

# Arithmetic is mapped before indexed parts, whose amounts then show their constant bits; abc balances and
# restructures for depth, without the area scripts, which would undo the carry trees.
cat > "$work/run.ys" <<YS
read_verilog -sv -DSYNTHESIS $files
hierarchy -check -top heddle_top
proc
check -assert
opt -fast
memory -nomap -nordff
memory_map t:\$mem_v2 r:SIZE<=32 %i
memory_dff
select -assert-none t:\$dlatch t:\$adlatch t:\$dlatchsr t:\$sr %u %u %u
select -assert-none t:\$mem_v2 r:RD_CLK_ENABLE=*'*0* %i

select -set kept t:\$*ff* t:\$mem* %u t:heddle_* %u t:\$paramod* %u %m
setattr -mod -set keep_hierarchy 1 @kept
flatten
hierarchy -top heddle_top

opt_expr
wreduce
peepopt
alumacc
opt -fast
select -set indexed t:\$shift t:\$shiftx %u %m
techmap t:\$alu t:\$macc t:\$neg %u %u
opt_expr @indexed
techmap -map scripts/synthesis/shift.v
opt_expr -mux_undef @indexed
techmap
opt_clean
abc -script +strash;ifraig;balance;if,-g,-K,6;strash;map -g AND,NAND,OR,NOR,XOR,XNOR,ANDNOT,ORNOT,MUX
select -assert-none t:\$_DLATCH* t:\$_SR_* %u
tee -q -o $work/stat.txt stat
write_blif -icells -cname $work/design.blif
YS
yosys -q -l "$work/yosys.log" "$work/run.ys" > /dev/null 2>&1 || { tail -20 "$work/yosys.log" >&2; exit 1; }
awk -v top=heddle_top -f scripts/synthesis/logic_depth.awk "$work/design.blif" > "$work/depth.txt"

# A line for each module, and the totals.
awk -v budget="$budget" '
  function name(text) { sub(/.*heddle_/, "heddle_", text); sub(/\\.*/, "", text); return text }
  FILENAME ~ /depth/ {
    split($0, part, "\t")
    depth[part[1]] = part[2]
    way[part[1]] = part[3] " to " part[4] " by way of " part[5]
    next
  }
  # The hierarchy: how often each module stands in the design.
  /^=== design hierarchy/ { tree = 1; next }
  /^=== / { copy = $2; copies[++count] = copy; next }
  tree && $1 ~ /heddle_/ {
    match($0, /^ */)
    level = RLENGTH
    while (levels && stack[levels] >= level) levels--
    stack[++levels] = level
    number[levels] = $2 * (levels > 1 ? number[levels - 1] : 1)
    instances[$1] += number[levels]
    next
  }
  tree { next }
  $1 ~ /^\$_[A-Z]+_$/ { gates[copy] += $2 }
  $1 ~ /DFF/ { flops[copy] += $2 }
  $1 ~ /^\$mem/ { memories[copy] += $2 }
  END {
    for (i = 1; i <= count; i++) {
      copy = copies[i]
      n = instances[copy]
      module = name(copy)
      if (!(module in total)) order[++modules] = module
      total[module] += n
      all_gates[module] += n * gates[copy]
      all_flops[module] += n * flops[copy]
      all_memories[module] += n * memories[copy]
    }
    line = "%-28s %9s %9s %11s %9s %6s\n"
    printf line, "module", "instances", "gates", "flip-flops", "memories", "depth"
    for (i = 1; i <= modules; i++) {
      m = order[i]
      printf line, m, total[m], all_gates[m], all_flops[m], all_memories[m], (m in depth ? depth[m] : "-")
      g += all_gates[m]; f += all_flops[m]; r += all_memories[m]
    }
    for (m in depth) if (depth[m] > depth[deepest]) deepest = m
    printf line, "all", "", g, f, r, depth[deepest]
    printf "deepest path, in %s: %s\n", deepest, way[deepest]
    for (m in depth) if (depth[m] > budget) {
      printf "past the budget of %d gates: %s with %d: %s\n", budget, m, depth[m], way[m] > "/dev/stderr"
      past = 1
    }
    exit past
  }' "$work/depth.txt" "$work/stat.txt" > "$work/report.txt" || failed=1
cat "$work/report.txt"
[[ -z $report ]] || cp "$work/report.txt" "$report"
[[ -z ${failed:-} ]] || exit 1
echo "synthesis of $config: no latches, no path of more than $budget gates"
