#!/usr/bin/env bash
# clang-format over the C++ sources. usage: scripts/format.sh [--check]
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$(command -v clang-format-14 || command -v clang-format)
if [ "${1:-}" = --check ]; then
  git ls-files '*.cpp' '*.hpp' '*.h' | xargs "$tool" --dry-run --Werror
  echo "format: ok"
else
  git ls-files '*.cpp' '*.hpp' '*.h' | xargs "$tool" -i
fi
