// The serial driver against the whole board in Verilator, its UART on a pseudo-terminal.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <random>

#include "cli/boards/nano_program.hpp"
#include "isa/config_file.hpp"
#include "isa/instruction.hpp"
#include "isa/status.hpp"
#include "runtime/device/checked.hpp"
#include "runtime/drivers/library/library_driver.hpp"
#include "runtime/drivers/serial/serial_driver.hpp"
#include "runtime/drivers/serial/simulated_board.hpp"

namespace heddle::boards {
namespace {

using cli::NanoProgram;
using cli::random_nano_program;
using runtime::Device;
using runtime::serial::SimulatedBoard;

// Code, operands, results and record: what a program is over the line takes most of a test's time.
constexpr std::uint32_t kProgramBytes = 5120;

/// HEDDLE_BOARD replaces the RTL by a netlist, HEDDLE_BOARD_PROGRAMS says how many programs are compared.
std::string board_program() {
  const char* chosen = std::getenv("HEDDLE_BOARD");
  return chosen != nullptr ? chosen : HEDDLE_BOARD_PROGRAM;
}
int program_count(int usual) {
  const char* chosen = std::getenv("HEDDLE_BOARD_PROGRAMS");
  return chosen != nullptr ? std::atoi(chosen) : usual;
}

std::unique_ptr<runtime::SerialDevice> open_board(const SimulatedBoard& board) {
  return runtime::open_serial(isa::load_config("nano"), {.port = board.port()});
}

isa::CompletionRecord run(Device& device, const NanoProgram& program, std::uint64_t base,
                          std::vector<std::uint8_t>* memory) {
  device.write(base, program.memory);
  device.start(program.arguments);
  const isa::CompletionRecord record = device.wait();
  memory->resize(program.memory.size());
  device.read(base, *memory);
  return record;
}

/// The counters that both machines keep; cycles are not among them.
std::vector<std::uint64_t> functional(const isa::CompletionRecord& record) {
  std::vector<std::uint64_t> out;
  for (int i = 0; i < isa::kCounters; ++i) {
    if (isa::kCounterInfo[i].functional) out.push_back(record.counters[i]);
  }
  return out;
}

void same_programs(Device& board, std::uint64_t first_seed, int count, bool legal) {
  const isa::NamedConfig config = isa::load_config("nano");
  const auto golden = runtime::open_library(HEDDLE_LIBRARY_PREFIX "nano.so", config, {});
  const std::uint64_t base = board.allocate(kProgramBytes);
  ASSERT_EQ(golden->allocate(kProgramBytes), base);
  int failed_runs = 0;
  for (int i = 0; i < count; ++i) {
    const std::uint64_t seed = first_seed + static_cast<std::uint64_t>(i);
    SCOPED_TRACE("seed " + std::to_string(seed));
    const NanoProgram program = random_nano_program(config.config, base, kProgramBytes, seed, legal);
    std::vector<std::uint8_t> got, expected;
    const isa::CompletionRecord record = run(board, program, base, &got);
    const isa::CompletionRecord golden_record = run(*golden, program, base, &expected);
    ASSERT_EQ(record.status, golden_record.status);
    ASSERT_EQ(record.pc, golden_record.pc);
    ASSERT_EQ(functional(record), functional(golden_record));
    failed_runs += record.status != isa::kStatusOk;
    // The record in memory, but for what depends on time.
    isa::CompletionRecord written;
    std::memcpy(&written, got.data() + kProgramBytes - sizeof written, sizeof written);
    ASSERT_EQ(written.magic, isa::kRecordMagic);
    ASSERT_EQ(written.status, record.status);
    ASSERT_EQ(written.counters[isa::kCounter_cycles], record.counters[isa::kCounter_cycles]);
    got.resize(kProgramBytes - sizeof written);
    expected.resize(got.size());
    const auto [a, b] = std::mismatch(got.begin(), got.end(), expected.begin());
    ASSERT_TRUE(a == got.end()) << "first difference at byte " << a - got.begin();
  }
  EXPECT_TRUE(legal ? failed_runs == 0 : failed_runs >= count / 4) << failed_runs << " runs failed";
  board.release(base);
}

TEST(Board, LegalProgramsGiveTheGoldenBytes) {
  SimulatedBoard board(board_program(), 0, 1);
  same_programs(*open_board(board), 1, program_count(8), true);
}

TEST(Board, FaultyProgramsStopWhereTheGoldenModelStops) {
  SimulatedBoard board(board_program(), 0, 1);
  same_programs(*open_board(board), 1000, program_count(16), false);
}

TEST(Board, NoisyLineLosesNothingAndAcceptsNothingWrong) {
  SimulatedBoard board(board_program(), 0.001, 7);
  const auto device = open_board(board);
  std::mt19937_64 random(3);
  const std::uint64_t base = device->allocate(8192);
  for (int i = 0; i < 4; ++i) {
    // Bytes that are escaped are frequent, and ends are odd.
    std::vector<std::uint8_t> out(2000 + random() % 1000), in(out.size());
    for (std::uint8_t& byte : out)
      byte = static_cast<std::uint8_t>(random() % 4 == 0 ? 0x7D + random() % 2 : random());
    const std::uint64_t at = base + random() % 500;
    device->write(at, out);
    device->read(at, in);
    ASSERT_EQ(in, out);
  }
  device->release(base);
  same_programs(*device, 2000, 1, true);
  EXPECT_GT(device->link_counts().sent_again, 0u);
  EXPECT_GT(device->link_counts().exchanges, device->link_counts().sent_again);
}

TEST(Board, WatchdogStopsALongProduct) {
  SimulatedBoard board(board_program(), 0, 1);
  const auto device = open_board(board);
  const isa::Config config = isa::load_config("nano").config;
  const std::uint64_t base = device->allocate(kProgramBytes);
  NanoProgram program = random_nano_program(config, base, kProgramBytes, 1, true);
  isa::TileInstruction product = {};
  product.half[isa::kHalfOpcode] = isa::kOpMatrix;
  product.half[isa::kHalfFlags] = isa::kMatrixFirst;
  product.half[isa::kMatrixFormats] = isa::kFormatInt32 << 8;
  product.half[isa::kMatrixRows] = 200;
  product.half[isa::kMatrixKTiles] = 65535;
  product.half[isa::kMatrixNTiles] = product.half[isa::kMatrixOuter] = 1;
  std::memcpy(program.memory.data() + sizeof(isa::ProgramHeader), &product, sizeof product);
  program.arguments.watchdog = 5000;
  std::vector<std::uint8_t> memory;
  EXPECT_EQ(run(*device, program, base, &memory).status, isa::kStatusWatchdog);
  // And the board goes on.
  program = random_nano_program(config, base, kProgramBytes, 1, true);
  EXPECT_EQ(run(*device, program, base, &memory).status, isa::kStatusOk);
}

TEST(Board, RefusesWhatAHostMustNotDo) {
  SimulatedBoard board(board_program(), 0, 1);
  const auto device = open_board(board);
  std::uint8_t word[4] = {};
  EXPECT_THROW(device->write(65536, word), runtime::DeviceError);  // past memory
  EXPECT_THROW(device->read(65534, word), runtime::DeviceError);   // its last word, and the one after
  EXPECT_THROW(device->allocate(65536), runtime::DeviceError);
  device->write(65532, word);
}

std::string error_of(const std::string& port, const isa::NamedConfig& config = isa::load_config("nano")) {
  try {
    runtime::open_serial(config, {.port = port});
  } catch (const runtime::DeviceError& error) {
    return error.what();
  }
  return "";
}

TEST(Serial, ErrorsSayWhatToDo) {
  EXPECT_NE(error_of("/dev/no-such-port").find("is the board plugged in?"), std::string::npos);
  EXPECT_NE(error_of("/dev/null").find("not a serial port"), std::string::npos);
  SimulatedBoard board(board_program(), 0, 1);
  EXPECT_NE(error_of(board.port(), isa::load_config("tiny")).find("flash the bitstream of this one"),
            std::string::npos);
  const auto device = open_board(board);
  const std::uint64_t base = device->allocate(64);
  board.unplug();
  std::uint8_t word[4] = {};
  try {
    device->read(base, word);
    FAIL() << "a board that is gone answers";
  } catch (const runtime::DeviceError& error) {
    EXPECT_NE(std::string(error.what()).find("plug it in again"), std::string::npos) << error.what();
  }
}

/// The same as somebody without privileges; of root's none are left.
std::string error_of_anybody(const std::string& port) {
  constexpr uid_t kNobody = 65534;
  const isa::NamedConfig config = isa::load_config("nano");  // nobody may be unable to read the sources
  int ends[2];
  if (pipe(ends) != 0) return "pipe";
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(kNobody) != 0) _exit(1);
    const std::string error = error_of(port, config);
    const bool written = write(ends[1], error.data(), error.size()) == static_cast<ssize_t>(error.size());
    _exit(written ? 0 : 1);
  }
  close(ends[1]);
  char text[1024];
  std::string out;
  for (ssize_t count; (count = read(ends[0], text, sizeof text)) > 0;)
    out.append(text, static_cast<std::size_t>(count));
  close(ends[0]);
  waitpid(child, nullptr, 0);
  return out;
}

TEST(Serial, PermissionAndUseSayWhatToDo) {
  SimulatedBoard board(board_program(), 0, 1);
  ASSERT_EQ(chmod(board.port().c_str(), 0), 0);
  EXPECT_NE(error_of_anybody(board.port()).find("usermod -aG dialout"), std::string::npos)
      << error_of_anybody(board.port());
  ASSERT_EQ(chmod(board.port().c_str(), 0666), 0);
  const auto device = open_board(board);
  EXPECT_NE(error_of_anybody(board.port()).find("in use by another program"), std::string::npos)
      << error_of_anybody(board.port());
}

TEST(Serial, ChecksumIsThatOfEthernet) {
  const std::string text = "123456789";
  EXPECT_EQ(runtime::serial::crc32({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}),
            0xCBF43926u);
}

}  // namespace
}  // namespace heddle::boards
