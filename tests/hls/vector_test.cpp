// VECTOR against naive element-by-element evaluation of its definition.
#include "tests/hls/harness.hpp"

namespace heddle::tests {
namespace {

float apply_combine(int combine, float t, float q) {
  switch (combine) {
    case isa::kCombineAdd:
      return isa::fp32_add(t, q);
    case isa::kCombineSub:
      return isa::fp32_sub(t, q);
    case isa::kCombineMax:
      return isa::fp32_max(t, q);
    default:
      return isa::fp32_min(t, q);
  }
}

float apply_one(int function, float x) {
  switch (function) {
    case isa::kFuncExp:
      return isa::fp32_exp(x);
    case isa::kFuncReciprocal:
      return isa::fp32_reciprocal(x);
    case isa::kFuncRsqrt:
      return isa::fp32_rsqrt(x);
    default:
      return x;
  }
}

class VectorTest : public HlsTest {
 protected:
  // Fills A, V and S with a mixture of ordinary and special values.
  void fill(Assembler& code) {
    const std::uint32_t specials[] = {0u,          0x80000000u, 0x7F800000u, 0xFF800000u, 0x7FC00001u,
                                      0xFF812345u, 1u,          0x807FFFFFu, 0x00800000u, 0x7F7FFFFFu};
    std::normal_distribution<float> normal(0.0f, 3.0f);
    const auto value = [&] {
      return random() % 64 == 0 ? isa::float_of(specials[random() % std::size(specials)]) : normal(random);
    };
    a.resize(config.a_bytes);
    v.resize(config.v_bytes / 4);
    s.resize(config.s_words());
    for (auto& x : a) x = static_cast<std::int8_t>(random());
    for (auto& x : v) x = value();
    for (auto& x : s) x = value();
    const std::uint64_t a_at = Machine::kData, v_at = a_at + config.a_bytes, s_at = v_at + config.v_bytes;
    output = s_at + config.s_bytes;
    std::memcpy(machine.at<std::uint8_t>(a_at), a.data(), config.a_bytes);
    std::memcpy(machine.at<std::uint8_t>(v_at), v.data(), config.v_bytes);
    std::memcpy(machine.at<std::uint8_t>(s_at), s.data(), config.s_bytes);
    code.tile(linear(false, isa::kBufferA, 0, a_at, config.a_bytes));
    code.tile(linear(false, isa::kBufferV, 0, v_at, config.v_bytes));
    code.tile(linear(false, isa::kBufferS, 0, s_at, config.s_bytes));
    code.fence();
  }

  float stream(int space, std::uint32_t address, std::uint32_t column, float constant) const {
    const std::uint32_t at = (address + column / config.columns) * config.columns + column % config.columns;
    switch (space) {
      case isa::kSpaceV:
        return v[at];
      case isa::kSpaceS:
        return s[at];
      case isa::kSpaceA:
        return a[at];
      default:
        return constant;
    }
  }

