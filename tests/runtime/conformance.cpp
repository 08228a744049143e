#include "tests/runtime/conformance.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "isa/instruction.hpp"
#include "isa/program.hpp"
#include "isa/status.hpp"

namespace heddle::runtime {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// Driver -> feature -> why the driver lacks it. An entry whose feature works is stale, and fails.
const std::map<std::string, std::map<std::string, std::string>>& lacks() {
  static const std::string executes = "executes nothing: every run is ok";
  static const std::map<std::string, std::string> untimed = {
      {"counts_cycles", "untimed: cycles are zero"},
      {"keeps_the_cycle_limit", "untimed: there are none to limit"}};
  static const std::map<std::string, std::map<std::string, std::string>> list = {
      {"null",
       {{"refuses_other_version", executes},
        {"refuses_no_program", executes},
        {"refuses_other_config", executes},
        {"counts_instructions", executes},
        {"stops_outside_windows", executes},
        {"stops_writes_to_read_only_windows", executes},
        {"stops_illegal_instructions", executes},
        {"stops_on_bus_errors", executes},
        {"stops_endless_loops", executes},
        {"keeps_the_cycle_limit", executes},
        {"ends_a_run_whose_progress_throws", executes},
        {"can_start_again_after_an_error", executes},
        {"reads_arguments", executes},
        {"counts_cycles", executes}}},
      {"hls", untimed},
      {"serial", untimed},
      {"xrt_hls", untimed},
      {"opencl_hls", untimed},
      {"systemc_loose",
       {{"keeps_the_cycle_limit", "runs ahead of its host by a quantum, which is longer than the limit"}}},
      {"opencl",
       {{"keeps_the_cycle_limit",
         "the record of a run that the simulator cut short lies in registers, which OpenCL does not show"}}},
  };
  return list;
}

#define REQUIRE(condition)                                                                   \
  do {                                                                                       \
    if (!(condition)) return fmt::format("line {}: {} does not hold", __LINE__, #condition); \
  } while (false)

template <typename Action>
bool refuses(Action action) {
  try {
    action();
  } catch (const DeviceError&) {
    return true;
  }
  return false;
}

// --- programs ------------------------------------------------------------------------------------

struct Quad {
  std::uint16_t half[8] = {};
};

Quad scalar(int opcode, int rd = 0, int ra = 0, int rb = 0, std::int64_t immediate = 0,
            bool use_immediate = false) {
  Quad quad;
  quad.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
  quad.half[isa::kHalfRegisters] =
      static_cast<std::uint16_t>(rd | ra << 5 | rb << 10 | (use_immediate ? isa::kScalarImmediate : 0));
  std::memcpy(quad.half + isa::kHalfImmediate, &immediate, sizeof immediate);
  return quad;
}

/// An allocation with a program in its first page, opened read-only, and a page that may be written, opened
/// too.
class Run {
 public:
  explicit Run(Device& device, const std::vector<Quad>& code)
      : device_(device), base_(device.allocate(8192)) {
    header_.config_hash = isa::config_hash(device.info().config);
    header_.code_quads = static_cast<std::uint32_t>(code.size());
    code_ = code;
    arguments.program = base_;
    arguments.record = record_address();
    arguments.watchdog = 5000;
    arguments.window_base[0] = base_;
    arguments.window_size[0] = 4096 | isa::kWindowReadOnly;
    arguments.window_base[1] = base_ + 4096;
    arguments.window_size[1] = 4096;
  }
  ~Run() {
    try {
      device_.release(base_);
    } catch (const DeviceError&) {  // its process was ended with the run
    }
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  isa::ProgramHeader& header() { return header_; }
  std::uint64_t base() const { return base_; }
  std::uint64_t record_address() const { return base_ + 4096; }

  isa::CompletionRecord operator()() {
    Bytes bytes(sizeof header_ + code_.size() * sizeof(Quad));
    std::memcpy(bytes.data(), &header_, sizeof header_);
    std::memcpy(bytes.data() + sizeof header_, code_.data(), code_.size() * sizeof(Quad));
    device_.write(base_, bytes);
    device_.start(arguments);
    return device_.wait();
  }
  isa::StartArguments arguments;

 private:
  Device& device_;
  std::uint64_t base_;
  isa::ProgramHeader header_;
  std::vector<Quad> code_;
};

const std::vector<Quad> kHalt = {scalar(isa::kOpHalt)};

Quad load_word(std::uint64_t address) {
  return scalar(isa::kOpLoadWord, 1, 0, 0, static_cast<std::int64_t>(address), true);
}

constexpr int kBase = 0;  // argument that the STORE below adds to its address

// --- features ------------------------------------------------------------------------------------

std::string describes_itself(Device& device) {
  const DeviceInfo& info = device.info();
  REQUIRE(!info.driver.empty() && !info.name.empty());
  REQUIRE(info.memory_bytes == info.config.memory_bytes);
  const char* field = nullptr;
  REQUIRE(isa::check_config(info.config, &field) == nullptr);
  return "";
}

std::string allocates_aligned_zeroed_memory(Device& device) {
  const std::uint64_t first = device.allocate(5000), second = device.allocate(1),
                      third = device.allocate(4096);
  for (const std::uint64_t address : {first, second, third}) REQUIRE(address % 4096 == 0);
  REQUIRE(first + 5000 <= second || second + 1 <= first);
  REQUIRE(second != third && first != third);
  Bytes bytes(5000, 0xFF);
  device.read(first, bytes);
  REQUIRE(std::count(bytes.begin(), bytes.end(), 0) == 5000);
  std::fill(bytes.begin(), bytes.end(), 0x5A);
  device.write(first, bytes);
  device.release(first);
  const std::uint64_t again = device.allocate(5000);
  device.read(again, bytes);
  REQUIRE(std::count(bytes.begin(), bytes.end(), 0) == 5000);
  for (const std::uint64_t address : {second, third, again}) device.release(address);
  return "";
}

std::string copies_bytes(Device& device) {
  const std::uint64_t base = device.allocate(8192);
  Bytes bytes(300), back(300);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + 1);
  device.write(base + 4001, bytes);  // across a page, unaligned
  device.read(base + 4001, back);
  REQUIRE(back == bytes);
  std::uint8_t around[2] = {1, 1};
  device.read(base + 4000, {around, 1});
  device.read(base + 4301, {around + 1, 1});
  REQUIRE(around[0] == 0 && around[1] == 0);
  device.release(base);
  return "";
}

std::string refuses_too_much_memory(Device& device) {
  REQUIRE(refuses([&] { device.allocate(device.info().memory_bytes + 1); }));
  REQUIRE(refuses([&] { device.allocate(~0ull); }));
  const std::uint64_t half = device.allocate(device.info().memory_bytes / 2 + 4096);
  REQUIRE(refuses([&] { device.allocate(device.info().memory_bytes / 2); }));
  device.release(half);
  device.release(device.allocate(device.info().memory_bytes / 2));
  return "";
}

std::string runs_to_halt(Device& device) {
  Run run(device, kHalt);
  const isa::CompletionRecord record = run();
  REQUIRE(record.magic == isa::kRecordMagic);
  REQUIRE(record.status == isa::kStatusOk);
  REQUIRE(record.pc == 0);
  return "";
}

std::string writes_the_record(Device& device) {
  Run run(device, kHalt);
  const isa::CompletionRecord record = run();
  isa::CompletionRecord written;
  device.read(run.record_address(), {reinterpret_cast<std::uint8_t*>(&written), sizeof written});
  REQUIRE(std::memcmp(&record, &written, sizeof record) == 0);
  return "";
}

std::string counts_instructions(Device& device) {
  Run run(device, {scalar(isa::kOpAdd, 1, 0, 0, 3, true), scalar(isa::kOpLoop, 1, 0, 0, 1), kHalt[0]});
  const isa::CompletionRecord record = run();
  REQUIRE(record.pc == 2);
  REQUIRE(record.counters[isa::kCounter_scalar_instructions] == 1 + 3 + 1);
  const isa::CompletionRecord again = run();  // counters start at zero
  REQUIRE(again.counters[isa::kCounter_scalar_instructions] == 1 + 3 + 1);
  return "";
}

std::string counts_cycles(Device& device) {
  Run run(device, kHalt);
  const std::uint64_t cycles = run().counters[isa::kCounter_cycles];
  if (!device.info().counts_cycles) {
    REQUIRE(cycles == 0);
    return "cycles are not counted";
  }
  REQUIRE(cycles > 0 && cycles < 10000);
  REQUIRE(run().counters[isa::kCounter_cycles] == cycles);  // deterministic
  return "";
}

std::string reads_arguments(Device& device) {
  // Branches to HALT only if argument 5 is 77; else an illegal opcode follows.
  Run run(device, {scalar(isa::kOpArgument, 1, 0, 0, 5), scalar(isa::kOpAdd, 2, 0, 0, 77, true),
                   scalar(isa::kOpBranchEq, 0, 1, 2, 4), scalar(0x1F), kHalt[0]});
  run.arguments.argument[5] = 77;
  REQUIRE(run().status == isa::kStatusOk);
  run.arguments.argument[5] = 78;
  REQUIRE(run().status == isa::kStatusIllegal);
  return "";
}

std::string refuses_other_version(Device& device) {
  Run run(device, kHalt);
  run.header().version += 1;
  REQUIRE(run().status == isa::kStatusVersion);
  return "";
}

std::string refuses_no_program(Device& device) {
  Run run(device, kHalt);
  run.header().magic = 0;
  REQUIRE(run().status == isa::kStatusVersion);
  return "";
}

std::string refuses_other_config(Device& device) {
  Run run(device, kHalt);
  run.header().config_hash += 1;
  REQUIRE(run().status == isa::kStatusConfig);
  return "";
}

std::string stops_outside_windows(Device& device) {
  const std::uint64_t other = device.allocate(64);
  {
    Run run(device, {scalar(isa::kOpAdd), load_word(other), kHalt[0]});
    const isa::CompletionRecord record = run();
    REQUIRE(record.status == isa::kStatusWindow);
    REQUIRE(record.pc == 1);
    run.arguments.window_size[0] = 0;  // not even the program may be read
    REQUIRE(run().status == isa::kStatusWindow);
  }
  device.release(other);
  return "";
}

std::string stops_writes_to_read_only_windows(Device& device) {
  // A STORE of one row of S onto the program.
  const std::uint32_t bytes = device.info().config.bus_bytes;
  isa::TileInstruction store = {};
  store.half[isa::kHalfOpcode] = isa::kOpStore;
  store.half[isa::kHalfFlags] = static_cast<std::uint16_t>(isa::kBufferS | 1 << 4);
  store.half[isa::kDmaRows] = 1;
  isa::set32(store.half, isa::kDmaRowBytes, bytes);
  std::vector<Quad> code = {scalar(isa::kOpArgument, 1, 0, 0, kBase)};
  for (int quad = 0; quad < isa::kTileQuads; ++quad) {
    code.emplace_back();
    std::memcpy(code.back().half, store.half + 8 * quad, sizeof code.back().half);
  }
  code.push_back(kHalt[0]);
  Run run(device, code);
  run.arguments.argument[kBase] = run.base() + 4096 + 2048;
  REQUIRE(run().status == isa::kStatusOk);
  run.arguments.argument[kBase] = run.base() + 2048;
  const isa::CompletionRecord record = run();
  REQUIRE(record.status == isa::kStatusWindow);
  REQUIRE(record.pc == 1);
  return "";
}

std::string stops_illegal_instructions(Device& device) {
  Run run(device, {scalar(isa::kOpAdd), scalar(0x1F), kHalt[0]});
  const isa::CompletionRecord record = run();
  REQUIRE(record.status == isa::kStatusIllegal);
  REQUIRE(record.pc == 1);
  isa::CompletionRecord written;
  device.read(run.record_address(), {reinterpret_cast<std::uint8_t*>(&written), sizeof written});
  REQUIRE(std::memcmp(&record, &written, sizeof record) == 0);
  return "";
}

std::string stops_on_bus_errors(Device& device) {
  const std::uint64_t end = device.info().memory_bytes;
  Run run(device, {load_word(end), kHalt[0]});
  run.arguments.window_base[2] = end;
  run.arguments.window_size[2] = 4096;
  const isa::CompletionRecord record = run();
  REQUIRE(record.status == isa::kStatusBus);
  REQUIRE(record.pc == 0);
  return "";
}

std::string stops_endless_loops(Device& device) {
  Run run(device, {scalar(isa::kOpAdd), scalar(isa::kOpBranchEq, 0, 0, 0, 1)});
  const isa::CompletionRecord record = run();
  REQUIRE(record.status == isa::kStatusWatchdog);
  REQUIRE(record.pc == 1);
  return "";
}

std::string keeps_the_cycle_limit(Device& device) {
  Run run(device, {scalar(isa::kOpBranchEq, 0, 0, 0, 0)});
  run.arguments.watchdog = 1000000;
  const isa::CompletionRecord record = run();  // the device was opened with a limit of 3,000
  REQUIRE(record.status == isa::kStatusWatchdog);
  REQUIRE(record.counters[isa::kCounter_cycles] >= 2900 && record.counters[isa::kCounter_cycles] < 4000);
  return "";
}

struct Interruption {};
bool interrupting = false;  // the callback of progress throws

std::string ends_a_run_whose_progress_throws(Device& device) {
  Run run(device, {scalar(isa::kOpBranchEq, 0, 0, 0, 0)});
  run.arguments.watchdog = 0;
  interrupting = true;
  try {
    run();
  } catch (const Interruption&) {
    interrupting = false;
    return "";
  }
  interrupting = false;
  return "it ends by itself";
}

std::string can_start_again_after_an_error(Device& device) {
  Run bad(device, {scalar(0x1F)});
  Run good(device, kHalt);
  const isa::CompletionRecord before = good();
  for (int i = 0; i < 3; ++i) {
    REQUIRE(bad().status == isa::kStatusIllegal);
    const isa::CompletionRecord after = good();
    REQUIRE(std::memcmp(&before, &after, sizeof before) == 0);
  }
  return "";
}

}  // namespace

#define FEATURE(function, ...) \
  Feature { #function, function, __VA_ARGS__ }

const std::vector<Feature>& features() {
  static const std::vector<Feature> all = {
      FEATURE(describes_itself, true),
      FEATURE(allocates_aligned_zeroed_memory, true),
      FEATURE(copies_bytes, true),
      FEATURE(refuses_too_much_memory, true),
      FEATURE(runs_to_halt, true),
      FEATURE(writes_the_record, true),
      FEATURE(counts_instructions, true),
      FEATURE(counts_cycles, true),
      FEATURE(reads_arguments, true),
      FEATURE(refuses_other_version, true),
      FEATURE(refuses_no_program, true),
      FEATURE(refuses_other_config, true),
      FEATURE(stops_outside_windows, true),
      FEATURE(stops_writes_to_read_only_windows, true),
      FEATURE(stops_illegal_instructions, true),
      FEATURE(stops_on_bus_errors, false),  // the validation layer refuses a window past the memory
      FEATURE(stops_endless_loops, true),
      FEATURE(keeps_the_cycle_limit, true, 3000),
      FEATURE(ends_a_run_whose_progress_throws, true),
      FEATURE(can_start_again_after_an_error, true),
  };
  return all;
}

std::vector<Case> cases(const std::vector<std::string>& drivers) {
  std::vector<Case> out;
  for (const std::string& driver : drivers) {
    for (const Feature& feature : features()) out.push_back({driver, feature});
  }
  return out;
}

void run_case(const Case& c) {
  OpenOptions options;
  std::string name = c.driver;
  if (name.ends_with(kEmulatedHls)) {
    options.emulated = "hls";
    name.resize(name.size() - std::strlen(kEmulatedHls));
  }
  if (name.starts_with(kPlatform)) {
    options.platform_model = name.substr(std::strlen(kPlatform));
    name = "systemc";
  }
  for (const TargetInfo& target : device_targets()) {
    if (target.name == name && !target.available) GTEST_SKIP() << name << ": " << target.reason;
  }
  options.checked = c.feature.checked;
  options.cycle_limit = c.feature.cycle_limit;
  options.progress = [](std::uint64_t) {
    if (interrupting) throw Interruption();
  };
  const std::unique_ptr<Device> device = open_device(name, isa::load_config("tiny"), options);
  std::string problem;
  try {
    problem = c.feature.check(*device);
  } catch (const DeviceError& error) {
    problem = error.what();
  }
  const auto driver = lacks().find(c.driver);
  const bool lacking = driver != lacks().end() && driver->second.count(c.feature.name) != 0;
  if (lacking) {
    EXPECT_NE(problem, "") << "stale entry: " << c.driver << " does not lack " << c.feature.name;
  } else {
    EXPECT_EQ(problem, "");
  }
}

}  // namespace heddle::runtime
