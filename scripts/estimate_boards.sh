#!/usr/bin/env bash
# Yosys over the RTL kernel of AMD's boards: how many cells of the device it takes, written to
# boards/NAME/estimate.json, which `heddle build NAME --estimate` prints beside what the device has.
# usage: scripts/estimate_boards.sh [--heddle PROGRAM] [BOARD ...]
#   PROGRAM  the built heddle (default: build/bin/heddle); BOARD: kv260, zcu104, u250, u55c (default: all)
#
# What is counted. Modules are mapped one by one (synth_xilinx without -flatten), so that nothing is saved across
# their borders; totals are over all instances. A LUT is one of any number of inputs; those that serve as memory are
# among them, eight for a RAM32M16 or a RAM64M8. Shift registers are counted as flip-flops (Vivado puts many into
# LUTs). Two block RAMs of 18 Kb are one of 36 Kb. Adders lie in the LUTs beside their carry chains. Not in it: the
# platform around the kernel (interconnect, processing system or PCI Express shell), and what Vivado does better.
set -euo pipefail
cd "$(dirname "$0")/.."

heddle=build/bin/heddle
boards=()
while (($#)); do
  case $1 in
    --heddle) heddle=${2:?--heddle needs a program}; shift 2 ;;
    -*) sed -n '/^# usage/,/^#$/s/^# //p' "$0" >&2; exit 2 ;;
    *) boards+=("$1"); shift ;;
  esac
done
((${#boards[@]})) || boards=(kv260 zcu104 u250 u55c)
command -v yosys > /dev/null || { echo "yosys is not installed: apt-get install yosys" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for board in "${boards[@]}"; do
  "$heddle" build "$board" --sources --output "$work" > "$work/list.txt"
  files=$(grep -v '^#' "$work/list.txt" | tr '\n' ' ')
  hash=$(sed -n 's/^# hash //p' "$work/list.txt")
  config_hash=$(sed -n 's/^# config_hash //p' "$work/list.txt")
  # The same kernel on another board: the same device cells.
  same=$(grep -l "\"hash\": \"$hash\"" boards/*/estimate.json 2> /dev/null | grep -v "^boards/$board/" | head -1 || true)
  if [[ $same ]]; then
    cp "$same" "boards/$board/estimate.json"
    "$heddle" build "$board" --estimate
    continue
  fi
  # Amounts of indexed parts show their constant bits first; Yosys's own mapping of them takes hours here.
  synthesis="synth_xilinx -family xcup -uram -noiopad -noclkbuf -nosrl -top heddle_kernel -run"
  cat > "$work/run.ys" << YS
read_verilog -sv -DSYNTHESIS $files
hierarchy -check -top heddle_kernel
$synthesis begin:fine
select -set indexed t:\$shift t:\$shiftx %u %m
techmap t:\$alu t:\$macc t:\$neg %u %u @indexed %i
opt_expr @indexed
opt_clean
techmap -map scripts/synthesis/shift.v
opt_expr -mux_undef t:\$mux
opt_clean
$synthesis fine:map_luts
opt_expr -mux_undef -noclkinv
abc -luts 2:2,3,6:5
clean
tee -q -o $work/stat.txt stat -top heddle_kernel
YS
  yosys -q -l "$work/yosys.log" "$work/run.ys" > /dev/null 2>&1 || { tail -20 "$work/yosys.log" >&2; exit 1; }
  [[ -z ${ESTIMATE_LOG:-} ]] || cp "$work/stat.txt" "$ESTIMATE_LOG"
  awk -v hash="$hash" -v config_hash="$config_hash" -v tool="$(yosys -V | cut -d' ' -f1,2), synth_xilinx -family xcup" '
    /^=== design hierarchy/ { total = 1; next }
    !total { next }
    $1 ~ /^(\$lut|LUT[1-6]|INV)$/ { luts += $2 }
    $1 ~ /^RAM(32M16|64M8)$/ { luts += 8 * $2 }
    $1 ~ /^RAM(32M|64M)$/ { luts += 4 * $2 }
    $1 ~ /^RAM[0-9]+X/ { other += $2 }
    $1 ~ /DFF/ { flops += $2; next }
    $1 == "DSP48E2" { dsps += $2 }
    $1 == "RAMB36E2" { bram += $2 }
    $1 == "RAMB18E2" { bram += $2 / 2 }
    $1 == "URAM288" { urams += $2 }
    $1 ~ /^(\$[a-z]|\$_D?LATCH)/ && $1 != "$lut" && $1 !~ /^\$paramod/ { odd = odd " " $1 }
    END {
      if (other || odd || !luts) { print "not counted:", other, odd > "/dev/stderr"; exit 1 }
      printf "{\n  \"hash\": \"%s\",\n  \"config_hash\": \"%s\",\n  \"tool\": \"%s\",\n", hash, config_hash, tool
      printf "  \"used\": {\"luts\": %d, \"flip_flops\": %d, \"dsps\": %d, \"bram36\": %.1f, \"urams\": %d}\n}\n",
             luts, flops, dsps, bram, urams
    }' "$work/stat.txt" > "$work/estimate.json"
  cp "$work/estimate.json" "boards/$board/estimate.json"
  "$heddle" build "$board" --estimate
done