  // Changes a, v, s as the definition says.
  void naive(const VectorFields& x) {
    for (std::uint32_t o = 0; o < x.outer; ++o) {
      for (std::uint32_t r = 0; r < x.rows; ++r) {
        const std::uint32_t step = o * x.s_outer_stride + r * x.s_row_stride;
        const std::uint32_t a_row = x.a_addr + o * x.a_outer_stride + r * x.a_row_stride;
        const std::uint32_t u_row = x.u_addr + o * x.u_outer_stride + r * x.u_row_stride;
        const std::uint32_t d_row = x.d_addr + o * x.d_outer_stride + r * x.d_row_stride;
        std::vector<float> results(x.columns), reduced(x.columns);
        for (std::uint32_t c = 0; c < x.columns; ++c) {
          float t = stream(x.a_space, a_row, c, x.imm0);
          const float u = x.needs_u() ? stream(x.u_space, u_row, c, 0) : 0;
          const auto operand = [&](int select) {
            switch (select) {
              case isa::kSelU:
                return u;
              case isa::kSelS0:
                return s[x.s0_addr + step];
              case isa::kSelS1:
                return s[x.s1_addr + step];
              case isa::kSelImm0:
                return x.imm0;
              default:
                return x.imm1;
            }
          };
          if (x.rope) {
            const std::uint32_t even = c & ~1u;
            const float x0 = stream(x.a_space, a_row, even, x.imm0),
                        x1 = stream(x.a_space, a_row, even + 1, x.imm0);
            const float cosine = stream(x.u_space, u_row, even, 0),
                        sine = stream(x.u_space, u_row, even + 1, 0);
            const float minus = isa::fp32_sub(isa::float_of(0x80000000u), sine);
            reduced[c] = t;
            results[c] = c % 2 == 0 ? isa::fp32_add(isa::fp32_mul(x1, minus), isa::fp32_mul(x0, cosine))
                                    : isa::fp32_add(isa::fp32_mul(x0, sine), isa::fp32_mul(x1, cosine));
          } else {
            if (x.pre_mul != 0) t = isa::fp32_mul(t, operand(x.pre_mul));
            if (x.pre_add != 0) t = apply_combine(x.pre_combine, t, operand(x.pre_add));
            if (x.mask && static_cast<int>(c) >= x.mask_limit + (x.mask_step ? static_cast<int>(r) : 0))
              t = isa::kMaskedScore;
            t = apply_one(x.function, t);
            reduced[c] = t;
            if (x.post_mul != 0) t = isa::fp32_mul(t, operand(x.post_mul));
            if (x.post_add != 0) t = apply_combine(x.post_combine, t, operand(x.post_add));
            results[c] = t;
          }
          if (!x.reduce_function) reduced[c] = results[c];
        }
        float total = 0;
        if (x.reduce == isa::kReduceSum) total = isa::fp32_row_sum(reduced.data(), x.columns);
        if (x.reduce == isa::kReduceMax || x.reduce == isa::kReduceAbsMax) {
          const bool magnitude = x.reduce == isa::kReduceAbsMax;
          total = magnitude ? isa::fp32_abs(reduced[0]) : isa::fp32_canonical(reduced[0]);
          for (float y : reduced) total = isa::fp32_max(total, magnitude ? isa::fp32_abs(y) : y);
        }
        for (std::uint32_t c = 0; c < x.columns; ++c) {
          const std::uint32_t at =
              (d_row + c / config.columns * x.d_block_stride) * config.columns + c % config.columns;
          if (x.destination == isa::kDestV) v[at] = results[c];
          if (x.destination == isa::kDestS) s[at] = results[c];
          if (x.destination == isa::kDestA) {
            a[at] = isa::fp32_to_int8(results[c]);
            if (c + 1 == x.columns) {
              for (std::uint32_t pad = at + 1; pad % config.columns != 0; ++pad) a[pad] = 0;
            }
          }
        }
        if (x.reduce != 0) s[x.red_addr + step] = total;
      }
    }
  }

  void check(const VectorFields& x, const std::string& what) {
    Assembler code;
    fill(code);
    code.tile(x.encode());
    code.fence();
    const std::uint64_t v_at = output + config.a_bytes, s_at = v_at + config.v_bytes;
    code.tile(linear(true, isa::kBufferA, 0, output, config.a_bytes));
    code.tile(linear(true, isa::kBufferV, 0, v_at, config.v_bytes));
    code.tile(linear(true, isa::kBufferS, 0, s_at, config.s_bytes));
    code.halt();
    ASSERT_EQ(machine.run(code).status, isa::kStatusOk) << what;
    naive(x);
    for (std::uint32_t i = 0; i < config.a_bytes; ++i)
      ASSERT_EQ(machine.at<std::int8_t>(output)[i], a[i]) << what << " A byte " << i;
    for (std::uint32_t i = 0; i < config.v_bytes / 4; ++i)
      ASSERT_EQ(machine.at<std::uint32_t>(v_at)[i], isa::bits_of(v[i])) << what << " V word " << i;
    for (std::uint32_t i = 0; i < config.s_words(); ++i)
      ASSERT_EQ(machine.at<std::uint32_t>(s_at)[i], isa::bits_of(s[i])) << what << " S word " << i;
  }

  // A in bank 0, U in bank 1, destination in bank 2 and 3.
  VectorFields placed(std::uint16_t columns, std::uint16_t rows = 2, std::uint16_t outer = 2) const {
    VectorFields x;
    const std::uint16_t blocks = static_cast<std::uint16_t>((columns + config.columns - 1) / config.columns);
    const std::uint16_t bank = static_cast<std::uint16_t>(config.v_bank_blocks());
    x.columns = columns, x.rows = rows, x.outer = outer;
    x.a_row_stride = blocks, x.a_outer_stride = static_cast<std::uint16_t>(blocks * rows);
    x.u_addr = bank, x.u_row_stride = blocks, x.u_outer_stride = 0;
    x.d_addr = static_cast<std::uint16_t>(2 * bank), x.d_row_stride = blocks,
    x.d_outer_stride = static_cast<std::uint16_t>(blocks * rows);
    x.s0_addr = 1, x.s1_addr = 40, x.red_addr = 80, x.s_row_stride = 1, x.s_outer_stride = 3;
    x.imm0 = 1.25f, x.imm1 = -0.75f;
    x.destination = isa::kDestV;
    return x;
  }

