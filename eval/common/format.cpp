#include "eval/common/format.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace heddle::eval {
namespace {
constexpr std::array<std::string_view, kFormats.size()> kNames = {"fp32", "tf32", "bf16", "fp16",
                                                                  "fp8",  "int8", "int4"};
}  // namespace

std::string_view name(Format format) { return kNames[static_cast<std::size_t>(format)]; }

Format parse_format(std::string_view text) {
  const auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) {
    throw std::runtime_error(
        fmt::format("'{}' is not a format; formats are {}", text, fmt::join(kNames, ", ")));
  }
  return static_cast<Format>(found - kNames.begin());
}

Storage common_storage(Format format) {
  switch (format) {
    case Format::kInt4:
      return grouped(format, 128, 16 + 4);
    case Format::kFp8:
      return grouped(format, 128 * 128, 32);
    default:
      return plain(format);
  }
}

}  // namespace heddle::eval
