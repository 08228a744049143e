// From the shape of a matrix product to an image.
#pragma once
#include "compiler/tiles/gemm.hpp"
#include "isa/image.hpp"

namespace heddle::emit {

/// The image of a product (compiler/tiles/gemm.hpp). Its program and bindings have the names given there, and
/// "record". The operands are constants, zero so far: write them at their bindings' offsets into
/// Image::constants. Throws std::runtime_error when the product does not fit the device's memory.
isa::Image compile_gemm(const tiles::GemmPlan& plan);

}  // namespace heddle::emit
