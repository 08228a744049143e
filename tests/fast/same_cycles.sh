#!/usr/bin/env bash
# The fast model against the RTL on one configuration: random programs, whole and damaged, on ideal memory and on
# DRAM with refresh; then, where MODELs are given, whole runs of them and every bench that the RTL can run: gemm,
# decode (batch 1 and more), attention (masked and not), layer, stream. (bench model has no results, so no RTL; its
# programs are those of the runs.) What does not fit on the configuration is left out, and named.
# Every counter of every run and, of random programs, every event must be equal.
# usage: same_cycles.sh BIN_DIRECTORY CONFIG SEED COUNT [MODEL:TOKENS ...]
set -euo pipefail
bin=$1 config=$2 seed=$3 count=$4
shift 4
rtl=$("$bin/heddle_device_library" rtl "$config")
"$bin/heddle_compare_cycles" --rtl "$rtl" --config "$config" --seed "$seed" --count "$count"
"$bin/heddle_compare_cycles" --rtl "$rtl" --config "$config" --seed "$seed" --count "$count" --damage
[ $# -gt 0 ] || exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Everything of a result but its wall time and how it was asked for.
measured() {
  grep -v -e wall_seconds -e per_second -e '"target"' "$1" | sed '/"provenance"/,$d'
}

compare() {  # name, then a subcommand that takes --target and --json
  local name=$1 refused=0
  shift
  for target in rtl fast; do
    "$bin/heddle" "$@" --config "$config" --target "$target" --json "$work/$target.json" > /dev/null 2> "$work/$target.err" ||
      refused=$((refused + 1))
  done
  if [ "$refused" = 2 ] && grep -q -e enlarge -e "does not fit" "$work/rtl.err" && cmp -s "$work/rtl.err" "$work/fast.err"; then
    echo "$config: $name: left out, since it does not fit"
    return
  fi
  [ "$refused" = 0 ] || { cat "$work/rtl.err" "$work/fast.err"; echo "$config: $name: a run failed"; exit 1; }
  for target in rtl fast; do measured "$work/$target.json" > "$work/$target.txt"; done
  diff "$work/rtl.txt" "$work/fast.txt" || { echo "$config: $name: rtl and fast differ"; exit 1; }
  echo "$config: $name: every counter agrees ($(grep -m1 '"cycles"' "$work/fast.json" | tr -dc 0-9) cycles)"
}

for model in "$@"; do
  tokens=${model##*:} path=${model%:*}
  [ -d "$path" ] || { echo "left out: $path is absent"; continue; }
  compare "$(basename "$path"), $tokens tokens" run "$path" --prompt "Once upon a time" --tokens "$tokens"
done
own=$(dirname "$(cd "$(dirname "$0")/../.." && pwd)"/models/*/config.json)/config.json
compare "gemm" bench gemm --m 128 --n 256 --k 256
compare "gemm, sizes beside the tiles" bench gemm --m 65 --n 130 --k 67
compare "decode" bench decode --model smollm2-135m --context 257
compare "decode of a small model" bench decode --model "$own" --context 57 --layers 2
compare "decode of a small model, batch of 3" bench decode --model "$own" --context 130 --batch 3
compare "decode, batch of 4" bench decode --model smollm2-135m --context 65 --batch 4
compare "attention" bench attention --heads 2 --kv-heads 2 --sequence 96
compare "attention, masked" bench attention --heads 2 --kv-heads 1 --sequence 150 --causal
compare "attention, small heads" bench attention --heads 2 --kv-heads 2 --head-dim 16 --sequence 96
compare "attention, small heads, masked" bench attention --heads 2 --kv-heads 1 --head-dim 32 --sequence 50 --causal
compare "layer" bench layer --model gpt2 --sequence 64
compare "layer of a small model" bench layer --model "$own" --sequence 24
compare "layer of a small model, rows in chunks" bench layer --model "$own" --sequence 200
compare "stream" bench stream --bytes 1000000
