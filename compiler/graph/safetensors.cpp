#include "compiler/graph/safetensors.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "compiler/graph/half.hpp"
#include "compiler/graph/json_text.hpp"

namespace heddle::graph {

namespace {

constexpr std::uint64_t kMostHeaderBytes = 100'000'000;  // the limit of the format's own library
constexpr std::size_t kMostDimensions = 16;

struct FileType {
  const char* name;
  std::uint64_t bytes;
};
// All types of the format, so that a tensor which no model needs does not make its file unreadable.
constexpr FileType kFileTypes[] = {{"F64", 8},     {"F32", 4},     {"F16", 2},     {"BF16", 2},
                                   {"F8_E4M3", 1}, {"F8_E5M2", 1}, {"F8_E8M0", 1}, {"I64", 8},
                                   {"U64", 8},     {"I32", 4},     {"U32", 4},     {"I16", 2},
                                   {"U16", 2},     {"I8", 1},      {"U8", 1},      {"BOOL", 1}};

std::uint64_t type_bytes(const std::string& dtype) {
  for (const FileType& type : kFileTypes) {
    if (dtype == type.name) return type.bytes;
  }
  return 0;
}

void read_exactly(int descriptor, void* to, std::uint64_t bytes, std::uint64_t offset,
                  const std::string& path) {
  auto* at = static_cast<char*>(to);
  while (bytes > 0) {
    const auto chunk = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, 1u << 30));
    const ssize_t got = ::pread(descriptor, at, chunk, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(errno)));
    if (got == 0) throw std::runtime_error(fmt::format("{}: ends at byte {}, data missing", path, offset));
    at += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::uint64_t>(got);
  }
}

std::vector<std::int64_t> parse_shape(const nlohmann::json& field, const std::string& where) {
  if (!field.is_array()) throw std::runtime_error(where + "\"shape\" is not a list");
  if (field.size() > kMostDimensions) {
    throw std::runtime_error(
        fmt::format("{}{} dimensions; at most {} are read", where, field.size(), kMostDimensions));
  }
  std::vector<std::int64_t> shape;
  for (const auto& dimension : field) {
    // Negative numbers, fractions and what does not fit 64 bits are not number_unsigned.
    if (!dimension.is_number_unsigned() || dimension.get<std::uint64_t>() > (1ull << 48)) {
      throw std::runtime_error(
          fmt::format("{}impossible dimension {} in \"shape\"", where, dimension.dump()));
    }
    shape.push_back(dimension.get<std::int64_t>());
  }
  return shape;
}

}  // namespace

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

SafetensorsFile::SafetensorsFile(const std::string& path) : path_(path) {
  descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) throw std::runtime_error(fmt::format("{}: {}", path, std::strerror(errno)));
  try {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
      throw std::runtime_error(fmt::format("{}: not a regular file", path));
    }
    const auto file_bytes = static_cast<std::uint64_t>(status.st_size);
    if (file_bytes < 8) {
      throw std::runtime_error(
          fmt::format("{}: {} bytes, too short for a safetensors file", path, file_bytes));
    }
    std::uint8_t length_bytes[8];
    read_exactly(descriptor_, length_bytes, 8, 0, path);
    std::uint64_t header_bytes = 0;
    for (int i = 7; i >= 0; --i) header_bytes = (header_bytes << 8) | length_bytes[i];
    if (header_bytes > file_bytes - 8) {
      throw std::runtime_error(
          fmt::format("{}: the header's length, {}, goes beyond the file of {} bytes: "
                      "truncated, or not a safetensors file",
                      path, header_bytes, file_bytes));
    }
    if (header_bytes > kMostHeaderBytes) {
      throw std::runtime_error(
          fmt::format("{}: a header of {} bytes; at most {} are read", path, header_bytes, kMostHeaderBytes));
    }
    std::string text(static_cast<std::size_t>(header_bytes), '\0');
    read_exactly(descriptor_, text.data(), header_bytes, 8, path);
    parse_header(text, 8 + header_bytes, file_bytes - 8 - header_bytes);
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

SafetensorsFile::~SafetensorsFile() { ::close(descriptor_); }

