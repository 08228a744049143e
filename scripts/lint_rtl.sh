#!/usr/bin/env bash
# verilator --lint-only -Wall over the whole RTL, for each configuration.
# usage: scripts/lint_rtl.sh GENERATE_PROGRAM [CONFIG ...]   (default: the pinned ones and tests/configs/*.json)
set -euo pipefail
cd "$(dirname "$0")/.."
generate=$1
shift
configs=("$@")
[ ${#configs[@]} -gt 0 ] || configs=(tiny edge core server tests/configs/*.json)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for config in "${configs[@]}"; do
  "$generate" config "$config" "$work"
  verilator --lint-only -Wall --top-module heddle_top "$work/heddle_config_pkg.sv" -f rtl/heddle.f
  echo "lint: $config ok"
done
