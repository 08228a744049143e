#!/usr/bin/env bash
# Installs the Debian packages that heddle needs, only those that are missing.
# usage: scripts/install_packages.sh [build] [test] [board]   (default: build)
set -euo pipefail

build="g++ libonnx-dev libprotobuf-dev protobuf-compiler make cmake ninja-build pkg-config verilator libfmt-dev nlohmann-json3-dev libcli11-dev libpcre2-dev zlib1g-dev ocl-icd-opencl-dev libsystemc-dev libxrt-dev uuid-dev unzip"
test="clang clinfo libonnx-testdata libgtest-dev chromium yosys nextpnr-ice40 fpga-icestorm openfpgaloader clang-format-14 git pocl-opencl-icd"
board="yosys nextpnr-ice40 fpga-icestorm openfpgaloader"

wanted=""
for group in "${@:-build}"; do
  case "$group" in
    build) wanted="$wanted $build" ;;
    test) wanted="$wanted $test" ;;
    board) wanted="$wanted $board" ;;
    *) echo "install_packages.sh: unknown group '$group' (build, test, board)" >&2; exit 2 ;;
  esac
done

missing=""
for package in $wanted; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -z "$missing" ] && exit 0

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install_packages.sh: as root, run: apt-get install$missing" >&2; exit 1; }
  as_root="sudo"
fi
echo "installing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -qq update
# shellcheck disable=SC2086
$as_root apt-get -qq install -y --no-install-recommends $missing >/dev/null
