// MATRIX against naive loops over its definition, on sizes around the array's edges.
#include "tests/hls/harness.hpp"

namespace heddle::tests {
namespace {

class MatrixTest : public HlsTest {
 protected:
  // Fills A, W, C and S from memory, whose bytes are random, and copies what they hold.
  void fill(Assembler& code) {
    for (std::uint64_t i = Machine::kData; i < machine.memory.size() / 2; ++i) {
      machine.memory[i] = static_cast<std::uint8_t>(random());
    }
    std::uniform_real_distribution<float> real(-2.0f, 2.0f);
    const std::uint64_t a_at = Machine::kData, w_at = a_at + config.a_bytes, c_at = w_at + config.w_bytes;
    const std::uint64_t s_at = c_at + config.c_bytes;
    for (std::uint32_t i = 0; i < config.c_bytes / 4; ++i) machine.at<float>(c_at)[i] = real(random);
    for (std::uint32_t i = 0; i < config.s_words(); ++i) machine.at<float>(s_at)[i] = real(random);
    a.assign(machine.at<std::int8_t>(a_at), machine.at<std::int8_t>(a_at) + config.a_bytes);
    w.assign(machine.at<std::int8_t>(w_at), machine.at<std::int8_t>(w_at) + config.w_bytes);
    c.assign(machine.at<float>(c_at), machine.at<float>(c_at) + config.c_bytes / 4);
    s.assign(machine.at<float>(s_at), machine.at<float>(s_at) + config.s_words());
    code.tile(linear(false, isa::kBufferA, 0, a_at, config.a_bytes));
    code.tile(linear(false, isa::kBufferW, 0, w_at, config.w_bytes));
    code.tile(linear(false, isa::kBufferC, 0, c_at, config.c_bytes));
    code.tile(linear(false, isa::kBufferS, 0, s_at, config.s_bytes));
    code.fence();
    output = s_at + config.s_bytes;
  }

  std::int8_t weight(const MatrixFields& x, std::uint32_t o, std::uint32_t kt, std::uint32_t nt,
                     std::uint32_t k, std::uint32_t n) const {
    const std::uint32_t word_bytes = config.w_word_bytes(), columns = config.columns;
    if ((x.flags & isa::kMatrixTransposed) == 0) {
      const std::uint32_t word = x.w_addr + o * x.w_outer_stride + kt * x.w_k_stride + nt * x.w_n_stride;
      return w[(word + k / config.weight_rows) * word_bytes + (k % config.weight_rows) * columns + n];
    }
    const std::uint32_t depth = kt * config.rows + k;
    const std::uint32_t word =
        x.w_addr + o * x.w_outer_stride + depth / columns * x.w_k_stride + nt * x.w_n_stride;
    return w[(word + n / config.weight_rows) * word_bytes + (n % config.weight_rows) * columns +
             depth % columns];
  }

  std::int32_t sum(const MatrixFields& x, std::uint32_t o, std::uint32_t m, std::uint32_t nt,
                   std::uint32_t n) const {
    std::int32_t total = 0;
    for (std::uint32_t depth = 0; depth < x.k_tiles * config.rows; ++depth) {
      const std::uint32_t block =
          x.a_addr + o * x.a_outer_stride + m * x.a_row_stride + depth / config.columns * x.a_block_stride;
      total += a[block * config.columns + depth % config.columns] *
               weight(x, o, depth / config.rows, nt, depth % config.rows, n);
    }
    return total;
  }

  float expected(const MatrixFields& x, std::int32_t total, std::uint32_t o, std::uint32_t m,
                 std::uint32_t nt, std::uint32_t n) const {
    const float column = c[(x.c_addr + o * x.c_outer_stride + nt) * config.columns + n];
    return isa::fp32_mul(isa::fp32_mul(static_cast<float>(total), column),
                         s[x.s_addr + o * x.s_outer_stride + m * x.s_row_stride]);
  }

