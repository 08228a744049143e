#!/usr/bin/env bash
# A prefill of which samples are simulated beside the same one simulated whole: cycles within 0.25%, what does not
# depend on the time of the memory equal.
# usage: sampled_prefill.sh HEDDLE MODEL CONFIG TOKENS
set -euo pipefail
heddle=$1 model=$2 config=$3 tokens=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bench() { "$heddle" bench model "$model" --config "$config" --phase prefill --sequence "$tokens" "$@" > /dev/null; }
counter() { grep -m1 "\"$2\"" "$work/$1.json" | tr -dc 0-9; }
bench --json "$work/whole.json"
bench --json "$work/sampled.json" --sample

for name in macs load_bytes store_bytes scalar_instructions matrix_busy vector_busy; do
  [ "$(counter whole $name)" = "$(counter sampled $name)" ] || { echo "$name differs"; exit 1; }
done
awk -v whole="$(counter whole cycles)" -v sampled="$(counter sampled cycles)" -v what="$model, $tokens tokens, $config" \
  'BEGIN { error = 100 * (sampled / whole - 1)
           printf "%s: whole %d cycles, sampled %d: %+.3f%%\n", what, whole, sampled, error
           exit error > 0.25 || error < -0.25 }'
