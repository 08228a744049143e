#include "compiler/graph/onnx/proto_tensor.hpp"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

namespace heddle::graph::onnx {

namespace {

static_assert(std::endian::native == std::endian::little, "ONNX stores raw data in little-endian order");

[[noreturn]] void fail(const std::string& message) { throw std::runtime_error(message); }

std::uint64_t number(const std::string& key, const std::string& text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    fail(fmt::format("external data: {} \"{}\" is not a number of bytes", key, text));
  }
  return value;
}

/// The file that `location` names, which must lie in the directory after every link is followed.
std::filesystem::path resolve(const std::string& location, const std::string& directory) {
  namespace fs = std::filesystem;
  const fs::path relative(location);
  if (location.empty() || location.find('\0') != std::string::npos) fail("external data: no location");
  if (relative.is_absolute())
    fail(fmt::format("external data: \"{}\" must be relative to the model", location));
  std::error_code error;
  const fs::path root = fs::canonical(directory, error);
  if (error) fail(fmt::format("external data: folder {}: {}", directory, error.message()));
  const fs::path file = fs::canonical(root / relative, error);
  if (error) fail(fmt::format("external data: \"{}\": {}", location, error.message()));
  const auto [in_root, in_file] = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  if (in_root != root.end()) {
    fail(fmt::format("external data: \"{}\" is outside the model's folder", location));
  }
  if (!fs::is_regular_file(file)) fail(fmt::format("external data: \"{}\" is not a file", location));
  return file;
}

std::vector<std::uint8_t> external(const ::onnx::TensorProto& proto, std::size_t bytes,
                                   const std::string& directory) {
  if (directory.empty()) fail("external data is not available for a model that is not a file");
  std::map<std::string, std::string> entries;
  for (const auto& entry : proto.external_data()) entries[entry.key()] = entry.value();
  const std::filesystem::path path = resolve(entries["location"], directory);
  const std::uint64_t offset = entries.count("offset") != 0 ? number("offset", entries["offset"]) : 0;
  const std::uint64_t size = std::filesystem::file_size(path);
  if (entries.count("length") != 0 && number("length", entries["length"]) != bytes) {
    fail(fmt::format("external data: length {} does not match the {} bytes of the shape", entries["length"],
                     bytes));
  }
  if (offset > size || bytes > size - offset) {
    fail(fmt::format("external data: {} bytes at {} go beyond the {} bytes of \"{}\"", bytes, offset, size,
                     entries["location"]));
  }
  std::ifstream file(path, std::ios::binary);
  std::vector<std::uint8_t> out(bytes);
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(bytes));
  if (!file) fail(fmt::format("external data: \"{}\" cannot be read", entries["location"]));
  return out;
}

/// Elements that are kept in a repeated field, each cut to the element's width.
template <typename Element, typename Field>
std::vector<std::uint8_t> typed(const Field& field, std::int64_t count) {
  if (field.size() != count) {
    fail(fmt::format("has {} elements, {} by its shape", field.size(), count));
  }
  std::vector<std::uint8_t> out(static_cast<std::size_t>(count) * sizeof(Element));
  std::uint8_t* to = out.data();
  for (const auto value : field) {
    const auto element = static_cast<Element>(value);
    std::memcpy(to, &element, sizeof(Element));
    to += sizeof(Element);
  }
  return out;
}

std::vector<std::uint8_t> typed_field(const ::onnx::TensorProto& proto, ElementType type,
                                      std::int64_t count) {
  switch (type) {
    case ElementType::kFloat:
      return typed<float>(proto.float_data(), count);
    case ElementType::kDouble:
      return typed<double>(proto.double_data(), count);
    case ElementType::kInt64:
      return typed<std::int64_t>(proto.int64_data(), count);
    case ElementType::kUint64:
      return typed<std::uint64_t>(proto.uint64_data(), count);
    case ElementType::kUint32:
      return typed<std::uint32_t>(proto.uint64_data(), count);
    case ElementType::kInt32:
      return typed<std::int32_t>(proto.int32_data(), count);
    case ElementType::kInt16:
    case ElementType::kUint16:
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
      return typed<std::uint16_t>(proto.int32_data(), count);
    case ElementType::kInt8:
    case ElementType::kUint8:
    case ElementType::kBool:
      return typed<std::uint8_t>(proto.int32_data(), count);
  }
  throw std::logic_error("element type");
}

}  // namespace

Tensor read_proto(const ::onnx::TensorProto& proto, const std::string& directory) {
  const ElementType type = element_type(proto.data_type());
  if (proto.has_segment()) fail("tensors in segments are not supported");
  const Shape shape(proto.dims().begin(), proto.dims().end());
  const std::int64_t count = element_count(shape);
  const std::size_t bytes = static_cast<std::size_t>(count) * element_bytes(type);
  if (proto.data_location() == ::onnx::TensorProto::EXTERNAL) {
    return Tensor(type, shape, external(proto, bytes, directory));
  }
  if (proto.has_raw_data()) {
    const std::string& raw = proto.raw_data();
    Tensor out(type, shape, std::vector<std::uint8_t>(raw.begin(), raw.end()));
    if (type == ElementType::kBool) {
      for (std::uint8_t& flag : out.bytes()) flag = flag != 0 ? 1 : 0;
    }
    return out;
  }
  return Tensor(type, shape, typed_field(proto, type, count));
}

}  // namespace heddle::graph::onnx
