#!/usr/bin/env bash
# The first command: installs what is missing, builds, and lets the RTL tell a story.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/install_packages.sh build
cmake -S . -B build -G Ninja -DBUILD_TESTING=OFF >/dev/null
cmake --build build
exec build/bin/heddle run models/austen-1.5m --config edge --target rtl --prompt "The morning was fine, and Emma" --tokens 72 \
  --temperature 0.7 --top-p 0.9 --seed 2
