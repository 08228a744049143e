// What must not happen to a host: a hang, a silent end, something left behind.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/temporary.hpp"
#include "tests/xrt/emulated_device.hpp"
#include "tests/xrt/processes.hpp"

namespace heddle::runtime {
namespace {

namespace fs = std::filesystem;

constexpr double kErrorSeconds = 10;

class Robustness : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::string reason = why_not(GetParam());
    if (!reason.empty()) GTEST_SKIP() << GetParam() << ": " << reason;
    open_emulated(GetParam());  // builds the simulator, if this is the first time
    begin_ = std::chrono::steady_clock::now();
  }
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }
  std::unique_ptr<Device> open(const std::string& xclbin = "", const std::string& config = "tiny") {
    return open_emulated(GetParam(), xclbin, config);
  }
  std::string driver_name() const { return std::string("heddle_") + GetParam(); }
  /// An xclbin of the tiny configuration in a file.
  std::string xclbin_file() {
    OpenOptions options;
    options.emulated = "hls";
    const std::string path = folder_.file("tiny.xclbin");
    test::write_file(path, emulation_file(isa::load_config("tiny"), options));
    return path;
  }
  void expect_nothing_left(const std::vector<Process>& processes) {
    for (const Process& process : processes) {
      EXPECT_TRUE(becomes_true(2, [&] { return !is_running(process.pid); })) << process.name << " still runs";
      if (process.directory.starts_with("/tmp/heddle-")) {
        EXPECT_TRUE(becomes_true(2, [&] { return !fs::exists(process.directory); })) << process.directory;
      }
    }
  }

  std::chrono::steady_clock::time_point begin_;
  test::TemporaryDirectory folder_;
};

TEST_P(Robustness, OpeningAndClosingIsQuick) {
  open();
  EXPECT_LT(seconds(), 2.0);
}

TEST_P(Robustness, HundredOpensLeaveNothing) {
  const std::size_t files = open_files();
  std::vector<Process> seen;
  for (int i = 0; i < 100; ++i) {
    const std::unique_ptr<Device> device = open();
    const std::vector<Process> now = descendants(getpid());
    ASSERT_EQ(now.size(), 2u) << "a driver and a simulator";
    seen.insert(seen.end(), now.begin(), now.end());
    ASSERT_EQ(SmallProgram(*device, kEnds).run().status, 0u);
  }
  EXPECT_EQ(open_files(), files);
  EXPECT_TRUE(descendants(getpid()).empty());
  expect_nothing_left(seen);
}

TEST_P(Robustness, ThousandStartsLeaveNothing) {
  const std::unique_ptr<Device> device = open();
  SmallProgram program(*device, kEnds);
  const std::vector<Process> processes = descendants(getpid());
  const std::size_t files = open_files();
  std::vector<std::size_t> before;
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(program.run().status, 0u) << "start " << i;
    if (i == 100) {
      for (const Process& process : processes) before.push_back(resident_kib(process.pid));
    }
  }
  EXPECT_EQ(open_files(), files);
  EXPECT_EQ(descendants(getpid()).size(), processes.size());
  for (std::size_t i = 0; i < processes.size(); ++i) {
    EXPECT_LT(resident_kib(processes[i].pid), before[i] + 1024) << processes[i].name << " grows";
  }
}

TEST_P(Robustness, FourInParallelDoNotMeet) {
  std::vector<std::thread> hosts;
  std::vector<std::string> failures(4);
  for (int host = 0; host < 4; ++host) {
    hosts.emplace_back([this, host, &failures] {
      failures[host] = error_of([&] {
        const std::unique_ptr<Device> device = open();
        const std::uint64_t address = device->allocate(65536);
        const std::vector<std::uint8_t> mine(65536, static_cast<std::uint8_t>(host + 1));
        device->write(address, mine);
        SmallProgram program(*device, kEnds);
        for (int i = 0; i < 20; ++i) {
          std::vector<std::uint8_t> back(65536);
          if (program.run().status != 0) throw std::runtime_error("a run fails");
          device->read(address, back);
          if (back != mine) throw std::runtime_error("another host's bytes");
        }
      });
    });
  }
  for (std::thread& host : hosts) host.join();
  for (const std::string& failure : failures) EXPECT_EQ(failure, "");
  EXPECT_TRUE(descendants(getpid()).empty());
}

