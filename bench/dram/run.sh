#!/usr/bin/env bash
# Cost of the memory model in host nanoseconds per DRAM burst, stream and random, and each preset's share of its
# pins' rate for a stream of reads.
# usage: bench/dram/run.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${CXX:-g++}" -std=c++20 -O3 -I. -DHEDDLE_SOURCE_DIR="\"$PWD\"" bench/dram/speed.cpp sim/dram/timing.cpp \
  sim/dram/timing_file.cpp isa/data_directory.cpp -lfmt -o "$work/speed"
"$work/speed"
