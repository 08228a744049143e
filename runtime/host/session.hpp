// A compiled model on a device: loads it, runs its programs, adds up what they cost.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "isa/image.hpp"
#include "runtime/device/device.hpp"
#include "runtime/host/measure.hpp"
#include "runtime/host/timeline.hpp"
#include "runtime/host/token_model.hpp"

namespace heddle::runtime {

struct SessionOptions {
  Timeline* timeline = nullptr;      // told of every run's end; borrowed
  std::uint64_t watchdog = 1000000;  // cycles without progress that end a run
};

/// One sequence of tokens, or as many as the image was compiled for, each with a cache of its own. Borrows
/// the device, which must outlive it, and takes one allocation of its memory.
class Session : public TokenModel {
 public:
  /// Allocates the arena and copies the constants into it. Throws std::runtime_error when the image was
  /// compiled for another configuration or does not fit the device's memory.
  Session(Device& device, isa::Image image, const SessionOptions& options = {});
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  std::uint32_t vocab_size() const override { return image_.model.vocab_size; }
  std::uint32_t context() const override { return image_.model.context; }
  /// A prompt longer than what one run takes is cut into several. Throws std::runtime_error when the device
  /// reports an error: its status, program counter and graph operation.
  std::vector<float> prefill(std::span<const std::uint32_t> tokens, std::uint32_t start,
                             bool all_logits) override;
  std::vector<float> decode(std::uint32_t token, std::uint32_t position) override;

  /// Sequences that decode_batch takes; 1 when the image has no such program.
  std::uint32_t sequences() const { return sequences_; }
  /// prefill and decode work on this sequence from now on; 0 at first. Throws std::runtime_error when there
  /// is none of that number.
  void use_sequence(std::uint32_t sequence);
  /// One token for each sequence, token i at position positions[i] of sequence i; returns logits, row-major,
  /// row i of sequence i. The bits are those of decode. Throws like decode, and when the image was compiled
  /// for another number of sequences.
  std::vector<float> decode_batch(std::span<const std::uint32_t> tokens,
                                  std::span<const std::uint32_t> positions);

  const isa::Image& image() const { return image_; }
  Device& device() { return device_; }
  const PhaseTotals& prefill_totals() const { return prefill_; }
  const PhaseTotals& decode_totals() const { return decode_; }
  /// The arena as it lies in device memory, with those counters of the completion record set to zero that
  /// depend on time: what is left must be equal on every design.
  std::vector<std::uint8_t> dump_memory();

 private:
  /// Runs a program that leaves `rows` rows of logits and takes so many useful multiply-accumulates.
  std::vector<float> run(const isa::ImageProgram& program, PhaseTotals* totals,
                         std::span<const std::uint32_t> tokens, std::uint32_t start, bool all_logits,
                         std::size_t rows, std::uint64_t macs);
  std::uint64_t useful_macs(std::uint64_t tokens, std::uint64_t start, std::uint64_t logit_rows) const;

  Device& device_;
  isa::Image image_;
  SessionOptions options_;
  std::uint64_t arena_ = 0;
  std::uint32_t sequences_ = 1, sequence_ = 0;
  const isa::Binding& tokens_;
  const isa::Binding& logits_;
  const isa::Binding& record_;
  std::optional<double> watts_;  // of the board when it was last asked; none: it has no sensors
  PhaseTotals prefill_, decode_;
};

/// Throws std::runtime_error unless the run of `program` ended well: device, program, status, program counter
/// and graph operation.
void require_ok(const Device& device, const isa::Image& image, const isa::ImageProgram& program,
                const isa::CompletionRecord& record);

/// Name of the graph operation that the instruction at `pc` belongs to, or of the next tile instruction's
/// where a scalar instruction stands there; empty where the image knows none.
std::string operation_at(const isa::Image& image, const isa::ImageProgram& program, std::uint64_t pc);

}  // namespace heddle::runtime
