#!/usr/bin/env bash
# verilator --lint-only -Wall over the RTL kernel of AMD's boards: the generated top and the memories of boards/vitis.
# usage: lint_kernel.sh HEDDLE BOARD ...
set -euo pipefail
heddle=$1
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for board in "$@"; do
  "$heddle" build "$board" --sources --output "$work" > /dev/null
  verilator --lint-only -Wall --top-module heddle_kernel -f "$work/sources.f"
  echo "lint: the kernel of $board ok"
done
