// What a way of programming devices (OpenCL, CUDA) offers to a measurement.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "eval/baseline/operands.hpp"

namespace heddle::eval {

struct DeviceDescription {
  std::string name, vendor;
  std::string type;     // "gpu", "cpu", "accelerator"
  std::string driver;   // version
  std::string version;  // of the interface, as the device states it: "OpenCL 3.0 PoCL ..."
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::uint64_t> compute_units;
  std::optional<double> clock_hz;  // the highest, as stated
};

struct Software {
  std::string name;  // "opencl", "cuda", "torch"
  std::string version;
  std::map<std::string, std::string> components;
  std::string label;  // what the figures are worth, in words that go with them everywhere
};

struct Timing {
  std::optional<double> kernel_seconds;  // between the device's time stamps at start and end
  double wall_seconds = 0;               // from submission until the host knows that it is done
};

/// A kernel with its operands on the device.
class Prepared {
 public:
  virtual ~Prepared() = default;
  virtual Timing run() = 0;
  /// Results from element `offset` of the last run. Throws std::runtime_error like run.
  virtual void read(std::uint64_t offset, std::uint64_t count, double* into) = 0;
  /// Which of several kernels, which tile.
  virtual std::string implementation() const = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual DeviceDescription description() const = 0;
  virtual Software software() const = 0;
  /// Why the device cannot measure this; empty where it can.
  virtual std::optional<std::string> refusal(const Workload& workload) const = 0;
  virtual std::unique_ptr<Prepared> prepare(const Workload& workload, const Operands& operands) = 0;
  /// The board's energy so far, where there is a counter.
  virtual std::optional<double> energy_joules() { return std::nullopt; }
};

/// What `heddle` was built with.
struct Backend {
  std::string name;  // "OpenCL", "CUDA"
  bool built = false;
  std::string absence;  // what to install or do, when not built or without a device
  std::vector<std::unique_ptr<Device>> devices;
};
/// OpenCL's devices of all platforms, then CUDA's. The order is that of the drivers.
std::vector<Backend> find_backends();

}  // namespace heddle::eval
