#include "runtime/drivers/xrt/xrt_device.hpp"

#include <fmt/format.h>
#include <xrt/xrt_bo.h>
#include <xrt/xrt_device.h>
#include <xrt/xrt_kernel.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "isa/version.hpp"
#include "runtime/drivers/xrt/board_memory.hpp"
#include "runtime/drivers/xrt/hwmon.hpp"
#include "sim/emulation/kernel.hpp"

namespace heddle::runtime {
namespace {

namespace kernel_abi = sim::emulation;

class XrtDevice : public Device {
 public:
  XrtDevice(unsigned index, const std::string& xclbin, const isa::NamedConfig& config)
      : device_(index),
        // Exclusive: only then may registers be read beside the arguments.
        kernel_(device_, device_.load_xclbin(xclbin), kernel_abi::kKernelName,
                xrt::kernel::cu_access_mode::exclusive),
        run_(kernel_),
        memory_(*this) {
    info_.driver = "xrt";
    info_.name = device_.get_info<xrt::info::device::name>();
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
    try {
      xrt::bo buffer(device_, bytes, xrt::bo::flags::normal, kernel_.group_id(kernel_abi::kKernelMemory));
      const std::uint64_t address = buffer.address();
      memory_.add(address, bytes, std::move(buffer));
      return address;
    } catch (const std::exception& error) {
      throw DeviceError(fmt::format("{} bytes do not fit the device's memory: {}", bytes, error.what()));
    }
  }
  void release(std::uint64_t address) override { memory_.release(address); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    memory_.write(address, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override { memory_.read(address, bytes); }

  void start(const isa::StartArguments& arguments) override {
    memory_.prepare(arguments);
    record_ = arguments.record;
    run_.set_arg(kernel_abi::kKernelProgram, arguments.program);
    run_.set_arg(kernel_abi::kKernelRecord, arguments.record);
    run_.set_arg(kernel_abi::kKernelWatchdog, arguments.watchdog);
    for (int i = 0; i < isa::kWindows; ++i) {
      run_.set_arg(kernel_abi::kKernelWindow + 2 * i, arguments.window_base[i]);
      run_.set_arg(kernel_abi::kKernelWindow + 2 * i + 1, arguments.window_size[i]);
    }
    for (int i = 0; i < isa::kArguments; ++i) {
      run_.set_arg(kernel_abi::kKernelArgument + i, arguments.argument[i]);
    }
    run_.start();
  }

  isa::CompletionRecord wait() override {
    const ert_cmd_state state = run_.wait();
    if (state != ERT_CMD_STATE_COMPLETED) {
      throw DeviceError(fmt::format("{}: the run did not complete: state {} of the runtime's command",
                                    info_.name, static_cast<int>(state)));
    }
    isa::CompletionRecord record;
    if (memory_.read_record(record_, &record)) return record;
    record = isa::CompletionRecord();  // it lay in no window that may be written: the registers know
    record.status = kernel_.read_register(isa::kRegisterStatus);
    record.pc = read64(isa::kRegisterPc);
    for (int i = 0; i < isa::kCounters; ++i) record.counters[i] = read64(isa::kRegisterCounters + 8 * i);
    return record;
  }

  // The runtime reports what a board's sensors say as text: {"power_consumption_watts": "21.5", ...}.
  std::optional<double> watts() override {
    try {
      const auto report = nlohmann::json::parse(device_.get_info<xrt::info::device::electrical>());
      const auto found = report.find("power_consumption_watts");
      if (found == report.end()) return hwmon_watts();
      const double watts = found->is_number() ? found->get<double>() : std::stod(found->get<std::string>());
      return watts > 0 ? std::optional(watts) : hwmon_watts();
    } catch (const std::exception&) {  // "N/A", or no report at all: a board with a processor has its own
      return hwmon_watts();
    }
  }

  // For BoardMemory.
  void copy_in(xrt::bo& buffer, std::uint64_t offset, std::span<const std::uint8_t> bytes) {
    buffer.write(bytes.data(), bytes.size(), offset);
    buffer.sync(XCL_BO_SYNC_BO_TO_DEVICE, bytes.size(), offset);
  }
  void copy_out(xrt::bo& buffer, std::uint64_t offset, std::span<std::uint8_t> bytes) {
    buffer.sync(XCL_BO_SYNC_BO_FROM_DEVICE, bytes.size(), offset);
    buffer.read(bytes.data(), bytes.size(), offset);
  }

 private:
  std::uint64_t read64(std::uint32_t offset) {
    const std::uint64_t low = kernel_.read_register(offset);
    return low | static_cast<std::uint64_t>(kernel_.read_register(offset + 4)) << 32;
  }

  void check_accelerator(const std::string& xclbin, const isa::NamedConfig& config) {
    const std::uint32_t magic = kernel_.read_register(isa::kRegisterMagic);
    const std::uint32_t version = kernel_.read_register(isa::kRegisterVersion);
    if (magic != isa::kDeviceMagic || version != isa::kIsaVersion) {
      throw DeviceError(
          fmt::format("{}: holds an accelerator of version {} (identification {:08x}), this program "
                      "is of version {}",
                      xclbin, version, magic, isa::kIsaVersion));
    }
    const std::uint64_t theirs = read64(isa::kRegisterConfigHash), ours = isa::config_hash(config.config);
    if (theirs != ours) {
      throw DeviceError(
          fmt::format("{}: holds an accelerator of configuration {:016x}, but '{}' is {:016x}: give "
                      "its --config, or another xclbin",
                      xclbin, theirs, config.name, ours));
    }
  }

  DeviceInfo info_;
  xrt::device device_;
  xrt::kernel kernel_;
  xrt::run run_;
  BoardMemory<XrtDevice, xrt::bo> memory_;
  std::uint64_t record_ = 0;  // of the run in progress
};

}  // namespace

std::unique_ptr<Device> open_xrt_device(unsigned index, const std::string& xclbin,
                                        const isa::NamedConfig& config) {
  return std::make_unique<XrtDevice>(index, xclbin, config);
}

}  // namespace heddle::runtime
