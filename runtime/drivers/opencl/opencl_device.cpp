#include "runtime/drivers/opencl/opencl_device.hpp"

#include <CL/cl_ext_xilinx.h>

#include <fstream>
#include <iterator>

#include "isa/instruction.hpp"
#include "isa/status.hpp"
#include "runtime/drivers/opencl/handles.hpp"
#include "runtime/drivers/xrt/board_memory.hpp"
#include "sim/emulation/kernel.hpp"
#include "sim/emulation/xclbin.hpp"

namespace heddle::runtime {
namespace {

namespace kernel_abi = sim::emulation;

using Context = OpenClHandle<cl_context, clReleaseContext>;
using Queue = OpenClHandle<cl_command_queue, clReleaseCommandQueue>;
using Program = OpenClHandle<cl_program, clReleaseProgram>;
using Kernel = OpenClHandle<cl_kernel, clReleaseKernel>;
using Buffer = OpenClHandle<cl_mem, clReleaseMemObject>;
using Event = OpenClHandle<cl_event, clReleaseEvent>;

constexpr const char* kPlatform = "Xilinx";  // of XRT's library

std::vector<unsigned char> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<unsigned char> bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  if (bytes.empty()) throw DeviceError(fmt::format("{}: cannot be read", path));
  return bytes;
}

class OpenClDeviceDriver : public Device {
 public:
  OpenClDeviceDriver(unsigned index, const std::string& xclbin, const isa::NamedConfig& config)
      : memory_(*this) {
    find_device(index);
    load(xclbin);
    info_.driver = "opencl";
    info_.name = opencl_text(clGetDeviceInfo, device_, CL_DEVICE_NAME);
    info_.config = config.config;
    info_.memory_bytes = config.config.memory_bytes;
    check_accelerator(xclbin, config);
  }

  const DeviceInfo& info() const override { return info_; }