  std::vector<std::int8_t> a, w;
  std::vector<float> c, s;
  std::uint64_t output = 0;
};

TEST_P(MatrixTest, MatchesNaiveLoops) {
  const std::uint16_t tile = static_cast<std::uint16_t>(config.w_tile_words());
  const std::uint16_t keys = static_cast<std::uint16_t>(config.columns / config.weight_rows);
  const std::uint16_t depth_tiles = static_cast<std::uint16_t>(config.columns / config.rows);
  for (const bool transposed : {false, true}) {
    for (const auto& [rows, k_tiles, n_tiles, outer] :
         {std::tuple{1, 1, 1, 1}, {3, 2, 1, 1}, {5, 3, 2, 2}, {1, 1, 3, 2}, {7, 4, 1, 1}, {2, 5, 1, 2}}) {
      Assembler code;
      fill(code);
      MatrixFields x;
      x.rows = static_cast<std::uint16_t>(rows);
      x.k_tiles = static_cast<std::uint16_t>(k_tiles);
      x.n_tiles = static_cast<std::uint16_t>(n_tiles);
      x.outer = static_cast<std::uint16_t>(outer);
      const std::uint16_t blocks = static_cast<std::uint16_t>((k_tiles + depth_tiles - 1) / depth_tiles);
      x.a_addr = 3, x.a_row_stride = static_cast<std::uint16_t>(blocks + 1), x.a_block_stride = 1,
      x.a_outer_stride = 2;
      x.w_addr = 1;
      if (transposed) {
        x.flags |= isa::kMatrixTransposed;
        x.w_k_stride = keys, x.w_n_stride = static_cast<std::uint16_t>(keys * blocks);
      } else {
        x.w_k_stride = tile, x.w_n_stride = static_cast<std::uint16_t>(tile * k_tiles);
      }
      x.w_outer_stride = 5;
      x.c_addr = 1, x.c_outer_stride = 0, x.s_addr = 7, x.s_row_stride = 2, x.s_outer_stride = 1;
      x.d_addr = 2, x.d_row_stride = static_cast<std::uint16_t>(n_tiles),
      x.d_outer_stride = static_cast<std::uint16_t>(n_tiles * rows);
      x.acc_addr = 1, x.acc_n_stride = 0;
      const std::uint32_t last_word =
          x.w_addr + (outer - 1) * x.w_outer_stride + (n_tiles - 1) * x.w_n_stride +
          ((transposed ? blocks : k_tiles) - 1) * x.w_k_stride + (transposed ? keys : tile);
      ASSERT_LE(last_word, config.w_words());
      code.tile(x.encode());
      code.fence();
      const std::uint32_t blocks_out = rows * n_tiles * outer;
      code.tile(
          linear(true, isa::kBufferV, 2 * config.block_bytes(), output, blocks_out * config.block_bytes()));
      code.halt();
      const isa::CompletionRecord record = machine.run(code);
      ASSERT_EQ(record.status, isa::kStatusOk);
      EXPECT_EQ(record.counters[isa::kCounter_macs],
                std::uint64_t(rows) * k_tiles * n_tiles * outer * config.rows * config.columns);
      for (int o = 0; o < outer; ++o) {
        for (int m = 0; m < rows; ++m) {
          for (int nt = 0; nt < n_tiles; ++nt) {
            for (std::uint32_t n = 0; n < config.columns; ++n) {
              const std::uint32_t at = ((o * rows + m) * n_tiles + nt) * config.columns + n;
              ASSERT_EQ(machine.at<float>(output)[at], expected(x, sum(x, o, m, nt, n), o, m, nt, n))
                  << "transposed " << transposed << " o " << o << " m " << m << " nt " << nt << " n " << n;
            }
          }
        }
      }
    }
  }
}

TEST_P(MatrixTest, SumsContinueAcrossInstructions) {
  Assembler code;
  fill(code);
  MatrixFields part;
  part.rows = 3, part.k_tiles = 2, part.n_tiles = 2;
  part.a_row_stride = 4, part.a_block_stride = 1;
  part.w_k_stride = static_cast<std::uint16_t>(config.w_tile_words());
  part.w_n_stride = 0;
  part.c_addr = 0, part.s_row_stride = 1, part.d_row_stride = 2;
  part.acc_addr = 1, part.acc_n_stride = 3;
  MatrixFields second = part;
  second.a_addr = 2, second.w_addr = 3;
  part.flags = isa::kMatrixFirst;
  second.flags = isa::kMatrixLast;
  code.tile(part.encode());
  code.tile(second.encode());
  code.fence();
  code.tile(linear(true, isa::kBufferV, 0, output, 6 * config.block_bytes()));
  code.halt();
  ASSERT_EQ(machine.run(code).status, isa::kStatusOk);
  for (std::uint32_t m = 0; m < 3; ++m) {
    for (std::uint32_t nt = 0; nt < 2; ++nt) {
      for (std::uint32_t n = 0; n < config.columns; ++n) {
        const std::int32_t total = sum(part, 0, m, nt, n) + sum(second, 0, m, nt, n);
        ASSERT_EQ(machine.at<float>(output)[(m * 2 + nt) * config.columns + n],
                  expected(second, total, 0, m, nt, n));
      }
    }
  }
}

TEST_P(MatrixTest, ZeroCountsDoNothing) {
  for (int zero = isa::kMatrixRows; zero <= isa::kMatrixOuter; ++zero) {
    Assembler code;
    MatrixFields x;
    x.a_addr = 0xFFFF;  // would be outside
    isa::TileInstruction instruction = x.encode();
    instruction.half[zero] = 0;
    code.tile(instruction, 0, 1);
    code.wait(1);
    code.halt();
    const isa::CompletionRecord record = machine.run(code);
    EXPECT_EQ(record.status, isa::kStatusOk);
    EXPECT_EQ(record.counters[isa::kCounter_macs], 0u);
    EXPECT_EQ(record.counters[isa::kCounter_matrix_instructions], 1u);
  }
}

HEDDLE_HLS_SUITE(MatrixTest);

}  // namespace
}  // namespace heddle::tests
