// From a language model to the compiled file.
#pragma once
#include <cstdint>
#include <string>

#include "compiler/graph/model.hpp"
#include "compiler/tiles/plan.hpp"
#include "compiler/tiles/program.hpp"
#include "isa/image.hpp"

namespace heddle::emit {

struct CompileOptions {
  std::int64_t context = 0;  // positions of the cache; 0: the model's
  int rows = 0;              // most tokens that prefill takes at once; 0: as many as fit, at most 32
  int batch = 0;             // sequences that decode_batch takes at once; up to 1: no such program
};

/// Compiles for a configuration. A model without weights gives an image whose constants end behind the
/// programs. Throws std::runtime_error saying what does not fit, how big it is and what the limit is.
isa::Image compile(const graph::LanguageModel& model, const isa::Config& config,
                   const CompileOptions& options = {});

/// The tile program alone.
tiles::Module compile_to_tiles(const graph::LanguageModel& model, const isa::Config& config,
                               const CompileOptions& options = {});
/// Continues from a tile program, such as edited text, with the constants of the model. Throws
/// std::runtime_error when its configuration or its segments are not those of model and options.
isa::Image compile_from_tiles(const tiles::Module& module, const graph::LanguageModel& model,
                              const CompileOptions& options = {});

/// Every program of an image as text: all fields of all instructions by name.
std::string disassemble(const isa::Image& image);

}  // namespace heddle::emit