TEST_P(Robustness, SimulatorKilledInARun) {
  std::unique_ptr<Device> device = open();
  SmallProgram program(*device, kNeverEnds);
  const std::vector<Process> processes = descendants(getpid());
  program.start();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  kill(find_process(processes, "heddle_emulator").pid, SIGKILL);
  const std::string error = error_of([&] { device->wait(); });
  EXPECT_LT(seconds(), kErrorSeconds);
  EXPECT_NE(error.find("simulator process ended"), std::string::npos) << error;
  EXPECT_NE(error.find("signal 9"), std::string::npos) << error;
  device.reset();
  expect_nothing_left(processes);
}

TEST_P(Robustness, SimulatorKilledBetweenRuns) {
  std::unique_ptr<Device> device = open();
  SmallProgram program(*device, kEnds);
  const std::vector<Process> processes = descendants(getpid());
  kill(find_process(processes, "heddle_emulator").pid, SIGKILL);
  const std::string error = error_of([&] { program.run(); });
  EXPECT_LT(seconds(), kErrorSeconds);
  EXPECT_NE(error.find("simulator process ended"), std::string::npos) << error;
  EXPECT_NE(error_of([&] { program.run(); }), "") << "it stays gone";
  device.reset();
  expect_nothing_left(processes);
}

TEST_P(Robustness, DriverKilledInARun) {
  std::unique_ptr<Device> device = open();
  SmallProgram program(*device, kNeverEnds);
  const std::vector<Process> processes = descendants(getpid());
  program.start();
  kill(find_process(processes, driver_name()).pid, SIGKILL);
  const std::string error = error_of([&] { device->wait(); });
  EXPECT_LT(seconds(), kErrorSeconds);
  EXPECT_NE(error.find("signal 9"), std::string::npos) << error;
  device.reset();
  expect_nothing_left(processes);
}

TEST_P(Robustness, ARunInProgressIsAbandonedAtClose) {
  std::unique_ptr<Device> device = open();
  SmallProgram program(*device, kNeverEnds);
  const std::vector<Process> processes = descendants(getpid());
  program.start();
  device.reset();
  EXPECT_LT(seconds(), kErrorSeconds);
  expect_nothing_left(processes);
}

TEST_P(Robustness, HostKilledInARun) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t host = fork();
  if (host == 0) {
    const std::unique_ptr<Device> device = open();
    SmallProgram program(*device, kNeverEnds);
    program.start();
    if (write(ready[1], "x", 1) == 1) device->wait();
    _exit(0);
  }
  char byte;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  close(ready[0]);
  close(ready[1]);
  const std::vector<Process> processes = descendants(host);
  EXPECT_EQ(processes.size(), 2u);
  kill(host, SIGKILL);
  waitpid(host, nullptr, 0);
  expect_nothing_left(processes);
}

TEST_P(Robustness, MissingUnzip) {
  const std::string path = std::getenv("PATH"), xclbin = xclbin_file();
  setenv("PATH", folder_.path().c_str(), 1);
  const std::string error = error_of([&] { open(xclbin); });
  setenv("PATH", path.c_str(), 1);
  EXPECT_NE(error.find("unzip is not installed"), std::string::npos) << error;
  EXPECT_LT(seconds(), kErrorSeconds);
}

// The same, found out by the runtime's support instead of beforehand.
TEST_P(Robustness, UnzipThatFails) {
  const std::string path = std::getenv("PATH"), xclbin = xclbin_file();
  test::write_file(folder_.file("unzip"), "#!/bin/sh\nexit 9\n");
  fs::permissions(folder_.file("unzip"), fs::perms::owner_all);
  setenv("PATH", (folder_.path() + ":" + path).c_str(), 1);
  const std::string error = error_of([&] { open(xclbin); });
  setenv("PATH", path.c_str(), 1);
  EXPECT_NE(error.find("unzip failed"), std::string::npos) << error;
  EXPECT_LT(seconds(), kErrorSeconds);
}

