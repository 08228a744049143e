#!/usr/bin/env bash
# Simulation speed of the whole core beside that of the bare array, in one run: array, core, array, core, ...
# usage: bench/simulation_speed/run.sh [CONFIG] [MODEL]   (default: edge, the project's own model)
set -euo pipefail
cd "$(dirname "$0")/../.."
config=${1:-edge}
model=${2:-$(dirname models/*/config.json)}
rounds=${ROUNDS:-3}
build=${BUILD:-build}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$build/bin/heddle_generate" config "$config" "$work"
# The same flags as sim/library/build.cpp uses for the core.
verilator --cc --exe --build --top-module heddle_array --prefix Vheddle_array --Mdir "$work/obj" -O3 --x-assign fast \
  --x-initial unique --noassert -Wno-fatal -Wno-lint -Wno-style \
  -CFLAGS "-std=c++20 -march=native -I$work" -MAKEFLAGS "OPT_FAST=-O3" \
  rtl/pkg/heddle_isa_pkg.sv "$work/heddle_config_pkg.sv" $(grep -v '^[#/]' rtl/array/array.f | grep -E 'heddle_array') \
  "$PWD/bench/simulation_speed/bare_array.cpp" -o bare_array >"$work/log" 2>&1 || { tail -20 "$work/log" >&2; exit 1; }

for _ in $(seq "$rounds"); do
  "$work/obj/bare_array" 300000 | tee -a "$work/array"
  "$build/bin/heddle" run "$model" --config "$config" --target rtl --prompt "Once upon a time" --tokens 16 \
    --json "$work/run.json" >/dev/null
  grep -oE '"simulated_cycles_per_second": *[0-9.e+]+' "$work/run.json" | grep -oE '[0-9.e+]+$' | tee -a "$work/core"
done
awk -v config="$config" '
  FILENAME ~ /array$/ { array[++a] = $3 } FILENAME ~ /core$/ { core[++c] = $1 }
  function median(v, n,   i, j, t) { for (i = 1; i <= n; i++) for (j = i + 1; j <= n; j++) if (v[j] < v[i]) { t = v[i]; v[i] = v[j]; v[j] = t } return v[int((n + 1) / 2)] }
  END { x = median(array, a); y = median(core, c); printf "%s: bare array %.0f cycles/s, whole core %.0f cycles/s, ratio %.3f\n", config, x, y, y / x }
' "$work/array" "$work/core"
