// The tensors of a model's directory, wherever its files keep them.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "compiler/graph/safetensors.hpp"

namespace heddle::graph {

/// Row-major floats.
struct Matrix {
  std::int64_t rows = 0, cols = 0;
  std::vector<float> data;  // rows * cols
  const float* row(std::int64_t r) const { return data.data() + r * cols; }
  float* row(std::int64_t r) { return data.data() + r * cols; }
  float at(std::int64_t r, std::int64_t c) const { return data[static_cast<std::size_t>(r * cols + c)]; }
};

/// model.safetensors, or the shards that model.safetensors.index.json names. Safe for concurrent reads.
class WeightStore {
 public:
  /// Opens and checks all files. Throws std::runtime_error naming the file and what is wrong.
  explicit WeightStore(const std::string& directory);

  /// The tensor, or nullptr.
  const TensorInfo* find(const std::string& tensor) const;
  /// Name, within the directory, of the file that holds the tensor; throws when there is none.
  const std::string& file_of(const std::string& tensor) const;
  /// What to name in messages about tensors that are in no file: the single file, or the index.
  const std::string& main_file() const { return main_file_; }
  /// All names, sorted.
  std::vector<std::string> names() const;
  /// Elements as float, row-major; throws on absent tensors and types other than F32, F16, BF16.
  std::vector<float> read(const std::string& tensor) const;

 private:
  void add_file(const std::string& directory, const std::string& file);

  std::string main_file_;
  std::map<std::string, std::unique_ptr<SafetensorsFile>> files_;  // by name within the directory
  std::map<std::string, std::string> owner_;                       // tensor -> file
};

}  // namespace heddle::graph
