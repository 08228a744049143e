# Cross build of the host program for boards with an aarch64 processor (KV260, ZCU104), on Debian 12:
#
#   cmake -S . -B build-aarch64 -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake -DBUILD_TESTING=OFF
#
# Packages: g++-aarch64-linux-gnu, qemu-user-static (the build runs its generator), and the libraries for arm64, found
# in the system or under HEDDLE_AARCH64_ROOT, a folder into which their packages were unpacked.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64-static;-L;/usr/aarch64-linux-gnu)

set(HEDDLE_AARCH64_ROOT "" CACHE PATH "folder with unpacked arm64 packages")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES HEDDLE_AARCH64_ROOT)
if(HEDDLE_AARCH64_ROOT)
  list(APPEND CMAKE_FIND_ROOT_PATH ${HEDDLE_AARCH64_ROOT}/usr ${HEDDLE_AARCH64_ROOT})
  list(APPEND CMAKE_CROSSCOMPILING_EMULATOR -E LD_LIBRARY_PATH=${HEDDLE_AARCH64_ROOT}/usr/lib/aarch64-linux-gnu:${HEDDLE_AARCH64_ROOT}/lib/aarch64-linux-gnu)
endif()
list(APPEND CMAKE_FIND_ROOT_PATH /usr/aarch64-linux-gnu /usr)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
# pkg-config must not find this computer's own libraries.
set(ENV{PKG_CONFIG_LIBDIR} ${HEDDLE_AARCH64_ROOT}/usr/lib/aarch64-linux-gnu/pkgconfig)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${HEDDLE_AARCH64_ROOT})
