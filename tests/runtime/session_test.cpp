// A compiled model on a device that this test plays itself.
#include "runtime/host/session.hpp"

#include <gtest/gtest.h>

#include <cstring>

#include "isa/instruction.hpp"
#include "isa/status.hpp"
#include "runtime/device/checked.hpp"
#include "runtime/drivers/memory/host_memory.hpp"

namespace heddle::runtime {
namespace {

using Ids = std::vector<std::uint32_t>;
constexpr std::uint32_t kVocab = 6, kContext = 16, kRun = 4;  // tokens in one run
constexpr std::uint64_t kReadonly = 4096, kTokens = 4096, kLogits = 4160, kLogitStride = 32, kRecord = 4608,
                        kArena = 8192;

isa::Image image() {
  isa::Image image;
  image.config.memory_bytes = 1 << 20;
  image.model.name = "toy";
  image.model.vocab_size = kVocab;
  image.model.context = kContext;
  image.model.hidden_size = 10;
  image.model.macs_per_token = 160;  // 60 of them in the output layer
  image.model.macs_per_context = 7;
  image.readonly_bytes = kReadonly;
  image.arena_bytes = kArena;
  image.programs = {{"prefill", 0, 64 + 16 * 6}, {"decode", 256, 64 + 16}};
  image.bindings = {{"token_ids", "u32", {kRun}, 4, kTokens, 4 * kRun},
                    {"logits", "f32", {kRun, kVocab}, kLogitStride, kLogits, kLogitStride * kRun},
                    {"record", "u8", {256}, 1, kRecord, 256}};
  image.operations = {"embedding", "layer 0 queries"};
  image.constants.assign(kReadonly, 0xAB);
  // prefill: a scalar quad, a tile instruction with tag 1, a scalar quad.
  const auto half = [&](int quad, int index, std::uint16_t value) {
    std::memcpy(image.constants.data() + 64 + 16 * quad + 2 * index, &value, 2);
  };
  half(0, 0, isa::kOpAdd);
  half(1, 0, isa::kOpMatrix);
  half(1, 1, 1);
  half(5, 0, isa::kOpHalt);
  return image;
}

/// The same model compiled for three sequences.
constexpr std::uint64_t kBatch = 512, kPositions = 5120;
isa::Image batch_image() {
  isa::Image out = image();
  out.programs.push_back({"decode_batch", kBatch, 64 + 16});
  out.bindings.push_back({"positions", "u32", {3}, 4, kPositions, 4 * 3});
  return out;
}

/// Logits of token t: t * 10 + column, plus 1000 times its position.
class PlayedDevice : public Device {
 public:
  explicit PlayedDevice(const isa::Config& config) : memory_(config.memory_bytes) {
    info_.driver = info_.name = "played";
    info_.config = config;
    info_.memory_bytes = config.memory_bytes;
    info_.counts_cycles = true;
  }
  const DeviceInfo& info() const override { return info_; }
  std::uint64_t allocate(std::uint64_t bytes) override { return memory_.allocate(bytes); }
  void release(std::uint64_t address) override { memory_.release(address); }
  void write(std::uint64_t address, std::span<const std::uint8_t> bytes) override {
    memory_.write(address, bytes);
  }
  void read(std::uint64_t address, std::span<std::uint8_t> bytes) override { memory_.read(address, bytes); }
  void start(const isa::StartArguments& arguments) override { last = arguments; }
  isa::CompletionRecord wait() override {
    const std::uint64_t arena = last.argument[isa::kArgumentArena];
    const std::uint64_t length = last.argument[isa::kArgumentLength];
    const bool batch = last.program == arena + kBatch;
    const bool all = batch || last.argument[isa::kArgumentAllLogits] != 0;
    for (std::uint64_t i = 0; i < length; ++i) {
      std::uint32_t token = 0, position = static_cast<std::uint32_t>(last.argument[isa::kArgumentStart] + i);
      std::memcpy(&token, memory_.data() + arena + kTokens + 4 * i, 4);
      if (batch) std::memcpy(&position, memory_.data() + arena + kPositions + 4 * i, 4);
      float row[kVocab];
      for (std::uint32_t column = 0; column < kVocab; ++column) {
        row[column] = static_cast<float>(token * 10 + column + 1000 * position);
      }
      std::memcpy(memory_.data() + arena + kLogits + (all ? i : 0) * kLogitStride, row, sizeof row);
    }
    isa::CompletionRecord record;
    record.status = next_status;
    record.pc = next_pc;
    record.counters[isa::kCounter_cycles] = 100;
    record.counters[isa::kCounter_read_beats] = 30;
    record.counters[isa::kCounter_write_beats] = 20;
    record.counters[isa::kCounter_load_bytes] = 400;
    memory_.write(last.record, {reinterpret_cast<const std::uint8_t*>(&record), sizeof record});
    return record;
  }
  std::optional<double> watts() override { return board_watts; }
  isa::StartArguments last;
  std::optional<double> board_watts;
  std::uint32_t next_status = isa::kStatusOk;
  std::uint64_t next_pc = 0;

