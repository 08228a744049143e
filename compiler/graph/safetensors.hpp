// Reader of one safetensors file: 8 bytes header length (little-endian), JSON header, data. The header is
// checked completely when the file is opened; data are read when asked for, so that a model larger than the
// host's memory can be inspected.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace heddle::graph {

struct TensorInfo {
  std::string dtype;                // as in the header: "F32", "F16", "BF16", "I64", ...
  std::vector<std::int64_t> shape;  // elements
  std::uint64_t offset = 0;         // bytes from the start of the file
  std::uint64_t bytes = 0;
};

/// "[172, 64]"
std::string shape_text(const std::vector<std::int64_t>& shape);

class SafetensorsFile {
 public:
  /// Opens and checks. Throws std::runtime_error naming the file (and tensor): truncated, header not JSON,
  /// offsets outside, overlapping or with holes, bytes that differ from shape times type, unknown type,
  /// impossible shape, duplicate name.
  explicit SafetensorsFile(const std::string& path);
  ~SafetensorsFile();
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const std::string& path() const { return path_; }
  const std::map<std::string, TensorInfo>& tensors() const { return tensors_; }
  /// Elements as float, row-major. Throws when absent, not F32, F16 or BF16, or when reading fails.
  std::vector<float> read(const std::string& tensor) const;

 private:
  void parse_header(const std::string& text, std::uint64_t data_start, std::uint64_t data_bytes);

  std::string path_;
  int descriptor_ = -1;
  std::map<std::string, TensorInfo> tensors_;
};

}  // namespace heddle::graph
