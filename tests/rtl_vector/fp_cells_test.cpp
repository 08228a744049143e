// Drives the arithmetic cells with directed and random operands against isa/numerics, bit for bit.
// Usage: fp_cells_test [operand pairs] [seed]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <random>
#include <vector>

#include "Vfp_cells_harness.h"
#include "isa/numerics/fp32.hpp"
#include "isa/numerics/functions.hpp"
#include "verilated.h"

namespace {

using heddle::isa::bits_of;
using heddle::isa::float_of;

struct Operands {
  std::uint32_t a, b;
  int function;  // 1 exp, 2 reciprocal, 3 reciprocal square root
};

const std::uint32_t kSpecial[] = {
    0x00000000, 0x80000000, 0x00000001, 0x807FFFFF, 0x00800000, 0x80800000, 0x00800001, 0x00FFFFFF,
    0x01000000, 0x3F800000, 0xBF800000, 0x3F7FFFFF, 0x3F800001, 0x40000000, 0x3F000000, 0x3F000001,
    0x3EFFFFFF, 0x3FC00000, 0x40200000, 0x42FE0000, 0xC2FE0000, 0x42FD0000, 0x42FD0001, 0x42FF0000,
    0x42FF8000, 0xC2FD0000, 0x43000000, 0x42B17218, 0xC2AEAC50, 0xC2B00000, 0x42AEAC4F, 0x4B000000,
    0x4B000001, 0x4AFFFFFF, 0x4B7FFFFF, 0x4B800000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000,
    0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF, 0x7F000000, 0x1FB504F3, 0x20000000, 0x1FFFFFFF,
    0x33000000, 0x32FFFFFF, 0x33800000, 0x7FFFFFFF, 0x80000001, 0x00FFFFFF};

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  Operands next() {
    Operands o;
    o.function = 1 + static_cast<int>(random_() % 3);
    o.a = value();
    switch (random_() % 8) {
      case 0:  // near cancellation
        o.b = (o.a ^ 0x80000000u) + static_cast<std::uint32_t>(random_() % 9) - 4;
        break;
      case 1: {  // exponents a short distance apart
        const int exponent = static_cast<int>((o.a >> 23) & 0xFF) + static_cast<int>(random_() % 61) - 30;
        o.b = with_exponent(exponent);
        break;
      }
      case 2: {  // products around the smallest normal number
        const int exponent = 127 - static_cast<int>((o.a >> 23) & 0xFF) + static_cast<int>(random_() % 5) - 1;
        o.b = with_exponent(exponent);
        break;
      }
      case 3: {  // products around the largest number
        const int exponent = 381 - static_cast<int>((o.a >> 23) & 0xFF) + static_cast<int>(random_() % 5) - 2;
        o.b = with_exponent(exponent);
        break;
      }
      default:
        o.b = value();
    }
    return o;
  }

 private:
  std::uint32_t word() { return static_cast<std::uint32_t>(random_()); }

  std::uint32_t with_exponent(int exponent) {
    if (exponent < 0) exponent = 0;
    if (exponent > 255) exponent = 255;
    return (fraction() & 0x807FFFFFu) | (static_cast<std::uint32_t>(exponent) << 23);
  }

  // Fractions with long runs of zeros and ones make ties and carries likely.
  std::uint32_t fraction() {
    const std::uint32_t w = word();
    const int cut = static_cast<int>(random_() % 24);
    switch (random_() % 4) {
      case 0:
        return (w & 0x80000000u) | (0x7FFFFFu << cut & 0x7FFFFFu);
      case 1:
        return (w & 0x80000000u) | (w & 0x7FFFFFu & ~((1u << cut) - 1));
      case 2:
        return w | ((1u << cut) - 1);
      default:
        return w;
    }
  }

  std::uint32_t value() {
    switch (random_() % 6) {
      case 0:
        return kSpecial[random_() % (sizeof kSpecial / sizeof kSpecial[0])];
      case 1:
        return word();
      case 2:
        return with_exponent(118 + static_cast<int>(random_() % 24));
      case 3:
        return with_exponent(static_cast<int>(random_() % 5));
      case 4:
        return bits_of(static_cast<float>(static_cast<int>(random_() % 600) - 300) / 2.0f);
      default:
        return with_exponent(static_cast<int>(random_() % 256));
    }
  }

  std::mt19937_64 random_;
};

long checked = 0;

void check(const char* cell, std::uint32_t got, std::uint32_t want, const Operands& o) {
  ++checked;
  if (got == want) return;
  std::fprintf(stderr, "%s: a=%08X b=%08X function=%d: got %08X, want %08X\n", cell, o.a, o.b, o.function,
               got, want);
  std::exit(1);
}

std::uint32_t function_of(const Operands& o) {
  const float x = float_of(o.a);
  switch (o.function) {
    case 1:
      return bits_of(heddle::isa::fp32_exp(x));
    case 2:
      return bits_of(heddle::isa::fp32_reciprocal(x));
    default:
      return bits_of(heddle::isa::fp32_rsqrt(x));
  }
}

}  // namespace

int main(int argc, char** argv) {
  namespace isa = heddle::isa;
  const long pairs = argc > 1 ? std::atol(argv[1]) : 1000000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1;
  VerilatedContext context;
  Vfp_cells_harness cells(&context);
  Generator generator(seed);
  std::vector<Operands> directed;
  for (std::uint32_t a : kSpecial) {
    for (std::uint32_t b : kSpecial) directed.push_back({a, b, 1 + static_cast<int>(directed.size() % 3)});
  }
  std::deque<Operands> history;  // front: the newest
  for (long i = 0; i < pairs; ++i) {
    const Operands o = static_cast<std::size_t>(i) < directed.size() ? directed[i] : generator.next();
    history.push_front(o);
    if (history.size() > 8) history.pop_back();
    cells.clk_i = 0;
    cells.a_i = o.a;
    cells.b_i = o.b;
    cells.function_i = static_cast<std::uint8_t>(o.function);
    cells.eval();
    const float a = float_of(o.a), b = float_of(o.b);
    check("to_int8", cells.int8_o, static_cast<std::uint8_t>(isa::fp32_to_int8(a)), o);
    check("from_int8", cells.from_int8_o, bits_of(static_cast<float>(static_cast<std::int8_t>(o.a))), o);
    check("max", cells.max_o, bits_of(isa::fp32_max(a, b)), o);
    check("min", cells.min_o, bits_of(isa::fp32_min(a, b)), o);
    cells.clk_i = 1;
    cells.eval();
    if (history.size() < 8) continue;
    const Operands& m = history[2];
    check("mul", cells.mul_o, bits_of(isa::fp32_mul(float_of(m.a), float_of(m.b))), m);
    const Operands& s = history[3];
    check("add", cells.add_o, bits_of(isa::fp32_add(float_of(s.a), float_of(s.b))), s);
    const Operands& c = history[1];
    check("from_int", cells.from_int_o, bits_of(isa::fp32_from_int(static_cast<std::int32_t>(c.a))), c);
    const Operands& f = history[7];
    check("function", cells.function_o, function_of(f), f);
  }
  std::printf("fp_cells: %ld results of %ld operand pairs identical (seed %llu)\n", checked, pairs,
              static_cast<unsigned long long>(seed));
  return 0;
}