 private:
  DeviceInfo info_;
  HostMemory memory_;
};

class SessionTest : public ::testing::Test {
 protected:
  SessionTest()
      : played_(new PlayedDevice(image().config)), device_(make_checked(std::unique_ptr<Device>(played_))) {}
  PlayedDevice* played_;
  std::unique_ptr<Device> device_;
};

std::string failure(const std::function<void()>& action) {
  try {
    action();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST_F(SessionTest, LoadsConstantsAndZeroesState) {
  Session session(*device_, image());
  const std::vector<std::uint8_t> memory = session.dump_memory();
  ASSERT_EQ(memory.size(), kArena);
  EXPECT_TRUE(std::equal(memory.begin(), memory.begin() + kReadonly, image().constants.begin()));
  EXPECT_EQ(std::count(memory.begin() + kReadonly, memory.end(), 0), static_cast<long>(kArena - kReadonly));
}

TEST_F(SessionTest, OpensReadOnlyAndWritableWindows) {
  Session session(*device_, image(), {.watchdog = 4321});
  session.decode(2, 5);
  const isa::StartArguments& last = played_->last;
  const std::uint64_t arena = last.argument[isa::kArgumentArena];
  EXPECT_EQ(arena % 4096, 0u);
  EXPECT_EQ(last.program, arena + 256);
  EXPECT_EQ(last.record, arena + kRecord);
  EXPECT_EQ(last.watchdog, 4321u);
  EXPECT_EQ(last.window_base[0], arena);
  EXPECT_EQ(last.window_size[0], kReadonly | isa::kWindowReadOnly);
  EXPECT_EQ(last.window_base[1], arena + kReadonly);
  EXPECT_EQ(last.window_size[1], kArena - kReadonly);
  EXPECT_EQ(last.window_size[2], 0u);
  EXPECT_EQ(last.argument[isa::kArgumentStart], 5u);
  EXPECT_EQ(last.argument[isa::kArgumentLength], 1u);
}

TEST_F(SessionTest, ReturnsLogits) {
  Session session(*device_, image());
  EXPECT_EQ(session.prefill(Ids{1, 3}, 2, false), (std::vector<float>{3030, 3031, 3032, 3033, 3034, 3035}));
  EXPECT_EQ(session.decode(4, 4), (std::vector<float>{4040, 4041, 4042, 4043, 4044, 4045}));
  const std::vector<float> all = session.prefill(Ids{1, 3}, 0, true);
  ASSERT_EQ(all.size(), 2 * kVocab);
  EXPECT_EQ(all[0], 10.0f);
  EXPECT_EQ(all[kVocab], 1030.0f);
}

TEST_F(SessionTest, CutsLongPromptsIntoRuns) {
  Session session(*device_, image());
  const std::vector<float> last = session.prefill(Ids{0, 1, 2, 3, 4, 5, 0, 1, 2, 3}, 1, false);
  EXPECT_EQ(last[0], 30.0f + 10000.0f);
  EXPECT_EQ(session.prefill_totals().runs, 3u);
  EXPECT_EQ(played_->last.argument[isa::kArgumentStart], 9u);
  EXPECT_EQ(played_->last.argument[isa::kArgumentLength], 2u);
  const std::vector<float> all = session.prefill(Ids{0, 1, 2, 3, 4, 5}, 0, true);
  ASSERT_EQ(all.size(), 6 * kVocab);
  EXPECT_EQ(all[5 * kVocab + 1], 5051.0f);
}

TEST_F(SessionTest, AddsUpPhases) {
  Session session(*device_, image());
  session.prefill(Ids{0, 1, 2}, 0, false);
  session.decode(3, 3);
  session.decode(4, 4);
  const PhaseTotals& prefill = session.prefill_totals();
  EXPECT_EQ(prefill.tokens, 3u);
  EXPECT_EQ(prefill.useful_macs, 3u * 100 + 60 + (1 + 2 + 3) * 7);  // one row of logits
  const PhaseTotals& decode = session.decode_totals();
  EXPECT_EQ(decode.tokens, 2u);
  EXPECT_EQ(decode.cycles(), 200u);
  EXPECT_EQ(decode.useful_macs, 2u * 160 + (4 + 5) * 7);
  const isa::Config config = image().config;
  EXPECT_DOUBLE_EQ(*decode.mac_utilization(config), 383.0 / (200.0 * 256));
  EXPECT_DOUBLE_EQ(*decode.bandwidth_utilization(), 0.5);
  EXPECT_EQ(decode.dram_bytes(config), 100u * config.bus_bytes);
  PhaseTotals both = prefill;
  both.add(decode);
  EXPECT_EQ(both.tokens, 5u);
  EXPECT_EQ(both.runs, 3u);
}

TEST_F(SessionTest, BatchesTakeATokenOfEachSequence) {
  Session session(*device_, batch_image());
  EXPECT_EQ(session.sequences(), 3u);
  const std::vector<float> logits = session.decode_batch(Ids{1, 5, 2}, Ids{7, 0, 15});
  ASSERT_EQ(logits.size(), 3 * kVocab);
  EXPECT_EQ(logits[0], 7010.0f);
  EXPECT_EQ(logits[kVocab + 1], 51.0f);
  EXPECT_EQ(logits[2 * kVocab + 2], 15022.0f);
  EXPECT_EQ(played_->last.argument[isa::kArgumentLength], 3u);
  const PhaseTotals& totals = session.decode_totals();
  EXPECT_EQ(totals.runs, 1u);
  EXPECT_EQ(totals.tokens, 3u);
  EXPECT_EQ(totals.useful_macs, 3u * 160 + (8 + 1 + 16) * 7);
}

TEST_F(SessionTest, ProgramsOfOneSequenceAreToldWhich) {
  Session session(*device_, batch_image());
  session.decode(1, 3);
  EXPECT_EQ(played_->last.argument[isa::kArgumentSequence], 0u);
  session.use_sequence(2);
  session.prefill(Ids{1, 2}, 0, false);
  EXPECT_EQ(played_->last.argument[isa::kArgumentSequence], 2u);
  session.decode(1, 3);
  EXPECT_EQ(played_->last.argument[isa::kArgumentSequence], 2u);
  EXPECT_EQ(failure([&] { session.use_sequence(3); }),
            "sequence 3 is out of range: the model is compiled for 3");
  session.decode(1, 4);
  EXPECT_EQ(played_->last.argument[isa::kArgumentSequence], 2u);
}

TEST_F(SessionTest, RefusesWrongBatches) {
  Session one(*device_, image());
  EXPECT_EQ(one.sequences(), 1u);
  EXPECT_NE(failure([&] { one.decode_batch(Ids{1}, Ids{0}); }).find("compile it for a batch"),
            std::string::npos);
  Session session(*device_, batch_image());
  EXPECT_EQ(failure([&] {
              session.decode_batch(Ids{1, 2}, Ids{0, 1});
            }),
            "2 tokens and 2 positions are given, the model is compiled for 3 sequences");
  EXPECT_EQ(failure([&] {
              session.decode_batch(Ids{1, 2, 6}, Ids{0, 1, 2});
            }),
            "sequence 2: token id 6 (at position 2) is out of range: the model has 6 ids");
  EXPECT_EQ(failure([&] {
              session.decode_batch(Ids{1, 2, 3}, Ids{0, 16, 2});
            }),
            "sequence 1: 1 tokens from position 16 do not fit the model's context of 16");
  EXPECT_EQ(session.decode_totals().runs, 0u);
  isa::Image damaged = batch_image();
  damaged.bindings[0].shape = {2};
  EXPECT_NE(failure([&] { Session session(*device_, damaged); }).find("'token_ids'"), std::string::npos);
  isa::Image without = batch_image();
  without.bindings.pop_back();
  EXPECT_NE(failure([&] { Session session(*device_, without); }).find("positions"), std::string::npos);
}

TEST(Measure, WithoutCyclesThereAreNoShares) {
  PhaseTotals totals;
  totals.counters[isa::kCounter_load_bytes] = 10;
  totals.counters[isa::kCounter_store_bytes] = 5;
  EXPECT_FALSE(totals.mac_utilization(isa::Config{}).has_value());
  EXPECT_FALSE(totals.bandwidth_utilization().has_value());
  EXPECT_EQ(totals.dram_bytes(isa::Config{}), 15u);
}

TEST_F(SessionTest, DumpLeavesTimeOut) {
  Session session(*device_, image());
  session.decode(1, 0);
  isa::CompletionRecord record;
  std::memcpy(&record, session.dump_memory().data() + kRecord, sizeof record);
  EXPECT_EQ(record.counters[isa::kCounter_cycles], 0u);
  EXPECT_EQ(record.counters[isa::kCounter_read_beats], 0u);
  EXPECT_EQ(record.counters[isa::kCounter_load_bytes], 400u);
}

TEST_F(SessionTest, RefusesWhatCannotRun) {
  Session session(*device_, image());
  EXPECT_NE(failure([&] { session.prefill(Ids{}, 0, false); }).find("no tokens"), std::string::npos);
  EXPECT_EQ(failure([&] {
              session.prefill(Ids{1, 6}, 3, false);
            }),
            "token id 6 (at position 4) is out of range: the model has 6 ids");
  EXPECT_EQ(failure([&] { session.prefill(Ids(17, 1), 0, false); }),
            "17 tokens from position 0 do not fit the model's context of 16");
  EXPECT_NE(failure([&] { session.prefill(Ids{1, 1}, 15, false); }).find("do not fit"), std::string::npos);
  EXPECT_NE(failure([&] { session.decode(1, 16); }).find("do not fit"), std::string::npos);
  EXPECT_NE(failure([&] { session.decode(1, 0xFFFFFFFFu); }).find("do not fit"), std::string::npos);
  EXPECT_EQ(session.prefill_totals().runs, 0u);
  EXPECT_EQ(failure([&] { session.decode(1, 15); }), "");
}

TEST_F(SessionTest, ErrorsOfTheDeviceNameOperationAndPc) {
  Session session(*device_, image());
  played_->next_status = isa::kStatusWindow;
  played_->next_pc = 1;
  EXPECT_EQ(failure([&] { session.prefill(Ids{1}, 0, false); }),
            "played: program 'prefill' stopped with status 3 (access outside the opened windows) at pc 1, in "
            "operation 'layer 0 queries'");
  played_->next_pc = 0;  // a scalar instruction in front of it
  EXPECT_NE(failure([&] { session.prefill(Ids{1}, 0, false); }).find("layer 0"), std::string::npos);
  played_->next_pc = ~0ull;
  EXPECT_EQ(failure([&] { session.prefill(Ids{1}, 0, false); }).find("operation"), std::string::npos);
  played_->next_status = isa::kStatusOk;
  EXPECT_EQ(failure([&] { session.prefill(Ids{1}, 0, false); }), "");
  EXPECT_EQ(session.prefill_totals().runs, 1u);
}

TEST_F(SessionTest, RefusesOtherConfigurationsAndSmallMemories) {
  isa::Image other = image();
  other.config.rows = 8;
  EXPECT_NE(failure([&] { Session session(*device_, other); }).find("configuration"), std::string::npos);
  isa::Image big = image();
  big.arena_bytes = 1 << 20;
  const std::string message = failure([&] { Session session(*device_, big); });
  EXPECT_NE(message.find("model 'toy' is too big for the device: it needs 1048576 bytes"), std::string::npos)
      << message;
  isa::Image damaged = image();
  damaged.bindings[1].bytes = 8;
  EXPECT_NE(failure([&] { Session session(*device_, damaged); }).find("'logits'"), std::string::npos);
  isa::Image without = image();
  without.bindings.pop_back();
  EXPECT_NE(failure([&] { Session session(*device_, without); }).find("record"), std::string::npos);
}

TEST_F(SessionTest, EnergyIsThatOfTheBoardsSensors) {
  Session blind(*device_, image());
  blind.decode(2, 5);
  EXPECT_EQ(blind.decode_totals().joules, 0.0);
  played_->board_watts = 20.0;
  Session session(*device_, image());
  played_->board_watts = 30.0;
  session.decode(2, 5);  // from 20 to 30 watts
  EXPECT_DOUBLE_EQ(session.decode_totals().joules, 25.0 * session.decode_totals().wall_seconds);
  const double before = session.decode_totals().joules, seconds = session.decode_totals().wall_seconds;
  session.decode(2, 6);
  EXPECT_NEAR(session.decode_totals().joules - before,
              30.0 * (session.decode_totals().wall_seconds - seconds), 1e-9);
  EXPECT_EQ(session.prefill_totals().joules, 0.0);
}

TEST_F(SessionTest, GivesItsMemoryBack) {
  for (int i = 0; i < 300; ++i) Session session(*device_, image());  // 300 arenas do not fit at once
}

}  // namespace
}  // namespace heddle::runtime
