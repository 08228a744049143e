#include "compiler/graph/onnx/tensor.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "compiler/graph/half.hpp"

namespace heddle::graph::onnx {

namespace {

struct Half {
  std::uint16_t bits;
};
struct Bfloat {
  std::uint16_t bits;
};

/// Calls action with a value of the C++ type that stores elements of this type.
template <typename Action>
auto with_storage(ElementType type, Action action) {
  switch (type) {
    case ElementType::kFloat:
      return action(float{});
    case ElementType::kUint8:
    case ElementType::kBool:
      return action(std::uint8_t{});
    case ElementType::kInt8:
      return action(std::int8_t{});
    case ElementType::kUint16:
      return action(std::uint16_t{});
    case ElementType::kInt16:
      return action(std::int16_t{});
    case ElementType::kInt32:
      return action(std::int32_t{});
    case ElementType::kInt64:
      return action(std::int64_t{});
    case ElementType::kFloat16:
      return action(Half{});
    case ElementType::kDouble:
      return action(double{});
    case ElementType::kUint32:
      return action(std::uint32_t{});
    case ElementType::kUint64:
      return action(std::uint64_t{});
    case ElementType::kBfloat16:
      return action(Bfloat{});
  }
  throw std::logic_error("element type");
}

/// Out of range and NaN: the nearest end of the range, and 0. C++ leaves both undefined.
std::int64_t truncate(double value) {
  if (std::isnan(value)) return 0;
  if (value >= 0x1p63) {
    return value >= 0x1p64 ? std::numeric_limits<std::int64_t>::max()
                           : static_cast<std::int64_t>(static_cast<std::uint64_t>(value));
  }
  return value <= -0x1p63 ? std::numeric_limits<std::int64_t>::min() : static_cast<std::int64_t>(value);
}

template <typename To, typename From>
To load(From element) {
  if constexpr (std::is_same_v<From, Half>) {
    return load<To>(half_to_float(element.bits));
  } else if constexpr (std::is_same_v<From, Bfloat>) {
    return load<To>(bfloat_to_float(element.bits));
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return truncate(element);
  } else {
    return static_cast<To>(element);
  }
}

template <typename To, typename From>
To store(From value) {
  if constexpr (std::is_same_v<To, Half>) {
    return {float_to_half(static_cast<float>(value))};
  } else if constexpr (std::is_same_v<To, Bfloat>) {
    return {float_to_bfloat(static_cast<float>(value))};
  } else if constexpr (std::is_integral_v<To> && std::is_floating_point_v<From>) {
    return static_cast<To>(truncate(value));
  } else {
    return static_cast<To>(value);
  }
}

template <typename To>
std::vector<To> load_all(const Tensor& tensor) {
  if (!tensor.has_data()) throw std::logic_error("elements of a tensor of which only the type is known");
  std::vector<To> out(static_cast<std::size_t>(tensor.count()));
  with_storage(tensor.type(), [&](auto storage) {
    const std::uint8_t* in = tensor.bytes().data();
    for (To& value : out) {
      std::memcpy(&storage, in, sizeof(storage));
      value = load<To>(storage);
      in += sizeof(storage);
    }
  });
  return out;
}

template <typename From>
Tensor store_all(ElementType type, Shape shape, const std::vector<From>& values) {
  Tensor out(type, std::move(shape));
  out.allocate();
  if (static_cast<std::size_t>(out.count()) != values.size()) throw std::logic_error("element count");
  with_storage(type, [&](auto storage) {
    std::uint8_t* bytes = out.bytes().data();
    for (const From value : values) {
      if (type == ElementType::kBool) {
        storage = store<decltype(storage)>(static_cast<From>(value != From{0}));
      } else {
        storage = store<decltype(storage)>(value);
      }
      std::memcpy(bytes, &storage, sizeof(storage));
      bytes += sizeof(storage);
    }
  });
  return out;
}

}  // namespace

const char* element_name(ElementType type) {
  static constexpr const char* kNames[] = {"",       "float32", "uint8", "int8", "uint16",  "int16",
                                           "int32",  "int64",   "",      "bool", "float16", "float64",
                                           "uint32", "uint64",  "",      "",     "bfloat16"};
  return kNames[static_cast<int>(type)];
}

ElementType element_type(int number) {
  if (number == 8) throw std::runtime_error("elements of text are not supported");
  if (number == 14 || number == 15) throw std::runtime_error("complex elements are not supported");
  if (number < 1 || number > 16) throw std::runtime_error(fmt::format("{} is no element type", number));
  return static_cast<ElementType>(number);
}

std::size_t element_bytes(ElementType type) {
  return with_storage(type, [](auto storage) { return sizeof(storage); });
}

bool is_real(ElementType type) {
  return type == ElementType::kFloat || type == ElementType::kDouble || type == ElementType::kFloat16 ||
         type == ElementType::kBfloat16;
}

bool is_unsigned(ElementType type) {
  return type == ElementType::kUint8 || type == ElementType::kUint16 || type == ElementType::kUint32 ||
         type == ElementType::kUint64 || type == ElementType::kBool;
}

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  bool empty = false;
  for (const std::int64_t extent : shape) {
    if (extent < 0)
      throw std::runtime_error(fmt::format("shape {} has a negative extent", shape_text(shape)));
    if (extent == 0) {
      empty = true;
      continue;
    }
    if (extent > kMostElements / count) {
      throw std::runtime_error(fmt::format("shape {} has more than 2^40 elements", shape_text(shape)));
    }
    count *= extent;
  }
  return empty ? 0 : count;
}

std::string shape_text(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

Tensor::Tensor(ElementType type, Shape shape, std::vector<std::uint8_t> bytes)
    : type_(type), shape_(std::move(shape)), bytes_(std::move(bytes)), has_data_(true) {
  const std::size_t expected = static_cast<std::size_t>(count()) * element_bytes(type_);
  if (bytes_.size() != expected) {
    throw std::runtime_error(
        fmt::format("{} needs {} bytes of elements, has {}", type_text(), expected, bytes_.size()));
  }
}

Tensor Tensor::of_reals(ElementType type, Shape shape, const std::vector<double>& values) {
  return store_all(type, std::move(shape), values);
}
Tensor Tensor::of_integers(ElementType type, Shape shape, const std::vector<std::int64_t>& values) {
  return store_all(type, std::move(shape), values);
}
Tensor Tensor::of_floats(Shape shape, const std::vector<float>& values) {
  return store_all(ElementType::kFloat, std::move(shape), values);
}

void Tensor::allocate() {
  bytes_.assign(static_cast<std::size_t>(count()) * element_bytes(type_), 0);
  has_data_ = true;
}

std::vector<double> Tensor::reals() const {
  if (type_ != ElementType::kUint64) return load_all<double>(*this);
  std::vector<double> out;  // reinterpreted, since 2^63 and above do not fit a signed integer
  for (const std::int64_t value : integers())
    out.push_back(static_cast<double>(static_cast<std::uint64_t>(value)));
  return out;
}
std::vector<std::int64_t> Tensor::integers() const { return load_all<std::int64_t>(*this); }
std::vector<float> Tensor::floats() const { return load_all<float>(*this); }

Tensor Tensor::reshaped(Shape shape) const {
  Tensor out(type_, std::move(shape));
  if (out.count() != count()) {
    throw std::runtime_error(
        fmt::format("{} does not have as many elements as {}", shape_text(out.shape_), shape_text(shape_)));
  }
  out.bytes_ = bytes_;
  out.has_data_ = has_data_;
  return out;
}

}  // namespace heddle::graph::onnx
