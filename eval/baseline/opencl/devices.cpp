#include "eval/baseline/opencl/devices.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace heddle::eval::opencl {
namespace {

std::vector<std::pair<cl::Platform, cl::Device>> ask() {
  std::vector<std::pair<cl::Platform, cl::Device>> found;
  std::vector<cl::Platform> platforms;
  try {
    cl::Platform::get(&platforms);
  } catch (const cl::Error&) {
    // CL_PLATFORM_NOT_FOUND_KHR: the loader found no driver.
  }
  for (const cl::Platform& platform : platforms) {
    std::vector<cl::Device> devices;
    try {
      platform.getDevices(CL_DEVICE_TYPE_ALL, &devices);
      for (const cl::Device& device : devices) {
        if (device.getInfo<CL_DEVICE_AVAILABLE>() != CL_FALSE) found.emplace_back(platform, device);
      }
    } catch (const cl::Error&) {
      continue;  // a driver without its device says CL_DEVICE_NOT_FOUND; the others are still of use
    }
  }
  return found;
}

/// The signal that ends a process which asks; 0 when it lives.
int fatal_signal() {
  const pid_t child = fork();
  if (child < 0) return 0;  // no process to spare: ask without it
  if (child == 0) {
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    ask();
    _exit(0);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

}  // namespace

Devices find_devices() {
  Devices devices;
  if (const int fatal = fatal_signal(); fatal != 0) {
    devices.absence = fmt::format(
        "an installed OpenCL driver ends the process that asks for its devices ({}): see what clinfo says; "
        "PoCL needs /sys, which a chroot has to mount",
        strsignal(fatal));
    return devices;
  }
  devices.found = ask();
  if (devices.found.empty()) {
    devices.absence =
        "no OpenCL device was found: install the vendor's OpenCL driver, or for the CPU Debian's "
        "pocl-opencl-icd";
  }
  return devices;
}

}  // namespace heddle::eval::opencl
