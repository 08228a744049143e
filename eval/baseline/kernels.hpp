// The OpenCL C sources, embedded when Heddle is built.
#pragma once
#include <string_view>

namespace heddle::eval::kernels {

extern const std::string_view kTypes;  // in front of each of the others
extern const std::string_view kGemm, kGemmVector, kGemv, kAttention, kAttentionVector, kNorm, kStream;

}  // namespace heddle::eval::kernels
