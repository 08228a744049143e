#!/usr/bin/env bash
# Builds with the address and undefined-behaviour sanitizers and runs what faces files that may lie: importers,
# tokenizers, compiled files, configurations, the command line's errors.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh build test
tests="isa_test graph_files_test graph_ir_test graph_corruption_test quantize_test runtime_tokenizer_errors cli_errors"
cmake -S . -B build-sanitize -G Ninja -DBUILD_TESTING=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo -DHEDDLE_SANITIZE=ON \
  -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1" >/dev/null
# shellcheck disable=SC2086
cmake --build build-sanitize --target $tests
exec ctest --test-dir build-sanitize --output-on-failure -j2 -R "^($(tr ' ' '|' <<<"$tests"))\$"
