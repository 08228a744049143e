#include "runtime/drivers/process/process_device.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <optional>
#include <sstream>
#include <thread>

#include "runtime/drivers/process/channel.hpp"
#include "runtime/drivers/process/serve.hpp"

namespace heddle::runtime {
namespace {

constexpr double kCloseSeconds = 5;  // then the process is killed
constexpr double kProgressSeconds = 0.1;
constexpr std::size_t kShownLines = 6;

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& extra) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    const bool replaced =
        std::any_of(extra.begin(), extra.end(), [&](const auto& item) { return item.first == name; });
    if (!replaced) out.push_back(text);
  }
  for (const auto& [name, value] : extra) out.push_back(name + "=" + value);
  return out;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  for (std::string& text : strings) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

class File {
 public:
  explicit File(int number = -1) : number_(number) {}
  ~File() { reset(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  void reset(int number = -1) {
    if (number_ >= 0) close(number_);
    number_ = number;
  }
  int get() const { return number_; }

 private:
  int number_;
};

class ProcessDevice : public Device {
 public:
  ProcessDevice(const ProcessOptions& options, const DeviceInfo& info)
      : resources_(options.resources), progress_(options.progress), info_(info), channel_(-1) {
    start_process(options);
    try {
      if (!channel_.wait(options.open_seconds)) {
        throw DeviceError(
            fmt::format("the device does not open within {} s{}", options.open_seconds, last_words()));
      }
      std::vector<std::uint8_t> name;
      const Message ready = answer(&name);
      info_.memory_bytes = ready.number;
      info_.name.assign(name.begin(), name.end());
    } catch (...) {
      end_process(0);
      throw;
    }
  }

  ~ProcessDevice() override {
    const bool idle = !running_;
    if (idle) {
      Message request;
      request.code = static_cast<std::uint32_t>(Operation::kClose);
      channel_.send(request);
    }
    end_process(idle ? kCloseSeconds : 0);
  }

  const DeviceInfo& info() const override { return info_; }

  std::uint64_t allocate(std::uint64_t bytes) override { return call(Operation::kAllocate, 0, bytes).value; }
  void release(std::uint64_t address) override { call(Operation::kRelease, address, 0); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    call(Operation::kWrite, address, 0, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override {
    call(Operation::kRead, address, bytes.size(), {}, bytes);
  }
  void start(const isa::StartArguments& arguments) override {
    call(Operation::kStart, 0, 0, {reinterpret_cast<const std::uint8_t*>(&arguments), sizeof arguments});
    running_ = true;
  }
  isa::CompletionRecord wait() override {
    isa::CompletionRecord record;
    ask(Operation::kWait, 0, 0, {});
    try {
      while (progress_ && !channel_.wait(kProgressSeconds)) progress_();
    } catch (...) {
      running_ = false;
      end_process(0);
      throw;
    }
    answer(nullptr, {reinterpret_cast<std::uint8_t*>(&record), sizeof record});
    running_ = false;
    return record;
  }
  std::optional<double> watts() override {
    double watts = -1;
    call(Operation::kPower, 0, 0, {}, {reinterpret_cast<std::uint8_t*>(&watts), sizeof watts});
    return watts >= 0 ? std::optional(watts) : std::nullopt;
  }

 private:
  void start_process(const ProcessOptions& options) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
      throw DeviceError(fmt::format("no connection to a driving process: {}", std::strerror(errno)));
    }
    socket_.reset(ends[0]);
    const File theirs(ends[1]);
    channel_ = Channel(socket_.get());
    output_.reset(memfd_create("heddle-driver-output", MFD_CLOEXEC));

    std::vector<std::string> arguments = {options.program};
    arguments.insert(arguments.end(), options.arguments.begin(), options.arguments.end());
    std::vector<std::string> environment = environment_with(options.environment);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output_.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output_.get(), STDERR_FILENO);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), kHostSocket);
    if (!options.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, options.folder.c_str());
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
    const int error = posix_spawn(&pid_, options.program.c_str(), &actions, &attributes,
                                  pointers(arguments).data(), pointers(environment).data());
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      pid_ = -1;
      throw DeviceError(fmt::format("{}: cannot be started: {}", options.program, std::strerror(error)));
    }
  }

  void ask(Operation operation, std::uint64_t value, std::uint64_t number,
           std::span<const std::uint8_t> payload) {
    Message request;
    request.code = static_cast<std::uint32_t>(operation);
    request.value = value;
    request.number = number;
    if (!channel_.send(request, payload)) lost();
  }

  Message call(Operation operation, std::uint64_t value, std::uint64_t number,
               std::span<const std::uint8_t> payload = {}, std::span<std::uint8_t> result = {}) {
    ask(operation, value, number, payload);
    return answer(nullptr, result);
  }

  // Either `text` takes a payload of any size, or `result` one of its own size.
  Message answer(std::vector<std::uint8_t>* text, std::span<std::uint8_t> result = {}) {
    Message message;
    if (!channel_.receive(&message)) lost();
    if (message.code != static_cast<std::uint32_t>(Outcome::kOk)) {
      std::vector<std::uint8_t> error(message.payload);
      if (!channel_.receive_payload(error)) lost();
      running_ = false;
      throw DeviceError(std::string(error.begin(), error.end()) + last_words());
    }
    if (text != nullptr) {
      text->resize(message.payload);
      result = *text;
    }
    if (message.payload != result.size()) {
      throw DeviceError("the driving process answers with another size than asked for");
    }
    if (!channel_.receive_payload(result)) lost();
    return message;
  }

  [[noreturn]] void lost() {
    running_ = false;
    const int status = end_process(1);
    std::string how = "was killed";
    if (WIFEXITED(status)) how = fmt::format("ended with status {}", WEXITSTATUS(status));
    if (WIFSIGNALED(status)) how = fmt::format("was ended by signal {}", WTERMSIG(status));
    throw DeviceError(fmt::format("the process that drives the device {}{}", how, last_words()));
  }

  // The last lines of what the process wrote, for a message.
  std::string last_words() const {
    std::string text(4096, '\0');
    const off_t end = lseek(output_.get(), 0, SEEK_END);
    const off_t begin = std::max<off_t>(0, end - static_cast<off_t>(text.size()));
    const ssize_t got = end > 0 ? pread(output_.get(), text.data(), text.size(), begin) : 0;
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
      if (line.find_first_not_of(" \t\r") != std::string::npos) lines.push_back(line);
    }
    std::string out;
    const std::size_t first = lines.size() > kShownLines ? lines.size() - kShownLines : 0;
    for (std::size_t i = first; i < lines.size(); ++i) out += "\n  " + lines[i];
    return out;
  }

  // Waits so long for the process to end by itself, then kills it and all that it started. Its wait status.
  int end_process(double seconds) {
    if (pid_ <= 0) return status_;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
    siginfo_t ended = {};
    const auto look = [&] {  // without taking the status: until then nobody else gets the process's number
      return waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0 ||
             ended.si_pid != 0;
    };
    while (!look() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    kill(-pid_, SIGKILL);  // the process, or what is left of its group
    waitpid(pid_, &status_, 0);
    pid_ = -1;
    return status_;
  }

  std::shared_ptr<const void> resources_;
  std::function<void()> progress_;
  DeviceInfo info_;
  File socket_, output_;
  Channel channel_;
  pid_t pid_ = -1;
  int status_ = 0;
  bool running_ = false;
};

}  // namespace

std::unique_ptr<Device> open_process(const ProcessOptions& options, const DeviceInfo& info) {
  return std::make_unique<ProcessDevice>(options, info);
}

}  // namespace heddle::runtime
