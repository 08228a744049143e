#include "eval/baseline/opencl/backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "eval/baseline/opencl/devices.hpp"

namespace heddle::eval {
namespace opencl {
namespace {

// cl::Error says neither device nor workload.
template <typename Function>
auto guarded(const std::string& device, const Function& function) {
  try {
    return function();
  } catch (const cl::Error& error) {
    throw std::runtime_error(fmt::format("OpenCL device '{}': {}", device, error_text(error)));
  }
}

class OpenclPrepared : public Prepared {
 public:
  OpenclPrepared(Context& context, Plan plan, const Workload& workload, std::string device)
      : context_(context), plan_(std::move(plan)), workload_(workload), device_(std::move(device)) {}

  Timing run() override {
    return guarded(device_, [&] {
      std::vector<cl::Event> events(plan_.launches.size());
      const auto start = std::chrono::steady_clock::now();
      for (std::size_t i = 0; i < events.size(); ++i) {
        const Launch& launch = plan_.launches[i];
        context_.queue().enqueueNDRangeKernel(launch.kernel, cl::NullRange, launch.global, launch.local,
                                              nullptr, &events[i]);
      }
      context_.queue().finish();
      const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
      const cl_ulong first = events.front().getProfilingInfo<CL_PROFILING_COMMAND_START>();
      const cl_ulong last = events.back().getProfilingInfo<CL_PROFILING_COMMAND_END>();
      Timing timing;
      timing.wall_seconds = wall.count();
      if (last > first) timing.kernel_seconds = static_cast<double>(last - first) * 1e-9;
      return timing;
    });
  }

  void read(std::uint64_t offset, std::uint64_t count, double* into) override {
    guarded(device_, [&] {
      const std::size_t size = result_bytes(workload_.format);
      std::vector<std::byte> bytes(count * size);
      context_.queue().enqueueReadBuffer(plan_.result, CL_TRUE, offset * size, bytes.size(), bytes.data());
      unpack_results(bytes.data(), count, workload_.format, into);
      return 0;
    });
  }

  std::string implementation() const override { return plan_.implementation; }

 private:
  Context& context_;
  Plan plan_;
  Workload workload_;
  std::string device_;
};

std::string type_name(cl_device_type type) {
  if ((type & CL_DEVICE_TYPE_GPU) != 0) return "gpu";
  return (type & CL_DEVICE_TYPE_CPU) != 0 ? "cpu" : "accelerator";
}

class OpenclDevice : public Device {
 public:
  OpenclDevice(const cl::Platform& platform, const cl::Device& device) : device_(device) {
    description_ = {device.getInfo<CL_DEVICE_NAME>(),
                    device.getInfo<CL_DEVICE_VENDOR>(),
                    type_name(device.getInfo<CL_DEVICE_TYPE>()),
                    device.getInfo<CL_DRIVER_VERSION>(),
                    device.getInfo<CL_DEVICE_VERSION>(),
                    device.getInfo<CL_DEVICE_GLOBAL_MEM_SIZE>(),
                    device.getInfo<CL_DEVICE_MAX_COMPUTE_UNITS>(),
                    std::nullopt};
    const cl_uint megahertz = device.getInfo<CL_DEVICE_MAX_CLOCK_FREQUENCY>();
    if (megahertz != 0) description_.clock_hz = 1e6 * megahertz;
    software_ = {"opencl",
                 platform.getInfo<CL_PLATFORM_VERSION>(),
                 {{"platform", platform.getInfo<CL_PLATFORM_NAME>()},
                  {"opencl_c", device.getInfo<CL_DEVICE_OPENCL_C_VERSION>()},
                  {"heddle", HEDDLE_VERSION}},
                 kLabel};
  }

  DeviceDescription description() const override { return description_; }
  Software software() const override { return software_; }

  std::optional<std::string> refusal(const Workload& workload) const override {
    if (workload.format == Format::kBf16)
      return "OpenCL C has no bf16; the script of --emit torch measures it";
    const bool stream =
        workload.workload_class == WorkloadClass::kCopy || workload.workload_class == WorkloadClass::kTriad;
    const std::uint64_t longest = *std::max_element(workload.shape.begin(), workload.shape.end());
    if (!stream && longest >= 1ull << 31) return "a size is 2^31 or more, which the kernels do not count to";
    const std::uint64_t buffer = largest_buffer(workload),
                        most = device_.getInfo<CL_DEVICE_MAX_MEM_ALLOC_SIZE>();
    if (buffer > most)
      return fmt::format("a buffer of {} bytes is more than the device allocates: {}", buffer, most);
    if (bytes(workload) > static_cast<double>(*description_.memory_bytes)) {
      return fmt::format("{} bytes are more than the device's memory: {}", bytes(workload),
                         *description_.memory_bytes);
    }
    const std::uint64_t local = local_memory(workload), has = device_.getInfo<CL_DEVICE_LOCAL_MEM_SIZE>();
    if (local > has)
      return fmt::format("{} bytes of local memory are more than the device has: {}", local, has);
    return std::nullopt;
  }

  std::unique_ptr<Prepared> prepare(const Workload& workload, const Operands& operands) override {
    return guarded(description_.name, [&]() -> std::unique_ptr<Prepared> {
      if (!context_) context_ = std::make_unique<Context>(device_);
      return std::make_unique<OpenclPrepared>(*context_, make_plan(*context_, workload, operands), workload,
                                              description_.name);
    });
  }

 private:
  cl::Device device_;
  DeviceDescription description_;
  Software software_;
  std::unique_ptr<Context> context_;  // made when first needed: listing devices stays quick
};

}  // namespace
}  // namespace opencl

Backend opencl_backend() {
  Backend backend;
  backend.name = "OpenCL";
  backend.built = true;
  const opencl::Devices devices = opencl::find_devices();
  for (const auto& [platform, device] : devices.found) {
    backend.devices.push_back(std::make_unique<opencl::OpenclDevice>(platform, device));
  }
  backend.absence = devices.absence;
  return backend;
}

}  // namespace heddle::eval
