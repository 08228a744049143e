#include "eval/chips/chip.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>

namespace heddle::eval {
namespace {

template <std::size_t N, typename Enum>
std::string_view pick(const std::string_view (&names)[N], Enum value) {
  return names[static_cast<std::size_t>(value)];
}

std::string native_formats(const Chip& chip) {
  std::vector<std::string_view> names;
  for (const Format format : kFormats) {
    if (chip.has(format)) names.push_back(name(format));
  }
  return names.empty() ? "no known format" : fmt::format("{}", fmt::join(names, ", "));
}

const Figure& need(const std::optional<Figure>& figure, const Chip& chip, const char* what,
                   const char* field) {
  if (figure) return *figure;
  throw std::runtime_error(
      fmt::format("{}: {} is not known; supply it as '{}' in a chip file of your own ({})", chip.name, what,
                  field, chip.file));
}

}  // namespace

std::string_view name(ChipClass chip_class) {
  constexpr std::string_view kNames[] = {"gpu", "asic", "cpu", "fpga", "heddle"};
  return pick(kNames, chip_class);
}

std::string_view name(Link::Direction direction) {
  constexpr std::string_view kNames[] = {"per_direction", "bidirectional", "unstated"};
  return pick(kNames, direction);
}

std::string_view name(PowerBoundary boundary) {
  constexpr std::string_view kNames[] = {"chip", "board", "system"};
  return pick(kNames, boundary);
}

Range Link::bytes_per_s_each_way() const {
  const Range half = bandwidth.range / 2;
  switch (direction) {
    case Direction::kPerDirection:
      return bandwidth.range;
    case Direction::kBidirectional:
      return half;
    case Direction::kUnstated:
      break;
  }
  return {half.value, half.low, bandwidth.range.high};
}

const Figure& Chip::need_peak(Format format) const {
  const Peak& found = peak(format);
  if (found.state == Peak::State::kLacking) {
    throw std::runtime_error(
        fmt::format("{} lacks {}; it has {}", name, eval::name(format), native_formats(*this)));
  }
  const std::string field = fmt::format("peaks.{}", eval::name(format));
  const std::string what = fmt::format("its peak in {}", eval::name(format));
  return need(found.figure, *this, what.c_str(), field.c_str());
}

const Figure& Chip::need_bandwidth() const {
  return need(memory.bandwidth, *this, "its memory bandwidth", "memory.bandwidth");
}

const Figure& Chip::need_capacity() const {
  return need(memory.capacity, *this, "its memory capacity", "memory.capacity");
}

Confidence confidence(const Chip& chip) {
  Confidence least = Confidence::kVerified;
  const auto meet = [&](const std::optional<Figure>& figure) {
    if (figure) least = worse(least, figure->confidence);
  };
  for (const Peak& peak : chip.peaks) meet(peak.figure);
  meet(chip.memory.capacity);
  meet(chip.memory.bandwidth);
  return least;
}

}  // namespace heddle::eval
