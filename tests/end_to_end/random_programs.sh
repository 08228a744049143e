#!/usr/bin/env bash
# Random legal programs on HLS and RTL side by side; the first difference stops with what is needed to replay it.
# usage: random_programs.sh BIN_DIRECTORY CONFIG SEED COUNT
set -euo pipefail
bin=$1 config=$2 seed=$3 count=$4
hls=$("$bin/heddle_device_library" hls "$config")
rtl=$("$bin/heddle_device_library" rtl "$config")
exec "$bin/heddle_random_programs" --hls "$hls" --rtl "$rtl" --config "$config" --seed "$seed" --count "$count"
