// LOAD and STORE: strides, odd sizes, bytes between rows untouched.
#include "tests/hls/harness.hpp"

namespace heddle::tests {
namespace {

class DmaTest : public HlsTest {};

TEST_P(DmaTest, StridedRowsOfOddBytes) {
  const std::uint64_t from = Machine::kData, to = from + (1 << 18);
  for (const std::uint32_t bytes :
       {1u, 3u, config.bus_bytes - 1, config.bus_bytes, config.bus_bytes + 1, 130u}) {
    for (const std::uint32_t shift : {0u, 1u, config.bus_bytes - 1}) {
      for (std::uint64_t i = from; i < to + (1 << 18); ++i)
        machine.memory[i] = static_cast<std::uint8_t>(random());
      std::vector<std::uint8_t> expected = machine.memory;
      const std::uint32_t mem_stride = 512, local_stride = 256, out_stride = 1024, rows = 5;
      DmaFields load;
      load.buffer = isa::kBufferV, load.rows = rows, load.row_bytes = bytes, load.base = 3,
      load.mem_offset = 64;
      load.mem_stride = mem_stride, load.local_addr = shift, load.local_stride = local_stride;
      DmaFields store = load;
      store.base = 4, store.mem_stride = out_stride;
      Assembler code;
      code.set(3, static_cast<std::int64_t>(from + shift));
      code.set(4, static_cast<std::int64_t>(to + shift));
      code.tile(load.encode(false), 0, 1);
      code.tile(store.encode(true), 1);
      code.halt();
      const isa::CompletionRecord record = machine.run(code);
      ASSERT_EQ(record.status, isa::kStatusOk);
      EXPECT_EQ(record.counters[isa::kCounter_load_bytes], rows * bytes);
      EXPECT_EQ(record.counters[isa::kCounter_store_bytes], rows * bytes);
      for (std::uint32_t r = 0; r < rows; ++r) {
        std::memcpy(&expected[to + shift + 64 + r * out_stride],
                    &expected[from + shift + 64 + r * mem_stride], bytes);
      }
      ASSERT_TRUE(std::equal(expected.begin() + static_cast<std::ptrdiff_t>(from),
                             expected.end() - static_cast<std::ptrdiff_t>(sizeof record),
                             machine.memory.begin() + static_cast<std::ptrdiff_t>(from)))
          << bytes << " bytes, shift " << shift;
    }
  }
}

TEST_P(DmaTest, ZeroCountsTouchNothing) {
  for (const auto& [rows, bytes] : {std::pair{0u, 8u}, {8u, 0u}}) {
    DmaFields x;
    x.rows = rows, x.row_bytes = bytes, x.mem_offset = 0xFFFFFFF1u, x.local_addr = 0x7FFFFFFFu;
    Assembler code;
    code.tile(x.encode(false), 0, 1);
    code.tile(x.encode(true), 1, 2);
    code.wait(2);
    code.halt();
    EXPECT_EQ(machine.run(code).status, isa::kStatusOk);
  }
}

TEST_P(DmaTest, BytesMustNotRotate) {
  for (const bool stride : {false, true}) {
    DmaFields x;
    x.rows = 2, x.row_bytes = 4, x.mem_offset = Machine::kData + (stride ? 0 : 1),
    x.mem_stride = stride ? 129 : 128;
    x.local_stride = 128;
    Assembler code;
    code.tile(x.encode(false));
    code.halt();
    EXPECT_EQ(machine.run(code).status, isa::kStatusIllegal);
  }
}

HEDDLE_HLS_SUITE(DmaTest);

}  // namespace
}  // namespace heddle::tests
