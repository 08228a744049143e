#!/usr/bin/env bash
# What quantisation costs, on at least 6,000 tokens: perplexity within 1% of the float reference, divergence of
# the next-token distributions at most 0.01 nats, the same most likely token in 95% of places.
# usage: perplexity.sh HEDDLE MODEL TEXT
set -euo pipefail
heddle=$1 model=$2 text=$3
[ -d "$model" ] || { echo "skipped: $model is absent"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$heddle" perplexity "$model" --text "$text" --target hls --json "$work/result.json"
value() { grep -oE "\"$1\": *[0-9.e+-]+" "$work/result.json" | head -1 | sed 's/.*: *//'; }
awk -v tokens="$(value tokens)" -v measured="$(value perplexity)" -v reference="$(value reference_perplexity)" \
  -v divergence="$(value divergence)" -v agreement="$(value top1_agreement)" 'BEGIN {
    change = measured / reference - 1
    ok = tokens >= 6000 && change < 0.01 && change > -0.01 && divergence <= 0.01 && agreement >= 0.95
    printf "%d tokens, perplexity %.4f against %.4f, divergence %.5f, agreement %.4f: %s\n", tokens, measured, reference, divergence, agreement, ok ? "ok" : "too far"
    exit !ok
  }'
