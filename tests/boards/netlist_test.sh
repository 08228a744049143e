#!/bin/sh
# Random programs on the netlist of a built board: every byte of memory as the golden model leaves it.
# usage: tests/boards/netlist_test.sh FOLDER synthesized|routed BOARD_TEST PROGRAMS [FILTER]
#   FOLDER: of `heddle build icebreaker`. BOARD_TEST: the program board_test. PROGRAMS: how many of each kind.
set -eu
[ $# -ge 4 ] || { sed -n 3,4p "$0" >&2; exit 2; }
"$(dirname "$0")/../../sim/board/netlist.sh" "$1" "$2" "$1/board_$2"
HEDDLE_BOARD=$(cd "$1" && pwd)/board_$2 HEDDLE_BOARD_PROGRAMS=$4 "$3" --gtest_filter="${5:-Board.*Programs*}"
