#!/usr/bin/env bash
# Speed of the fast model, timing only, beside the RTL in one run: a layer of BERT-base. The least time of the rounds
# counts for each, since others on the machine can only add to it; the median stands beside it. Rounds of the fast model
# are a second apart, half of them before the RTL and half behind it: a core may be slow for seconds at a time.
# usage: bench/fast_model/run.sh [CONFIG] [SEQUENCE]   (default: edge, 512; ROUNDS: of the fast model, 10; RTL_ROUNDS: 1; 0 leaves it out)
set -euo pipefail
cd "$(dirname "$0")/../.."
config=${1:-edge} sequence=${2:-512}
rounds=${ROUNDS:-10} rtl_rounds=${RTL_ROUNDS:-1}
build=${BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

field() { grep -m1 "\"$1\"" "$work/run.json" | grep -oE '[0-9.e+-]+,?$' | tr -d ,; }
run() {  # target, options
  "$build/bin/heddle" bench layer --model bert-base --sequence "$sequence" --config "$config" --target "$@" \
    --json "$work/run.json" > /dev/null
  echo "$(field cycles) $(field dram_bytes) $(field wall_seconds)" >> "$work/$1"
}

for ((i = 0; i < rounds; ++i)); do
  ((i != rounds / 2)) || for ((r = 0; r < rtl_rounds; ++r)); do run rtl; done
  run fast --timing-only
  sleep 1
done
touch "$work/rtl"
awk -v config="$config" -v rows="$sequence" '
  FILENAME ~ /fast$/ { cycles = $1; bytes = $2; time[++n] = $3 }
  FILENAME ~ /rtl$/ { if ($1 != cycles) { print "rtl has " $1 " cycles, fast " cycles; bad = 1 } if (!rtl || $3 < rtl) rtl = $3 }
  END {
    for (i = 1; i <= n; ++i) for (j = i + 1; j <= n; ++j) if (time[j] < time[i]) { t = time[i]; time[i] = time[j]; time[j] = t }
    fast = time[1]; median = time[int((n + 1) / 2)]
    printf "%s, %d rows: %d cycles, fast %.1f M cycles/s, %.1f ns for 64 bytes of memory\n", config, rows, cycles, cycles / fast / 1e6, fast * 1e9 / (bytes / 64)
    if (rtl) printf "rtl %.3f M cycles/s: fast is %.0f times as fast (its median round %.0f times)\n", cycles / rtl / 1e6, rtl / fast, rtl / median
    exit bad
  }' "$work/fast" "$work/rtl"
