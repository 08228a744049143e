// Tensors of an ONNX graph: element type, shape, and elements or, where only the type is known, none.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace heddle::graph::onnx {

/// Numbered as TensorProto.DataType of the ONNX format; text and complex numbers are not supported.
enum class ElementType : std::uint8_t {
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
};
/// "float32", "int8", ...
const char* element_name(ElementType type);
/// The type of that number; throws std::runtime_error naming the number or its meaning.
ElementType element_type(int number);
std::size_t element_bytes(ElementType type);
bool is_real(ElementType type);      // a float type
bool is_unsigned(ElementType type);  // an unsigned integer or bool

using Shape = std::vector<std::int64_t>;

/// Number of elements. Throws std::runtime_error on a negative extent and above kMostElements.
std::int64_t element_count(const Shape& shape);
constexpr std::int64_t kMostElements = std::int64_t{1} << 40;  // no tensor that a host can hold has more
/// "[2, 3]"
std::string shape_text(const Shape& shape);

/// Row-major and dense. Arithmetic goes through reals or integers, which hold every element type exactly
/// (double holds all floats; int64 holds all integers, uint64 by its bits).
class Tensor {
 public:
  Tensor() = default;
  /// Of type and shape alone.
  Tensor(ElementType type, Shape shape) : type_(type), shape_(std::move(shape)) {}
  /// With elements; bytes must be as many as the shape says.
  Tensor(ElementType type, Shape shape, std::vector<std::uint8_t> bytes);
  static Tensor of_reals(ElementType type, Shape shape, const std::vector<double>& values);
  /// Integers wrap to the type's width.
  static Tensor of_integers(ElementType type, Shape shape, const std::vector<std::int64_t>& values);
  static Tensor of_floats(Shape shape, const std::vector<float>& values);

  ElementType type() const { return type_; }
  const Shape& shape() const { return shape_; }
  std::int64_t rank() const { return static_cast<std::int64_t>(shape_.size()); }
  std::int64_t count() const { return element_count(shape_); }
  bool has_data() const { return has_data_; }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }
  std::vector<std::uint8_t>& bytes() { return bytes_; }
  /// Adds zeroed elements.
  void allocate();

  /// The elements, converted; need has_data(). Floats become integers by truncation, as Cast does.
  std::vector<double> reals() const;
  std::vector<std::int64_t> integers() const;
  std::vector<float> floats() const;
  /// The elements where they are; only for kFloat.
  const float* float_data() const { return reinterpret_cast<const float*>(bytes_.data()); }
  float* float_data() { return reinterpret_cast<float*>(bytes_.data()); }

  Tensor reshaped(Shape shape) const;
  std::string type_text() const { return element_name(type_) + shape_text(shape_); }

 private:
  ElementType type_ = ElementType::kFloat;
  Shape shape_;
  std::vector<std::uint8_t> bytes_;
  bool has_data_ = false;
};

}  // namespace heddle::graph::onnx
