#!/usr/bin/env bash
# The golden model's unit tests (instructions, and every error code with its program counter and the restart
# after it) on the RTL's device libraries. What only the golden model does, ModelTest, is left out.
# usage: units_on_rtl.sh BIN_DIRECTORY CONFIG ...
set -euo pipefail
bin=$1
shift
libraries=$(mktemp -d)
trap 'rm -rf "$libraries"' EXIT
for config in "$@"; do
  ln -s "$("$bin/heddle_device_library" rtl "$config")" "$libraries/$(basename "$config" .json).so"
done
HEDDLE_LIBRARY_PREFIX="$libraries/" "$bin/hls_test" --gtest_filter='-*ModelTest*' --gtest_brief=1
