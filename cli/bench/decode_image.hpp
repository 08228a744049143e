// One step of decoding with full caches, ready to run.
#pragma once
#include <cstdint>

#include "compiler/graph/model.hpp"
#include "isa/image.hpp"

namespace heddle::cli {

/// The image of a model with random weights and, behind them, the state before the step: `batch` sequences,
/// each with `context` - 1 tokens in its cache and its next token. Program "decode", or "decode_batch" for
/// more than one sequence; arguments: see decode_arguments.
isa::Image random_decode_image(const graph::LanguageModel& model, const isa::Config& config,
                               std::int64_t context, int batch, std::uint64_t seed);

/// Arguments of the step's program; the first, the arena, is the runner's.
std::vector<std::uint64_t> decode_arguments(std::int64_t context, int batch);

}  // namespace heddle::cli
