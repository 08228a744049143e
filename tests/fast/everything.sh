#!/usr/bin/env bash
# The fast model against the RTL on everything: each configuration on 1,000 random programs, whole and damaged, on
# whole runs of the project's own model and of stories260K, and on every bench. One configuration is no named one.
# Prints each comparison; the last line says whether anything differs.
# usage: everything.sh BIN_DIRECTORY [COUNT [CONFIG ...]]   (default: 1000 programs; tiny, edge, core and an 8x32 array)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
bin=$1 count=${2:-1000}
shift $(($# < 2 ? $# : 2))
[ $# -gt 0 ] || set -- tiny edge core "$root/tests/configs/rect.json"
shared=${HEDDLE_SHARED:-$root/../shared}
own=$(dirname "$root"/models/*/config.json)
stories=$(find "$shared/models" -maxdepth 1 -name 'stories260K*' 2> /dev/null | head -1 || true)  # absent in a clone

for config in "$@"; do
  echo "== $config"
  "$here/same_cycles.sh" "$bin" "$config" 1 "$count" "$own:64" "${stories:-$shared/models/stories260K}:64"
done
echo "fast and rtl: zero differences"
