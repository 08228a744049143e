#include "compiler/graph/onnx/npy.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>
#include <utility>

namespace heddle::graph::onnx {

namespace {

constexpr char kMagic[] = "\x93NUMPY";
constexpr std::size_t kMagicBytes = 6;

/// NumPy's letters for element types; all but the single bytes are little-endian.
const std::pair<const char*, ElementType> kLetters[] = {
    {"<f4", ElementType::kFloat},  {"<f8", ElementType::kDouble}, {"<f2", ElementType::kFloat16},
    {"|i1", ElementType::kInt8},   {"|u1", ElementType::kUint8},  {"|b1", ElementType::kBool},
    {"<i2", ElementType::kInt16},  {"<u2", ElementType::kUint16}, {"<i4", ElementType::kInt32},
    {"<u4", ElementType::kUint32}, {"<i8", ElementType::kInt64},  {"<u8", ElementType::kUint64},
};

}  // namespace

Tensor read_npy(const std::string& path) {
  const auto wrong = [&](const std::string& message) { throw std::runtime_error(path + ": " + message); };
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) wrong("no such file");
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (bytes.size() < 12 || bytes.compare(0, kMagicBytes, kMagic, kMagicBytes) != 0) wrong("not a .npy file");
  const auto byte = [&](std::size_t i) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
  };
  const std::size_t version = byte(6);
  if (version < 1 || version > 3) wrong(fmt::format("version {} of .npy is not supported", version));
  const std::size_t start = version == 1 ? 10 : 12;
  std::size_t length = byte(8) | byte(9) << 8;
  if (version > 1) length |= byte(10) << 16 | byte(11) << 24;
  if (length > bytes.size() - start) wrong("its header is cut off");
  const std::string header = bytes.substr(start, length);
  std::smatch letters, dims;
  static const std::regex kDescr("'descr': *'([^']*)'"), kShape("'shape': *\\(([0-9, ]*)\\)");
  if (!std::regex_search(header, letters, kDescr) || !std::regex_search(header, dims, kShape)) {
    wrong("its header has no simple type and shape");
  }
  if (header.find("'fortran_order': False") == std::string::npos) {
    wrong("is in column-major order: save numpy.ascontiguousarray(...)");
  }
  for (const auto& [name, type] : kLetters) {
    if (letters[1] != name) continue;
    Shape shape;
    static const std::regex kNumber("[0-9]{1,13}");
    const std::string list = dims[1];
    for (auto match = std::sregex_iterator(list.begin(), list.end(), kNumber);
         match != std::sregex_iterator(); ++match) {
      shape.push_back(std::stoll(match->str()));
    }
    try {
      return Tensor(type, shape,
                    std::vector<std::uint8_t>(bytes.begin() + static_cast<std::ptrdiff_t>(start + length),
                                              bytes.end()));
    } catch (const std::runtime_error& problem) {
      wrong(problem.what());
    }
  }
  throw std::runtime_error(
      fmt::format("{}: elements of type '{}' are not supported", path, letters[1].str()));
}

std::string npy_bytes(const Tensor& tensor) {
  if (tensor.type() == ElementType::kBfloat16) {
    return npy_bytes(Tensor::of_reals(ElementType::kFloat, tensor.shape(), tensor.reals()));
  }
  std::string letters, dims;
  for (const auto& [name, type] : kLetters) {
    if (type == tensor.type()) letters = name;
  }
  for (const std::int64_t extent : tensor.shape()) dims += fmt::format("{}, ", extent);
  if (tensor.rank() > 1) dims.resize(dims.size() - 2);
  if (tensor.rank() == 1) dims.pop_back();
  std::string header =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", letters, dims);
  header.append(63 - (10 + header.size()) % 64, ' ');  // the elements start at a multiple of 64
  header += '\n';
  std::string out(kMagic, kMagicBytes);
  out += {'\x01', '\x00', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  out += header;
  out.append(tensor.bytes().begin(), tensor.bytes().end());
  return out;
}

}  // namespace heddle::graph::onnx
