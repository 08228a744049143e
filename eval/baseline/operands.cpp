#include "eval/baseline/operands.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace heddle::eval {
namespace {

// Steele, Lea, Flood: Fast splittable pseudorandom number generators (OOPSLA 2014).
std::uint64_t split_mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15ull;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
  return x ^ (x >> 31);
}

// Steps from 0 to 1.
int grid(Format format) {
  switch (format) {
    case Format::kFp16:
      return 1 << 10;
    case Format::kBf16:
      return 1 << 7;
    case Format::kInt8:
      return 127;
    default:
      return 1 << 23;
  }
}

std::vector<float> uniform(std::uint64_t count, Format format, std::uint64_t seed, float scale) {
  const int steps = grid(format);
  const auto span = static_cast<std::uint64_t>(2 * steps + 1);
  const float unit = format == Format::kInt8 ? 1 : scale / static_cast<float>(steps);
  std::vector<float> values(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    // The upper half of the product with a 32-bit random number: uniform without a division.
    const std::uint64_t pick = ((split_mix(seed + i) >> 32) * span) >> 32;
    values[i] = static_cast<float>(static_cast<std::int64_t>(pick) - steps) * unit;
  }
  return values;
}

}  // namespace

Operands make_operands(const Workload& workload) {
  const auto size = [&](std::string_view dimension) { return workload.size(dimension); };
  const auto make = [&](std::uint64_t count, std::uint64_t which, float scale = 1) {
    return uniform(count, workload.format, which << 56, scale);
  };
  switch (workload.workload_class) {
    case WorkloadClass::kGemm:
    case WorkloadClass::kGemv:
      return {make(size("m") * size("k"), 1), make(size("n") * size("k"), 2)};
    case WorkloadClass::kAttentionPrefill:
    case WorkloadClass::kAttentionDecode: {
      const bool prefill = workload.workload_class == WorkloadClass::kAttentionPrefill;
      const std::uint64_t queries = prefill ? size("tokens") : 1;
      const std::uint64_t keys = size(prefill ? "tokens" : "context");
      const std::uint64_t cache = size("batch") * size("kv_heads") * keys * size("head_dim");
      return {make(size("batch") * size("heads") * queries * size("head_dim"), 1, 4), make(cache, 2),
              make(cache, 3)};
    }
    case WorkloadClass::kNorm:
      return {make(size("rows") * size("columns"), 1), make(size("columns"), 2)};
    case WorkloadClass::kCopy:
      return {make(size("elements"), 1)};
    case WorkloadClass::kTriad:
      break;
  }
  return {make(size("elements"), 1), make(size("elements"), 2)};
}

std::uint16_t float_to_half_exact(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000u;
  if ((bits & 0x7fffffffu) == 0) return static_cast<std::uint16_t>(sign);
  const std::uint32_t exponent = ((bits >> 23) & 0xffu) - 127 + 15;
  return static_cast<std::uint16_t>(sign | exponent << 10 | ((bits >> 13) & 0x3ffu));
}

float half_to_float(std::uint16_t half) {
  const int exponent = (half >> 10) & 0x1f;
  const int fraction = half & 0x3ff;
  const float sign = (half & 0x8000) != 0 ? -1.0f : 1.0f;
  if (exponent == 31) return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(fraction), -24);
  return sign * std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
}

std::vector<std::byte> pack(const std::vector<float>& values, Format format) {
  std::vector<std::byte> bytes(values.size() * static_cast<std::size_t>(bits(format)) / 8);
  if (format == Format::kFp32) {
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (format == Format::kInt8) {
      bytes[i] = static_cast<std::byte>(static_cast<std::int8_t>(values[i]));
      continue;
    }
    const std::uint16_t word =
        format == Format::kFp16 ? float_to_half_exact(values[i])
                                : static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(values[i]) >> 16);
    std::memcpy(&bytes[2 * i], &word, 2);
  }
  return bytes;
}

std::size_t result_bytes(Format format) { return format == Format::kInt8 ? 4 : bits(format) / 8; }

void unpack_results(const std::byte* from, std::size_t count, Format format, double* into) {
  for (std::size_t i = 0; i < count; ++i) {
    if (format == Format::kInt8) {
      std::int32_t word = 0;
      std::memcpy(&word, from + 4 * i, 4);
      into[i] = word;
    } else if (format == Format::kFp32) {
      float word = 0;
      std::memcpy(&word, from + 4 * i, 4);
      into[i] = word;
    } else {
      std::uint16_t word = 0;
      std::memcpy(&word, from + 2 * i, 2);
      into[i] = format == Format::kFp16 ? half_to_float(word)
                                        : std::bit_cast<float>(static_cast<std::uint32_t>(word) << 16);
    }
  }
}

}  // namespace heddle::eval
