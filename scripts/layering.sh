#!/usr/bin/env bash
# Compares every #include "room/..." with the table of rooms in docs/architecture.md: who may import whom.
set -uo pipefail
cd "$(dirname "$0")/.."

# room: rooms that it may include besides itself
declare -A allowed=(
  [isa]=""
  [compiler/graph]=""
  [compiler/tiles]="compiler/graph isa"
  [compiler/emit]="compiler/tiles compiler/graph isa"
  [hls]="isa"
  [sim]="isa"
  [runtime/device]="isa"
  [runtime/drivers]="runtime/device isa sim hls"
  [runtime/host]="runtime/device isa"
  [runtime/capi]="runtime/host runtime/drivers runtime/device isa"
  [eval]="runtime/host runtime/device sim isa"
  [cli]="eval runtime/host runtime/drivers runtime/device compiler/emit compiler/tiles compiler/graph sim isa"
)

room_of() {  # longest room that is a prefix of the path
  local best=""
  for room in "${!allowed[@]}"; do
    case "$1" in "$room"/*) [ ${#room} -gt ${#best} ] && best=$room ;; esac
  done
  printf '%s' "$best"
}

bad=0
while IFS=: read -r file line text; do
  from=$(room_of "$file")
  [ -n "$from" ] || continue
  included=$(sed -E 's/.*#include "([^"]+)".*/\1/' <<<"$text")
  case "$included" in */*) ;; *) continue ;; esac  # generated headers have no room
  case "$included" in
    tests/* | boards/*) echo "$file:$line: nobody imports $included"; bad=1; continue ;;
  esac
  ok=0
  for room in "$from" ${allowed[$from]}; do
    case "$included" in "$room"/*) ok=1 ;; esac
  done
  if [ $ok -eq 0 ]; then
    echo "$file:$line: room $from may not include $included"
    bad=1
  fi
done < <(grep -rnE '^#include "' --include='*.hpp' --include='*.h' --include='*.cpp' isa compiler hls sim runtime eval cli 2>/dev/null)
[ $bad -eq 0 ] && echo "layering: ok"
exit $bad
