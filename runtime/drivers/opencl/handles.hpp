// OpenCL's objects with an end of life, and its errors as exceptions.
#pragma once
#include <CL/cl.h>
#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "runtime/device/device.hpp"

namespace heddle::runtime {

inline void check_opencl(cl_int error, const char* call) {
  if (error != CL_SUCCESS) throw DeviceError(fmt::format("OpenCL: {} fails with error {}", call, error));
}

template <typename Object, cl_int (*Release)(Object)>
class OpenClHandle {
 public:
  explicit OpenClHandle(Object object = nullptr) : object_(object) {}
  OpenClHandle(OpenClHandle&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  OpenClHandle& operator=(OpenClHandle&& other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~OpenClHandle() {
    if (object_ != nullptr) Release(object_);
  }
  Object get() const { return object_; }

 private:
  Object object_;
};

/// A text property; Get is clGetPlatformInfo or clGetDeviceInfo.
template <typename Get, typename Object>
std::string opencl_text(Get get, Object object, cl_uint property) {
  std::size_t size = 0;
  if (get(object, property, 0, nullptr, &size) != CL_SUCCESS) return {};
  std::string text(size, '\0');
  if (get(object, property, size, text.data(), nullptr) != CL_SUCCESS) return {};
  return text.substr(0, text.find('\0'));
}

inline std::vector<cl_platform_id> opencl_platforms() {
  cl_uint count = 0;
  if (clGetPlatformIDs(0, nullptr, &count) != CL_SUCCESS) return {};  // no vendor at all
  std::vector<cl_platform_id> platforms(count);
  if (count != 0) check_opencl(clGetPlatformIDs(count, platforms.data(), nullptr), "clGetPlatformIDs");
  return platforms;
}

inline std::vector<cl_device_id> opencl_devices(cl_platform_id platform) {
  cl_uint count = 0;
  if (clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, 0, nullptr, &count) != CL_SUCCESS) return {};
  std::vector<cl_device_id> devices(count);
  if (count == 0) return {};
  check_opencl(clGetDeviceIDs(platform, CL_DEVICE_TYPE_ALL, count, devices.data(), nullptr),
               "clGetDeviceIDs");
  return devices;
}

}  // namespace heddle::runtime
