#!/usr/bin/env bash
# The second command: installs what is missing, builds, and runs the tests.
# usage: scripts/test.sh [ctest options], e.g. scripts/test.sh -L quick
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh build test
cmake -S . -B build -G Ninja -DBUILD_TESTING=ON >/dev/null
cmake --build build
exec ctest --test-dir build --output-on-failure -j2 "$@"