TEST_P(Robustness, FullDisk) {
  if (std::string(HEDDLE_SOURCE_DIR).starts_with("/tmp/")) {
    GTEST_SKIP() << "the source tree lies in /tmp, which this test covers with a small one";
  }
  const std::string xclbin = xclbin_file();
  const pid_t host = fork();
  if (host == 0) {  // in a /tmp of its own, of which little is left
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) _exit(77);
    const std::string bytes = test::read_file(xclbin);
    mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
    // The build may lie in /tmp: its programs stay in reach elsewhere.
    if (mount(HEDDLE_BINARY_DIR "/bin", "/mnt", nullptr, MS_BIND, nullptr) != 0) _exit(77);
    setenv("HEDDLE_LIBEXEC", "/mnt", 1);
    const std::string size = "size=" + std::to_string(bytes.size() * 2);
    if (mount("heddle-test", "/tmp", "tmpfs", 0, size.c_str()) != 0) _exit(77);
    test::write_file("/tmp/tiny.xclbin", bytes);
    const std::string error = error_of([&] { open("/tmp/tiny.xclbin"); });
    std::fprintf(stderr, "%s\n", error.c_str());
    const bool clear = error.find("space") != std::string::npos && error.find("/tmp") != std::string::npos;
    const auto left = std::distance(fs::directory_iterator("/tmp"), fs::directory_iterator());
    _exit(clear && left == 1 ? 0 : 1);
  }
  int status = 0;
  waitpid(host, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "no small /tmp can be mounted here";
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_LT(seconds(), kErrorSeconds);
}

TEST_P(Robustness, DamagedXclbin) {
  const std::string path = xclbin_file(), bytes = test::read_file(path);
  for (const std::size_t size : {std::size_t{0}, std::size_t{4}, std::size_t{100}, std::size_t{500},
                                 bytes.size() / 2, bytes.size() - 1}) {
    test::write_file(path, bytes.substr(0, size));
    const std::string error = error_of([&] { open(path); });
    EXPECT_NE(error.find("tiny.xclbin"), std::string::npos) << size << ": " << error;
    EXPECT_TRUE(error.find("truncated") != std::string::npos || error.find("no xclbin") != std::string::npos)
        << error;
  }
  test::write_file(path, std::string(4096, 'x'));
  EXPECT_NE(error_of([&] { open(path); }).find("is no xclbin"), std::string::npos);
  EXPECT_NE(error_of([&] { open(path + ".none"); }).find("no such file"), std::string::npos);
  EXPECT_LT(seconds(), kErrorSeconds);
  test::write_file(path, bytes);
  open(path);  // the file as it was is fine
}

TEST_P(Robustness, XclbinOfAnotherConfiguration) {
  const std::string error = error_of([&] { open(xclbin_file(), "edge"); });
  EXPECT_LT(seconds(), kErrorSeconds);
  EXPECT_NE(error.find("configuration"), std::string::npos) << error;
  EXPECT_NE(error.find("edge"), std::string::npos) << error;
  EXPECT_TRUE(descendants(getpid()).empty());
}

TEST_P(Robustness, MetadataThatDoNotNameTheConfiguration) {
  const std::string path = xclbin_file(), bytes = test::read_file(path), attribute = " hash=\"";
  std::string silent = bytes;
  const std::size_t kernel = silent.find("<kernel "), at = silent.find(attribute, kernel);
  ASSERT_NE(at, std::string::npos);
  silent.replace(at, attribute.size(), " none=\"");
  test::write_file(path, silent);
  open(path);  // the accelerator itself is asked
  EXPECT_NE(error_of([&] { open(path, "edge"); }).find("configuration"), std::string::npos);
  EXPECT_LT(seconds(), kErrorSeconds);
  test::write_file(path, bytes);
}

TEST_P(Robustness, SimulatorThatDoesNotStart) {
  // The archive's launch script, spoilt in place: its command is a name that does not exist.
  const std::string path = xclbin_file();
  std::string bytes = test::read_file(path);
  const std::string command = "exec ./heddle_emulator";
  const std::size_t at = bytes.find(command);
  ASSERT_NE(at, std::string::npos);
  bytes.replace(at, command.size(), "exit 41              #");
  test::write_file(path, bytes);
  const std::string error = error_of([&] { open(path); });
  EXPECT_LT(seconds(), kErrorSeconds);
  EXPECT_NE(error, "");
  EXPECT_TRUE(becomes_true(2, [] { return descendants(getpid()).empty(); }));
}

std::string target_name(const ::testing::TestParamInfo<const char*>& info) { return info.param; }
INSTANTIATE_TEST_SUITE_P(Targets, Robustness, ::testing::Values("xrt", "opencl"), target_name);

}  // namespace
}  // namespace heddle::runtime
