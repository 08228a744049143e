// The compiled file: programs, constants and everything that a runtime needs to bind tensors and run.
// Host code (C++20), not read by HLS tools.
//
// Device memory of a loaded model is one arena. [0, readonly_bytes) holds programs and constants and is
// opened read-only; [readonly_bytes, arena_bytes) is state: zeroed at load, opened for writing. Offsets are
// from the arena's start, which is 4096-byte aligned on every device.
#pragma once
#include <cstdint>
#include <string>
#include <vector>
#include "isa/config.hpp"

namespace heddle::isa {

// Arguments that programs of an image read.
constexpr int kArgumentArena = 0;     // address of the arena
constexpr int kArgumentStart = 1;     // position of the first token of this run
constexpr int kArgumentLength = 2;    // tokens in this run (prefill; decode: 1)
constexpr int kArgumentAllLogits = 3; // prefill: 0 writes the last token's logits to row 0, 1 every token's, row i
constexpr int kArgumentSequence = 4;  // prefill, decode of an image with decode_batch: whose cache, from 0

/// A named piece of the arena. Those of a language model:
///   token_ids  u32 [most tokens of a run]: row i is the i-th token of this run, decode reads row 0
///   positions  u32 [sequences]: with decode_batch only; row i is the position of token i, a token of sequence i
///   logits     f32 [rows, vocab]: row 0 the last token's (and decode's), or row i the i-th token's
///   record     the completion record
struct Binding {
  std::string name;    // token_ids, logits, record, kv_cache, ...
  std::string dtype;   // "u32", "f32", "i8"
  std::vector<std::uint64_t> shape;  // elements, row-major
  std::uint64_t row_stride = 0;      // bytes between rows of the first dimension
  std::uint64_t offset = 0;          // bytes
  std::uint64_t bytes = 0;
};

struct ImageProgram {
  std::string name;            // "prefill", "decode", "decode_batch"
  std::uint64_t offset = 0;    // of its header
  std::uint64_t bytes = 0;     // header included
};

/// What the runtime knows about the language model.
struct ImageModel {
  std::string name, architecture;
  std::uint32_t vocab_size = 0, context = 0, hidden_size = 0, layers = 0;
  std::uint64_t parameters = 0;
  std::uint64_t macs_per_token = 0;    // multiply-accumulates of the weights, useful ones, output layer included
  std::uint64_t macs_per_context = 0;  // and of attention, for each token in the cache
};

struct Image {
  Config config;
  ImageModel model;
  std::uint64_t readonly_bytes = 0, arena_bytes = 0;
  std::vector<ImageProgram> programs;
  std::vector<Binding> bindings;
  std::vector<std::string> operations;   // name of the graph operation of each instruction tag
  std::vector<std::uint8_t> constants;   // the first readonly_bytes of the arena

  /// The binding or program of that name; throws std::runtime_error when there is none.
  const Binding& binding(const std::string& name) const;
  const ImageProgram& program(const std::string& name) const;
};

/// Writes / reads a compiled file. Throw std::runtime_error naming the file and what is wrong; nothing is
/// left behind by a failed write. Reading checks magic, version, sizes and the configuration's hash.
void write_image(const std::string& path, const Image& image);
Image read_image(const std::string& path);

}  // namespace heddle::isa
