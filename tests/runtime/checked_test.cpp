// Misuse is refused before a driver sees it, and changes nothing.
#include "runtime/device/checked.hpp"

#include <gtest/gtest.h>

#include <array>

#include "runtime/drivers/null/null_driver.hpp"

namespace heddle::runtime {
namespace {

class Checked : public ::testing::Test {
 protected:
  Checked() {
    isa::NamedConfig config;
    config.name = "small";
    config.config.memory_bytes = 1 << 20;
    device_ = make_checked(open_null(config));
    base_ = device_->allocate(8192);
    arguments_.program = base_;
    arguments_.record = base_ + 4096;
    arguments_.window_base[0] = base_;
    arguments_.window_size[0] = 8192;
  }

  std::string start_failure() {
    try {
      device_->start(arguments_);
    } catch (const DeviceError& error) {
      return error.what();
    }
    device_->wait();
    return "";
  }

  std::unique_ptr<Device> device_;
  std::uint64_t base_ = 0;
  isa::StartArguments arguments_;
  std::array<std::uint8_t, 64> bytes_ = {};
};

TEST_F(Checked, RightUsePasses) {
  device_->write(base_, bytes_);
  device_->write(base_ + 8192, {});
  device_->write(base_ + 8192 - 64, bytes_);
  EXPECT_EQ(start_failure(), "");
  EXPECT_EQ(start_failure(), "");
  device_->release(base_);
}

TEST_F(Checked, RangesLieInsideOneAllocation) {
  EXPECT_THROW(device_->write(base_ - 1, bytes_), DeviceError);
  EXPECT_THROW(device_->write(base_ + 8192 - 63, bytes_), DeviceError);
  EXPECT_THROW(device_->read(base_ + 8192, bytes_), DeviceError);
  EXPECT_THROW(device_->read(0, bytes_), DeviceError);
  EXPECT_THROW(device_->read(~0ull, bytes_), DeviceError);
  device_->release(base_);
  EXPECT_THROW(device_->read(base_, bytes_), DeviceError);
}

TEST_F(Checked, AllocationsAreReleasedOnce) {
  EXPECT_THROW(device_->allocate(0), DeviceError);
  EXPECT_THROW(device_->allocate(1ull << 40), DeviceError);
  EXPECT_THROW(device_->release(base_ + 64), DeviceError);
  device_->release(base_);
  EXPECT_THROW(device_->release(base_), DeviceError);
}

TEST_F(Checked, OneRunAtATime) {
  EXPECT_THROW(device_->wait(), DeviceError);
  device_->start(arguments_);
  EXPECT_THROW(device_->start(arguments_), DeviceError);
  EXPECT_THROW(device_->read(base_, bytes_), DeviceError);
  EXPECT_THROW(device_->write(base_, bytes_), DeviceError);
  EXPECT_THROW(device_->allocate(64), DeviceError);
  EXPECT_THROW(device_->release(base_), DeviceError);
  EXPECT_EQ(device_->wait().status, 0u);
  EXPECT_THROW(device_->wait(), DeviceError);
  EXPECT_EQ(start_failure(), "");
}

TEST_F(Checked, StartArguments) {
  const isa::StartArguments good = arguments_;
  const auto expect = [&](const char* part) {
    const std::string message = start_failure();
    EXPECT_NE(message.find(part), std::string::npos) << message;
    arguments_ = good;
  };
  arguments_.program += 16;
  expect("program");
  arguments_.program = 1 << 20;
  expect("program header");
  arguments_.record += 1;
  expect("record");
  arguments_.record = (1 << 20) - 64;
  expect("record");
  arguments_.window_base[3] = 32;
  arguments_.window_size[3] = 64;
  expect("window 3");
  arguments_.window_base[1] = base_;
  arguments_.window_size[1] = 1 << 20 | isa::kWindowReadOnly;
  expect("window 1");
  arguments_.window_base[1] = ~0ull;  // closed: its base does not matter
  arguments_.window_size[1] = isa::kWindowReadOnly;
  EXPECT_EQ(start_failure(), "");
}

}  // namespace
}  // namespace heddle::runtime