  std::uint64_t allocate(std::uint64_t bytes) override {
    if (bytes > info_.memory_bytes) {
      throw DeviceError(
          fmt::format("{} bytes do not fit the device's memory of {} bytes", bytes, info_.memory_bytes));
    }
    // In the bank that the kernel's memory port reaches.
    cl_mem_ext_ptr_t place = {};
    place.argidx = kernel_abi::kKernelMemory;
    place.kernel = kernel_.get();
    cl_int error = CL_SUCCESS;
    Buffer buffer(
        clCreateBuffer(context_.get(), CL_MEM_READ_WRITE | CL_MEM_EXT_PTR_XILINX, bytes, &place, &error));
    const cl_mem object = buffer.get();
    // On the device from now on, so that reads and writes go there.
    if (error == CL_SUCCESS) {
      error = clEnqueueMigrateMemObjects(queue_.get(), 1, &object, CL_MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED, 0,
                                         nullptr, nullptr);
    }
    if (error == CL_SUCCESS) error = clFinish(queue_.get());
    std::uint64_t address = 0;
    if (error == CL_SUCCESS) error = address_of_(object, device_, sizeof address, &address);
    if (error != CL_SUCCESS) {
      throw DeviceError(
          fmt::format("{} bytes do not fit the device's memory: OpenCL error {}", bytes, error));
    }
    memory_.add(address, bytes, std::move(buffer));
    return address;
  }
  void release(std::uint64_t address) override { memory_.release(address); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    memory_.write(address, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override { memory_.read(address, bytes); }

  void start(const isa::StartArguments& arguments) override {
    memory_.prepare(arguments);
    record_ = arguments.record;
    const Buffer* any = memory_.any_buffer();
    if (any == nullptr) throw DeviceError("start: nothing is allocated, so there is no program");
    set(kernel_abi::kKernelMemory, any->get());  // the one pointer tells the bank; any buffer there does
    set(kernel_abi::kKernelProgram, arguments.program);
    set(kernel_abi::kKernelRecord, arguments.record);
    set(kernel_abi::kKernelWatchdog, arguments.watchdog);
    for (int i = 0; i < isa::kWindows; ++i) {
      set(kernel_abi::kKernelWindow + 2 * i, arguments.window_base[i]);
      set(kernel_abi::kKernelWindow + 2 * i + 1, arguments.window_size[i]);
    }
    for (int i = 0; i < isa::kArguments; ++i) set(kernel_abi::kKernelArgument + i, arguments.argument[i]);
    cl_event event = nullptr;
    check_opencl(clEnqueueTask(queue_.get(), kernel_.get(), 0, nullptr, &event), "clEnqueueTask");
    run_ = Event(event);
    // No clFlush: XRT submits a task at once, and its clFlush waits until the queue is empty.
  }

  isa::CompletionRecord wait() override {
    const cl_event event = run_.get();
    check_opencl(clWaitForEvents(1, &event), "clWaitForEvents");
    run_ = Event();
    isa::CompletionRecord record;
    if (memory_.read_record(record_, &record)) return record;
    throw DeviceError(
        "the run ended without a record: it lies in no window that may be written, or the run was cut short; "
        "OpenCL cannot read the registers that would tell (target xrt can)");
  }

  // For BoardMemory.
  void copy_in(Buffer& buffer, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    check_opencl(clEnqueueWriteBuffer(queue_.get(), buffer.get(), CL_TRUE, offset, bytes.size(), bytes.data(),
                                      0, nullptr, nullptr),
                 "clEnqueueWriteBuffer");
  }
  void copy_out(Buffer& buffer, std::uint64_t offset, std::span<std::uint8_t> bytes) {
    check_opencl(clEnqueueReadBuffer(queue_.get(), buffer.get(), CL_TRUE, offset, bytes.size(), bytes.data(),
                                     0, nullptr, nullptr),
                 "clEnqueueReadBuffer");
  }

 private:
  void find_device(unsigned index) {
    for (cl_platform_id platform : opencl_platforms()) {
      if (opencl_text(clGetPlatformInfo, platform, CL_PLATFORM_NAME) != kPlatform) continue;
      const std::vector<cl_device_id> devices = opencl_devices(platform);
      if (index >= devices.size()) {
        throw DeviceError(fmt::format("there is no device {}: OpenCL's platform {} has {}", index, kPlatform,
                                      devices.size()));
      }
      device_ = devices[index];
      address_of_ = reinterpret_cast<decltype(address_of_)>(
          clGetExtensionFunctionAddressForPlatform(platform, "xclGetMemObjDeviceAddress"));
      if (address_of_ == nullptr) throw DeviceError("XRT's OpenCL has no xclGetMemObjDeviceAddress");
      return;
    }
    throw DeviceError(fmt::format(
        "OpenCL's loader knows no platform {}: is XRT's library named in /etc/OpenCL/vendors?", kPlatform));
  }

  void load(const std::string& xclbin) {
    cl_int error = CL_SUCCESS;
    context_ = Context(clCreateContext(nullptr, 1, &device_, nullptr, nullptr, &error));
    check_opencl(error, "clCreateContext");
    queue_ = Queue(clCreateCommandQueue(context_.get(), device_, 0, &error));
    check_opencl(error, "clCreateCommandQueue");
    const std::vector<unsigned char> bytes = read_file(xclbin);
    const unsigned char* start = bytes.data();
    const std::size_t size = bytes.size();
    program_ =
        Program(clCreateProgramWithBinary(context_.get(), 1, &device_, &size, &start, nullptr, &error));
    check_opencl(error, "clCreateProgramWithBinary");
    check_opencl(clBuildProgram(program_.get(), 1, &device_, nullptr, nullptr, nullptr), "clBuildProgram");
    kernel_ = Kernel(clCreateKernel(program_.get(), kernel_abi::kKernelName, &error));
    check_opencl(error, "clCreateKernel");
  }

  template <typename Value>
  void set(int argument, const Value& value) {
    check_opencl(clSetKernelArg(kernel_.get(), static_cast<cl_uint>(argument), sizeof value, &value),
                 "clSetKernelArg");
  }

  /// Throws when the xclbin holds an accelerator of another configuration.
  void check_accelerator(const std::string& xclbin, const isa::NamedConfig& config) {
    const std::string ours = fmt::format("{:016x}", isa::config_hash(config.config));
    const std::string theirs = sim::emulation::inspect_xclbin(xclbin).kernel_hash;
    if (theirs == ours) return;
    if (!theirs.empty() || probe(xclbin, config) == isa::kStatusConfig) {
      throw DeviceError(
          fmt::format("{}: holds an accelerator of another configuration than '{}' ({}): give its --config, "
                      "or another xclbin",
                      xclbin, config.name, ours));
    }
  }

  /// The status of an empty program: what tells when the metadata do not, since OpenCL reads no registers.
  /// The runtime never gives its memory out again, so that what follows lies elsewhere.
  std::uint32_t probe(const std::string& xclbin, const isa::NamedConfig& config) {
    struct {
      isa::ProgramHeader header;
      isa::ScalarInstruction halt = {};
    } program;
    program.header.config_hash = isa::config_hash(config.config);
    program.header.code_quads = 1;
    program.halt.half[isa::kHalfOpcode] = isa::kOpHalt;
    constexpr std::uint64_t kPage = 4096;
    const std::uint64_t base = allocate(2 * kPage);
    memory_.write(base, {reinterpret_cast<const std::uint8_t*>(&program), sizeof program});
    isa::StartArguments arguments;
    arguments.program = base;
    arguments.record = base + kPage;
    arguments.window_base[0] = base;
    arguments.window_size[0] = 2 * kPage;
    start(arguments);
    const isa::CompletionRecord record = wait();
    release(base);
    if (record.status != isa::kStatusOk && record.status != isa::kStatusConfig) {
      throw DeviceError(fmt::format("{}: the accelerator does not run an empty program: {}", xclbin,
                                    isa::status_text(record.status)));
    }
    return record.status;
  }

  DeviceInfo info_;
  cl_device_id device_ = nullptr;
  decltype(&xclGetMemObjDeviceAddress) address_of_ = nullptr;
  Context context_;
  Queue queue_;
  Program program_;
  Kernel kernel_;
  BoardMemory<OpenClDeviceDriver, Buffer> memory_;
  Event run_;
  std::uint64_t record_ = 0;  // of the run in progress
};

const char* type_name(cl_device_type type) {
  if ((type & CL_DEVICE_TYPE_GPU) != 0) return "gpu";
  return (type & CL_DEVICE_TYPE_CPU) != 0 ? "cpu" : "accelerator";
}

}  // namespace

std::unique_ptr<Device> open_opencl_device(unsigned index, const std::string& xclbin,
                                           const isa::NamedConfig& config) {
  return std::make_unique<OpenClDeviceDriver>(index, xclbin, config);
}

std::vector<OpenClDevice> list_opencl_devices() {
  std::vector<OpenClDevice> out;
  for (cl_platform_id platform : opencl_platforms()) {
    for (cl_device_id device : opencl_devices(platform)) {
      cl_device_type type = 0;
      clGetDeviceInfo(device, CL_DEVICE_TYPE, sizeof type, &type, nullptr);
      out.push_back({opencl_text(clGetPlatformInfo, platform, CL_PLATFORM_NAME),
                     opencl_text(clGetDeviceInfo, device, CL_DEVICE_NAME), type_name(type)});
    }
  }
  return out;
}

}  // namespace heddle::runtime
