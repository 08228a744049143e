#include "eval/chips/execution.hpp"

#include <fmt/format.h>

#include <initializer_list>
#include <optional>
#include <stdexcept>

namespace heddle::eval {
namespace {

std::optional<Format> first_native(const Chip& chip, std::initializer_list<Format> formats) {
  for (const Format format : formats) {
    if (chip.has(format)) return format;
  }
  return std::nullopt;
}

// The float format for everything that is not quantised: scores, head, activations of weight-only models.
std::optional<Format> wide_format(const Chip& chip) {
  return first_native(chip, {Format::kBf16, Format::kFp16, Format::kFp32});
}

Format sixteen_bits(Format wide) { return wide == Format::kFp16 ? Format::kFp16 : Format::kBf16; }

// Storage of `format`, everything else in the chip's float format, or in `fallback` on chips without one.
Precision widened_precision(Format format, Format compute) {
  const Format stored = is_integer(compute) ? compute : sixteen_bits(compute);
  Precision precision;
  precision.weights = common_storage(format);
  precision.head = plain(stored);
  precision.activations = precision.cache = stored;
  precision.compute = precision.head_compute = precision.attention_compute = compute;
  return precision;
}

Execution sixteen_bit_execution(const Chip& chip, Format format) {
  const Format other = format == Format::kBf16 ? Format::kFp16 : Format::kBf16;
  if (chip.has(format)) return {format, Support::kNative, widened_precision(format, format), ""};
  if (chip.has(other)) {
    return {format, Support::kSubstitute, widened_precision(other, other),
            fmt::format("{} {} {}: computed in {}", chip.name,
                        chip.peak(format).state == Peak::State::kLacking ? "lacks" : "is not known to have",
                        name(format), name(other))};
  }
  if (chip.has(Format::kFp32) && chip.weight_only) {
    return {format, Support::kWeightOnly, widened_precision(format, Format::kFp32),
            fmt::format("{} multiplies in fp32: {} is only stored and moved", chip.name, name(format))};
  }
  chip.need_peak(format);  // throws: lacking, or not known
  throw std::logic_error("a peak that is not native was given");
}

Execution quantised_execution(const Chip& chip, Format format) {
  const Format wide = wide_format(chip).value_or(format);
  Execution result{format, Support::kNative, widened_precision(format, wide), ""};
  result.precision.activations = result.precision.compute = format;
  return result;
}

Execution weight_only_execution(const Chip& chip, Format format) {
  std::optional<Format> wide = wide_format(chip);
  if (!wide) wide = first_native(chip, {Format::kInt8});
  if (!wide || *wide == format || !chip.weight_only) {
    chip.need_peak(format);  // throws: lacking, or not known
    throw std::logic_error("a peak that is not native was given");
  }
  return {format, Support::kWeightOnly, widened_precision(format, *wide),
          fmt::format("{} is weight-only on {}: bytes at {:.3g} bits, multiplied in {}", name(format),
                      chip.name, common_storage(format).bits_per_element, name(*wide))};
}

}  // namespace

std::string_view name(Support support) {
  constexpr std::string_view kNames[] = {"native", "weight_only", "substitute"};
  return kNames[static_cast<std::size_t>(support)];
}

Execution execution(const Chip& chip, Format format, bool int4_native) {
  if (chip.chip_class == ChipClass::kHeddle) {
    chip.need_peak(format);
    Precision precision = widened_precision(format, format);
    precision.weights = precision.head = plain(format);
    return {format, Support::kNative, precision, ""};
  }
  switch (format) {
    case Format::kBf16:
    case Format::kFp16:
      return sixteen_bit_execution(chip, format);
    case Format::kFp32:
    case Format::kTf32: {
      chip.need_peak(format);
      Execution result{format, Support::kNative, widened_precision(format, format), ""};
      result.precision.head = plain(format);
      result.precision.activations = result.precision.cache = Format::kFp32;
      return result;
    }
    case Format::kFp8:
      chip.need_peak(format);
      return quantised_execution(chip, format);
    case Format::kInt8:
      return chip.has(format) ? quantised_execution(chip, format) : weight_only_execution(chip, format);
    case Format::kInt4: {
      const bool no_float = !wide_format(chip).has_value();
      if (int4_native || (no_float && chip.has(format))) {
        chip.need_peak(format);
        return quantised_execution(chip, format);
      }
      return weight_only_execution(chip, format);
    }
  }
  throw std::logic_error("a format without a rule");
}

}  // namespace heddle::eval
