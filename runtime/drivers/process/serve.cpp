#include "runtime/drivers/process/serve.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "runtime/drivers/process/channel.hpp"

namespace heddle::runtime {
namespace {

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A host that is killed cannot close anything: its end of the socket closes by itself.
[[noreturn]] void end_with_host(const std::string& folder) {
  pollfd host = {kHostSocket, POLLRDHUP, 0};
  while (poll(&host, 1, -1) <= 0) {
  }
  std::error_code error;
  if (!folder.empty()) std::filesystem::remove_all(folder, error);
  if (getpgrp() == getpid()) kill(0, SIGKILL);
  _exit(1);
}

class Service {
 public:
  Service(Device& device, Channel& host) : device_(device), host_(host) {}

  /// Carries out one call; false when it was the last.
  bool next() {
    Message request;
    if (!host_.receive(&request)) return false;
    std::vector<std::uint8_t> payload(request.payload);
    if (!host_.receive_payload(payload)) return false;
    if (request.code == static_cast<std::uint32_t>(Operation::kClose)) return false;
    Message answer;
    std::vector<std::uint8_t> out;
    std::string error;
    try {
      answer.value = call(request, payload, &out);
    } catch (const DeviceError& failure) {
      answer.code = static_cast<std::uint32_t>(Outcome::kDeviceError);
      error = failure.what();
    } catch (const std::exception& failure) {
      answer.code = static_cast<std::uint32_t>(Outcome::kError);
      error = failure.what();
    }
    return host_.send(answer, answer.code == 0 ? std::span<const std::uint8_t>(out) : bytes_of(error));
  }

 private:
  std::uint64_t call(const Message& request, std::span<const std::uint8_t> payload,
                     std::vector<std::uint8_t>* out) {
    switch (static_cast<Operation>(request.code)) {
      case Operation::kAllocate:
        return device_.allocate(request.number);
      case Operation::kRelease:
        device_.release(request.value);
        return 0;
      case Operation::kWrite:
        device_.write(request.value, payload);
        return 0;
      case Operation::kRead:
        out->resize(request.number);
        device_.read(request.value, *out);
        return 0;
      case Operation::kStart: {
        isa::StartArguments arguments;
        if (payload.size() != sizeof arguments) throw DeviceError("start: damaged arguments");
        std::memcpy(&arguments, payload.data(), sizeof arguments);
        device_.start(arguments);
        return 0;
      }
      case Operation::kWait: {
        const isa::CompletionRecord record = device_.wait();
        out->resize(sizeof record);
        std::memcpy(out->data(), &record, sizeof record);
        return 0;
      }
      case Operation::kPower: {
        const double watts = device_.watts().value_or(-1.0);
        out->resize(sizeof watts);
        std::memcpy(out->data(), &watts, sizeof watts);
        return 0;
      }
      default:
        throw DeviceError("unknown call");
    }
  }

  Device& device_;
  Channel& host_;
};

}  // namespace

int serve_device(const std::function<std::unique_ptr<Device>()>& open, const ServeOptions& options) {
  std::thread(end_with_host, options.folder).detach();
  Channel host(kHostSocket);
  std::unique_ptr<Device> device;
  try {
    device = open();
  } catch (const std::exception& error) {
    Message answer;
    answer.code = static_cast<std::uint32_t>(Outcome::kDeviceError);
    host.send(answer, bytes_of(error.what()));
    return 1;
  }
  Message ready;
  ready.number = device->info().memory_bytes;
  host.send(ready, bytes_of(device->info().name));
  Service service(*device, host);
  while (service.next()) {
  }
  device.reset();
  return 0;
}

}  // namespace heddle::runtime