void SafetensorsFile::parse_header(const std::string& text, std::uint64_t data_start,
                                   std::uint64_t data_bytes) {
  const nlohmann::json header = parse_object(text, path_ + ": header");
  std::vector<std::pair<std::uint64_t, std::string>> order;  // begin of each tensor's data
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) throw std::runtime_error(path_ + ": header: \"__metadata__\" is not an object");
      continue;
    }
    const std::string where = fmt::format("{}: tensor \"{}\": ", path_, name);
    if (!entry.is_object()) throw std::runtime_error(where + "not a JSON object");
    for (const char* field : {"dtype", "shape", "data_offsets"}) {
      if (!entry.contains(field)) throw std::runtime_error(fmt::format("{}\"{}\" is missing", where, field));
    }
    TensorInfo info;
    if (!entry["dtype"].is_string()) throw std::runtime_error(where + "\"dtype\" is not a string");
    info.dtype = entry["dtype"].get<std::string>();
    const std::uint64_t element = type_bytes(info.dtype);
    if (element == 0)
      throw std::runtime_error(fmt::format("{}unknown dtype {}", where, entry["dtype"].dump()));
    info.shape = parse_shape(entry["shape"], where);
    const auto& offsets = entry["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      throw std::runtime_error(where + "\"data_offsets\" is not a pair of positions");
    }
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    if (begin > end)
      throw std::runtime_error(
          fmt::format("{}data_offsets [{}, {}] end before they begin", where, begin, end));
    if (end > data_bytes) {
      throw std::runtime_error(
          fmt::format("{}data_offsets [{}, {}] go beyond the {} bytes of data in the file: "
                      "truncated, or a wrong header",
                      where, begin, end, data_bytes));
    }
    std::uint64_t expected = element;
    bool overflow = false;
    for (const std::int64_t dimension : info.shape) {
      overflow |= __builtin_mul_overflow(expected, static_cast<std::uint64_t>(dimension), &expected);
    }
    if (overflow || expected != end - begin) {
      throw std::runtime_error(fmt::format(
          "{}{} bytes of data, but shape {} of {} takes {}", where, end - begin, shape_text(info.shape),
          info.dtype, overflow ? "more than 64 bits can count" : std::to_string(expected)));
    }
    info.offset = data_start + begin;
    info.bytes = end - begin;
    order.emplace_back(begin, name);
    tensors_.emplace(name, std::move(info));
  }
  // The format allows neither holes nor overlaps: every byte belongs to one tensor. Empty tensors, which sort
  // by their end as well, may share a position.
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    return std::make_pair(a.first, tensors_.at(a.second).bytes) <
           std::make_pair(b.first, tensors_.at(b.second).bytes);
  });
  std::uint64_t at = 0;
  const std::string* previous = nullptr;
  for (const auto& [begin, name] : order) {
    if (begin < at) {
      throw std::runtime_error(fmt::format("{}: tensors \"{}\" and \"{}\" overlap at byte {} of the data",
                                           path_, *previous, name, begin));
    }
    if (begin > at) {
      throw std::runtime_error(
          fmt::format("{}: bytes {} to {} of the data, before tensor \"{}\", belong to no "
                      "tensor",
                      path_, at, begin, name));
    }
    at = begin + tensors_.at(name).bytes;
    previous = &name;
  }
  if (at != data_bytes) {
    throw std::runtime_error(
        fmt::format("{}: {} bytes after the last tensor belong to no tensor", path_, data_bytes - at));
  }
}

std::vector<float> SafetensorsFile::read(const std::string& tensor) const {
  const auto found = tensors_.find(tensor);
  if (found == tensors_.end()) throw std::runtime_error(fmt::format("{}: no tensor \"{}\"", path_, tensor));
  const TensorInfo& info = found->second;
  const bool half = info.dtype == "F16", brain = info.dtype == "BF16";
  if (!half && !brain && info.dtype != "F32") {
    throw std::runtime_error(
        fmt::format("{}: tensor \"{}\": dtype {} cannot be read as numbers: F32, F16 or BF16 "
                    "are needed",
                    path_, tensor, info.dtype));
  }
  static_assert(std::endian::native == std::endian::little, "tensors are stored little-endian");
  if (!half && !brain) {
    std::vector<float> values(info.bytes / 4);
    read_exactly(descriptor_, values.data(), info.bytes, info.offset, path_);
    return values;
  }
  std::vector<std::uint16_t> bits(info.bytes / 2);
  read_exactly(descriptor_, bits.data(), info.bytes, info.offset, path_);
  std::vector<float> values(bits.size());
  std::transform(bits.begin(), bits.end(), values.begin(), half ? half_to_float : bfloat_to_float);
  return values;
}

}  // namespace heddle::graph