  std::vector<std::int8_t> a;
  std::vector<float> v, s;
  std::uint64_t output = 0;
};

TEST_P(VectorTest, EverySelectAndCombine) {
  for (int select = 0; select <= isa::kSelImm1; ++select) {
    for (int combine = 0; combine < 4; ++combine) {
      VectorFields x = placed(static_cast<std::uint16_t>(2 * config.columns + 1));
      x.pre_mul = select, x.pre_add = (select + 1) % 6, x.post_mul = (select + 2) % 6,
      x.post_add = (select + 4) % 6;
      x.pre_combine = combine, x.post_combine = 3 - combine;
      check(x, "select " + std::to_string(select) + " combine " + std::to_string(combine));
    }
  }
}

TEST_P(VectorTest, EveryFunctionAndReduction) {
  for (int function = 0; function <= isa::kFuncRsqrt; ++function) {
    for (int reduce = 0; reduce <= isa::kReduceAbsMax; ++reduce) {
      for (const bool of_function : {false, true}) {
        VectorFields x = placed(static_cast<std::uint16_t>(config.columns + 3));
        x.function = function, x.reduce = reduce, x.reduce_function = of_function;
        x.post_mul = isa::kSelS0, x.pre_add = isa::kSelImm0;
        check(x, "function " + std::to_string(function) + " reduce " + std::to_string(reduce));
      }
    }
  }
}

TEST_P(VectorTest, LongRowsReduceInBlocksOf256) {
  for (const std::uint16_t columns : {1, 255, 256, 257, 511, 512, 513}) {
    if (columns > config.v_bank_blocks() * config.columns) continue;
    for (int reduce = 1; reduce <= isa::kReduceAbsMax; ++reduce) {
      VectorFields x = placed(columns, 1, 1);
      x.reduce = reduce;
      check(x, "columns " + std::to_string(columns));
    }
  }
}

TEST_P(VectorTest, ColumnsAroundBlockEdges) {
  for (int columns = 1; columns <= 2 * static_cast<int>(config.columns) + 1; ++columns) {
    for (const int destination : {isa::kDestV, isa::kDestA, isa::kDestS, isa::kDestNone}) {
      VectorFields x = placed(static_cast<std::uint16_t>(columns));
      x.destination = destination;
      if (destination == isa::kDestA)
        x.d_addr = 1, x.d_block_stride = static_cast<std::uint16_t>(x.rows * x.outer);
      if (destination == isa::kDestA) x.d_row_stride = 1, x.d_outer_stride = x.rows;
      if (destination == isa::kDestS) x.d_addr = 2;
      check(x, "columns " + std::to_string(columns) + " destination " + std::to_string(destination));
    }
  }
}

TEST_P(VectorTest, EverySpaceInAndInPlace) {
  for (const int space : {isa::kSpaceV, isa::kSpaceS, isa::kSpaceA, isa::kSpaceConst}) {
    VectorFields x = placed(static_cast<std::uint16_t>(config.columns + 2));
    x.a_space = space;
    x.pre_mul = isa::kSelU;
    check(x, "A stream in space " + std::to_string(space));
  }
  VectorFields x = placed(static_cast<std::uint16_t>(config.columns + 2));
  x.pre_add = isa::kSelU;
  x.u_space = isa::kSpaceS;
  x.u_addr = 1;
  x.d_addr = x.a_addr;
  check(x, "in place, U in S");
}

TEST_P(VectorTest, MaskWithAndWithoutStep) {
  for (const int limit : {-3, 0, 1, static_cast<int>(config.columns), 400}) {
    for (const bool step : {false, true}) {
      VectorFields x = placed(static_cast<std::uint16_t>(config.columns + 3), 4, 1);
      x.mask = true, x.mask_limit = static_cast<std::int16_t>(limit), x.mask_step = step;
      x.function = isa::kFuncExp, x.reduce = isa::kReduceSum;
      check(x, "limit " + std::to_string(limit));
    }
  }
}

TEST_P(VectorTest, Rope) {
  for (const int columns : {2, static_cast<int>(config.columns), static_cast<int>(config.columns) + 2}) {
    VectorFields x = placed(static_cast<std::uint16_t>(columns));
    x.rope = true;
    x.reduce = isa::kReduceAbsMax;
    check(x, "columns " + std::to_string(columns));
    x.d_addr = x.a_addr;
    check(x, "in place, columns " + std::to_string(columns));
  }
}

HEDDLE_HLS_SUITE(VectorTest);

}  // namespace
}  // namespace heddle::tests
