#!/usr/bin/env bash
# An install works from where it lies: an outside CMake project finds the package, links and runs, through a simulator
# and through the Xilinx Runtime; so does a program built with pkg-config.
# usage: install.sh SOURCE BUILD
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" > "$work/install.log"
cmake -S "$source/examples/cmake_package" -B "$work/build" -DCMAKE_PREFIX_PATH="$work/prefix" > "$work/configure.log"
cmake --build "$work/build" > "$work/build.log"
"$work/prefix/bin/heddle" compile "$source/models/austen-1.5m" --config tiny --context 64 -o "$work/model.image" > "$work/compile.log"
cd /
expected=$("$work/build/generate" "$work/model.image" tiny hls 4 1422 364 2> "$work/counters")
[ -n "$expected" ]
grep -q '^macs' "$work/counters"

library=$(dirname "$(find "$work/prefix" -name libheddle.so)")
PKG_CONFIG_PATH=$library/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046
"${CC:-cc}" "$source/examples/cmake_package/generate.c" $(pkg-config --cflags --libs heddle) -o "$work/generate"
[ "$(LD_LIBRARY_PATH=$library "$work/generate" "$work/model.image" tiny hls 4 1422 364 2>/dev/null)" = "$expected" ]

"$work/prefix/bin/heddle" devices > "$work/devices"
for target in rtl xrt opencl; do
  grep -q "^$target *yes" "$work/devices" || { echo "without $target, which is not available"; continue; }
  [ "$("$work/build/generate" "$work/model.image" tiny $target 4 1422 364 2>/dev/null)" = "$expected" ]
done
echo "installed, found, linked and run: $expected"
