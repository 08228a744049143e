// Number formats, and what an execution holds in which.
#pragma once
#include <array>
#include <string>
#include <string_view>

namespace heddle::eval {

enum class Format { kFp32, kTf32, kBf16, kFp16, kFp8, kInt8, kInt4 };
constexpr std::array<Format, 7> kFormats = {Format::kFp32, Format::kTf32, Format::kBf16, Format::kFp16,
                                            Format::kFp8,  Format::kInt8, Format::kInt4};

/// "fp32", "tf32", "bf16", "fp16", "fp8", "int8", "int4".
std::string_view name(Format format);
/// The inverse. Throws std::runtime_error listing the formats.
Format parse_format(std::string_view text);
/// Bits of a stored element: 32 for tf32, which is a format of computing, not of storing.
constexpr int bits(Format format) {
  switch (format) {
    case Format::kFp32:
    case Format::kTf32:
      return 32;
    case Format::kBf16:
    case Format::kFp16:
      return 16;
    case Format::kFp8:
    case Format::kInt8:
      return 8;
    case Format::kInt4:
      return 4;
  }
  return 0;
}
constexpr double bytes(Format format) { return bits(format) / 8.0; }
constexpr bool is_integer(Format format) { return format == Format::kInt8 || format == Format::kInt4; }

/// Stored weights: elements and their scales.
struct Storage {
  Format format = Format::kBf16;
  double bits_per_element = 16;  // with scales and zero points spread over their group

  double bytes_per_element() const { return bits_per_element / 8; }
};
/// Elements without scales, or with so few (a scale per output channel) that they do not count.
constexpr Storage plain(Format format) { return {format, static_cast<double>(bits(format))}; }
/// `group` elements share `scale_bits` bits of scales and zero points.
constexpr Storage grouped(Format format, int group, int scale_bits) {
  return {format, bits(format) + static_cast<double>(scale_bits) / group};
}
/// How the field commonly stores a format: int4 in groups of 128 with an FP16 scale and a 4-bit zero point
/// (GPTQ, AWQ: 4.16 bits), fp8 in 128x128 blocks with an FP32 scale (DeepSeek-V3), the others plain.
Storage common_storage(Format format);

/// What one execution stores, moves and computes in which format.
struct Precision {
  Storage weights = plain(Format::kBf16);  // of the linear layers and experts
  Storage head = plain(Format::kBf16);     // of embedding and output head, which quantised models keep wider
  Format activations = Format::kBf16;      // operands that enter the linear layers
  Format cache = Format::kBf16;            // keys and values, or the latent
  Format compute = Format::kBf16;          // of the linear layers' multiplications
  Format head_compute = Format::kBf16;
  Format attention_compute = Format::kBf16;  // scores and values
};

}  // namespace heddle::eval
