// A compiled model on the golden device, without the host runtime.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "isa/config_file.hpp"
#include "isa/image.hpp"
#include "isa/program.hpp"
#include "isa/registers.hpp"

namespace heddle::test {

/// The pinned configuration of that name, "rect" (8 x 32, 8 lanes, a 32-byte bus), or one of
/// tests/tiles/configs.
isa::NamedConfig config_named(const std::string& name);

class CompiledModel {
 public:
  /// Builds the golden device of the configuration on first use.
  CompiledModel(const isa::NamedConfig& config, isa::Image image);
  ~CompiledModel();
  CompiledModel(CompiledModel&&) noexcept;

  /// Logits, row-major: of every token, or of the last. Throws std::runtime_error when the device stops with
  /// an error.
  std::vector<float> prefill(const std::vector<std::uint32_t>& tokens, int start, bool all);
  std::vector<float> decode(std::uint32_t token, int position);
  /// A token of each sequence, each at its own position. Logits of each.
  std::vector<float> decode_batch(const std::vector<std::uint32_t>& tokens,
                                  const std::vector<std::uint32_t>& positions);
  /// prefill and decode work on this sequence from now on.
  void use_sequence(int sequence);
  /// Why the run would not be free of races; empty when it is. Reads the positions that are set.
  std::string races(const std::string& program, const std::vector<std::uint32_t>& tokens, int start,
                    bool all);
  std::vector<std::uint8_t> binding_bytes(const std::string& name) const;
  const isa::Image& image() const;
  const isa::CompletionRecord& record() const;

 private:
  std::vector<float> run(const std::string& program, const std::vector<std::uint32_t>& tokens, int start,
                         bool all, std::size_t rows);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Of two vectors of n numbers.
double cosine(const float* a, const float* b, std::size_t n);
std::size_t argmax(const float* values, std::size_t n);
/// Tokens below `vocab`, the same for the same seed.
std::vector<std::uint32_t> random_tokens(std::size_t count, int vocab, std::uint32_t seed);

}  // namespace heddle::test
