#!/usr/bin/env bash
# A whole language model on one configuration: the RTL gives the ids of HLS and leaves the same bytes in memory,
# whatever the memory's latency and stalls; on edge a decoded token of stories260K stays within 30,000 cycles.
# usage: same_on_both.sh HEDDLE MODEL CONFIG TOKENS
set -euo pipefail
heddle=$1 model=$2 config=$3 tokens=$4
[ -d "$model" ] || { echo "skipped: $model is absent"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

run() {  # name, options
  local name=$1
  shift
  "$heddle" run "$model" --config "$config" --prompt "Once upon a time" --tokens "$tokens" --json "$work/$name.json" \
    --dump-memory "$work/$name.bytes" "$@" > "$work/$name.text"
  tr -d ' \n' < "$work/$name.json" | grep -o '"tokens":\[[0-9,]*\]' | head -1 > "$work/$name.ids"
}

run hls --target hls
run rtl --target rtl
run stalled --target rtl --memory-latency 3 --stalls 200 --stall-seed 7
[ -s "$work/hls.ids" ]
for other in rtl stalled; do
  cmp "$work/hls.ids" "$work/$other.ids"
  cmp "$work/hls.bytes" "$work/$other.bytes"
done
cycles=$(tr -d ' \n' < "$work/rtl.json" | grep -o '"decode":{[^}]*' | grep -o '"cycles":[0-9]*' | grep -o '[0-9]*')
echo "$config: $(cat "$work/rtl.ids" | tr -cd , | wc -c) ids and $(stat -c %s "$work/rtl.bytes") bytes agree; decode $cycles cycles"
if [ "$config" = edge ] && [ "$(basename "$model")" = stories260K ]; then
  [ "$cycles" -le $((30000 * (tokens - 1))) ]
fi
