// How a chip executes a model in a format: natively, or with weights that are only stored in it.
#pragma once
#include <string>

#include "eval/chips/chip.hpp"

namespace heddle::eval {

enum class Support {
  kNative,      // multiplied in the format
  kWeightOnly,  // stored and moved in the format, widened on chip, multiplied in a wider one
  kSubstitute,  // the other 16-bit format: the same bytes, another exponent range
};
/// "native", "weight_only", "substitute".
std::string_view name(Support support);

struct Execution {
  Format format = Format::kBf16;  // asked for
  Support support = Support::kNative;
  Precision precision;
  std::string remark;  // one sentence for the user; empty where native
};

/// The rules:
/// - bf16: natively; else in fp16; else stored in 16 bits and multiplied in fp32.
/// - fp8: natively, or not at all: widening it on chips without it is not what their users run.
/// - int8: natively with 8-bit activations; else weight-only.
/// - int4: weight-only with the widest 16-bit format, which is what 4-bit models (GPTQ, AWQ, GGUF) are made
///   for; on chips without floating point natively, else widened to int8. `int4_native` asks for 4-bit
///   activations as well.
/// - our own machine: int8 throughout, weights, activations, cache and head; nothing else.
/// Throws std::runtime_error saying what the chip lacks and what it has.
Execution execution(const Chip& chip, Format format, bool int4_native = false);

}  // namespace heddle::eval
