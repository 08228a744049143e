#include "runtime/host/session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "isa/image_start.hpp"
#include "isa/instruction.hpp"
#include "isa/status.hpp"

namespace heddle::runtime {
namespace {

std::span<const std::uint8_t> bytes_of(std::span<const std::uint32_t> words) {
  return {reinterpret_cast<const std::uint8_t*>(words.data()), words.size_bytes()};
}

/// A binding of `dtype`, inside the arena's state, with `columns` elements a row.
const isa::Binding& checked_binding(const isa::Image& image, const std::string& name,
                                    const std::string& dtype, std::uint64_t row_bytes) {
  const isa::Binding& binding = image.binding(name);
  const std::uint64_t rows = binding.shape.empty() ? 1 : binding.shape[0];
  const bool inside = binding.offset >= image.readonly_bytes && binding.offset <= image.arena_bytes &&
                      binding.bytes <= image.arena_bytes - binding.offset;
  if (binding.dtype != dtype || rows == 0 || !inside || binding.row_stride < (rows > 1 ? row_bytes : 0) ||
      (rows - 1) * binding.row_stride + row_bytes > binding.bytes) {
    throw std::runtime_error(fmt::format("compiled model: the binding '{}' is damaged", name));
  }
  return binding;
}

}  // namespace

void check_tokens(std::span<const std::uint32_t> tokens, std::uint32_t start, const TokenModel& model) {
  if (tokens.empty()) throw std::runtime_error("there are no tokens to run: the prompt is empty");
  if (tokens.size() > model.context() || start > model.context() - tokens.size()) {
    throw std::runtime_error(fmt::format("{} tokens from position {} do not fit the model's context of {}",
                                         tokens.size(), start, model.context()));
  }
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i] >= model.vocab_size()) {
      throw std::runtime_error(
          fmt::format("token id {} (at position {}) is out of range: the model has {} ids", tokens[i],
                      start + i, model.vocab_size()));
    }
  }
}

Session::Session(Device& device, isa::Image image, const SessionOptions& options)
    : device_(device),
      image_(std::move(image)),
      options_(options),
      tokens_(checked_binding(image_, "token_ids", "u32", 4)),
      logits_(checked_binding(image_, "logits", "f32", 4ull * image_.model.vocab_size)),
      record_(image_.binding("record")) {
  const std::uint64_t ours = isa::config_hash(image_.config), theirs = isa::config_hash(device.info().config);
  if (ours != theirs) {
    throw std::runtime_error(fmt::format(
        "the model was compiled for configuration {:016x}, the device is {:016x}: compile it again with "
        "the device's --config",
        ours, theirs));
  }
  if (image_.constants.size() != image_.readonly_bytes || image_.readonly_bytes > image_.arena_bytes) {
    throw std::runtime_error("compiled model: sizes of constants and arena disagree");
  }
  const bool batches = std::any_of(image_.programs.begin(), image_.programs.end(),
                                   [](const isa::ImageProgram& p) { return p.name == "decode_batch"; });
  if (batches) {
    const isa::Binding& positions = checked_binding(image_, "positions", "u32", 4);
    sequences_ = static_cast<std::uint32_t>(positions.shape.empty() ? 1 : positions.shape[0]);
    for (const isa::Binding* rows : {&tokens_, &logits_}) {
      if (rows->shape.empty() || rows->shape[0] < sequences_) {
        throw std::runtime_error(
            fmt::format("compiled model: the binding '{}' is damaged: {} sequences have positions",
                        rows->name, sequences_));
      }
    }
  }
  try {
    arena_ = device_.allocate(image_.arena_bytes);
  } catch (const DeviceError& error) {
    throw std::runtime_error(
        fmt::format("model '{}' is too big for the device: it needs {} bytes ({:.1f} MiB) of "
                    "memory: {}",
                    image_.model.name, image_.arena_bytes,
                    static_cast<double>(image_.arena_bytes) / 1048576.0, error.what()));
  }
  device_.write(arena_, image_.constants);
  watts_ = device_.watts();
}

Session::~Session() {
  try {
    device_.release(arena_);
  } catch (const DeviceError&) {  // a run was abandoned: the device keeps the memory until it closes
  }
}

std::vector<float> Session::prefill(std::span<const std::uint32_t> tokens, std::uint32_t start,
                                    bool all_logits) {
  check_tokens(tokens, start, *this);
  std::uint64_t most = tokens_.shape.empty() ? 1 : tokens_.shape[0];
  if (all_logits) most = std::min<std::uint64_t>(most, logits_.shape.size() > 1 ? logits_.shape[0] : 1);
  const isa::ImageProgram& program = image_.program("prefill");
  std::vector<float> logits;
  for (std::size_t done = 0; done < tokens.size();) {
    const std::size_t count = std::min<std::size_t>(most, tokens.size() - done);
    const std::uint32_t first = start + static_cast<std::uint32_t>(done);
    const std::size_t rows = all_logits ? count : 1;
    std::vector<float> part = run(program, &prefill_, tokens.subspan(done, count), first, all_logits, rows,
                                  useful_macs(count, first, rows));
    if (!all_logits || logits.empty()) {
      logits = std::move(part);
    } else {
      logits.insert(logits.end(), part.begin(), part.end());
    }
    done += count;
  }
  return logits;
}

std::vector<float> Session::decode(std::uint32_t token, std::uint32_t position) {
  check_tokens({&token, 1}, position, *this);
  return run(image_.program("decode"), &decode_, {&token, 1}, position, false, 1,
             useful_macs(1, position, 1));
}

void Session::use_sequence(std::uint32_t sequence) {
  if (sequence >= sequences_) {
    throw std::runtime_error(
        fmt::format("sequence {} is out of range: the model is compiled for {}", sequence, sequences_));
  }
  sequence_ = sequence;
}

std::vector<float> Session::decode_batch(std::span<const std::uint32_t> tokens,
                                         std::span<const std::uint32_t> positions) {
  if (sequences_ == 1) {
    throw std::runtime_error("the model is compiled for one sequence: compile it for a batch");
  }
  if (tokens.size() != sequences_ || positions.size() != sequences_) {
    throw std::runtime_error(
        fmt::format("{} tokens and {} positions are given, the model is compiled for {} sequences",
                    tokens.size(), positions.size(), sequences_));
  }
  std::uint64_t macs = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    try {
      check_tokens(tokens.subspan(i, 1), positions[i], *this);
    } catch (const std::runtime_error& error) {
      throw std::runtime_error(fmt::format("sequence {}: {}", i, error.what()));
    }
    macs += useful_macs(1, positions[i], 1);
  }
  device_.write(arena_ + image_.binding("positions").offset, bytes_of(positions));
  return run(image_.program("decode_batch"), &decode_, tokens, 0, false, sequences_, macs);
}

std::vector<float> Session::run(const isa::ImageProgram& program, PhaseTotals* totals,
                                std::span<const std::uint32_t> tokens, std::uint32_t start, bool all_logits,
                                std::size_t rows, std::uint64_t macs) {
  const auto begin = std::chrono::steady_clock::now();
  device_.write(arena_ + tokens_.offset, bytes_of(tokens));
  isa::StartArguments arguments = isa::start_arguments(image_, program, arena_);
  arguments.watchdog = options_.watchdog;
  arguments.argument[isa::kArgumentStart] = start;
  arguments.argument[isa::kArgumentLength] = tokens.size();
  arguments.argument[isa::kArgumentAllLogits] = all_logits ? 1 : 0;
  arguments.argument[isa::kArgumentSequence] = sequence_;
  device_.start(arguments);
  const isa::CompletionRecord record = device_.wait();
  require_ok(device_, image_, program, record);
  if (options_.timeline != nullptr) {
    options_.timeline->end_run(program.name, record.counters[isa::kCounter_cycles]);
  }
  std::vector<float> logits(rows * vocab_size());
  for (std::size_t row = 0; row < rows; ++row) {
    device_.read(
        arena_ + logits_.offset + row * logits_.row_stride,
        {reinterpret_cast<std::uint8_t*>(logits.data() + row * vocab_size()), vocab_size() * sizeof(float)});
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  totals->add(record, tokens.size(), macs, seconds.count());
  if (watts_) {  // the mean of before and after, over the time of the run
    const double after = device_.watts().value_or(*watts_);
    totals->joules += (*watts_ + after) / 2 * seconds.count();
    watts_ = after;
  }
  return logits;
}

// The output layer runs once for each row of logits, the rest of the weights once for each token; the token
// at position p attends to p + 1 tokens.
std::uint64_t Session::useful_macs(std::uint64_t tokens, std::uint64_t start,
                                   std::uint64_t logit_rows) const {
  const isa::ImageModel& model = image_.model;
  const std::uint64_t output = static_cast<std::uint64_t>(model.vocab_size) * model.hidden_size;
  const std::uint64_t weights = model.macs_per_token > output ? model.macs_per_token - output : 0;
  const std::uint64_t attended = tokens * start + tokens * (tokens + 1) / 2;
  return tokens * weights + logit_rows * output + attended * model.macs_per_context;
}

std::vector<std::uint8_t> Session::dump_memory() {
  std::vector<std::uint8_t> memory(image_.arena_bytes);
  device_.read(arena_, memory);
  isa::CompletionRecord record;
  if (record_.offset <= memory.size() && sizeof record <= memory.size() - record_.offset) {
    std::memcpy(&record, memory.data() + record_.offset, sizeof record);
    for (int i = 0; i < isa::kCounters; ++i) {
      if (!isa::kCounterInfo[i].functional) record.counters[i] = 0;
    }
    std::memcpy(memory.data() + record_.offset, &record, sizeof record);
  }
  return memory;
}

void require_ok(const Device& device, const isa::Image& image, const isa::ImageProgram& program,
                const isa::CompletionRecord& record) {
  if (record.status == isa::kStatusOk) return;
  // Who simulates ends a run at its limit with the status of the watchdog.
  const char* limit = record.status == isa::kStatusWatchdog ? ", or the limit of cycles is reached" : "";
  const std::string operation = operation_at(image, program, record.pc);
  throw std::runtime_error(
      fmt::format("{}: program '{}' stopped with status {} ({}{}) at pc {}{}", device.info().name,
                  program.name, record.status, isa::status_text(record.status), limit, record.pc,
                  operation.empty() ? "" : fmt::format(", in operation '{}'", operation)));
}

std::string operation_at(const isa::Image& image, const isa::ImageProgram& program, std::uint64_t pc) {
  const std::uint64_t end = std::min<std::uint64_t>(program.offset + program.bytes, image.constants.size());
  std::uint64_t at = program.offset + sizeof(isa::ProgramHeader);
  if (at > end || pc > (end - at) / isa::kQuadBytes) return {};
  for (at += pc * isa::kQuadBytes; at + isa::kQuadBytes <= end; at += isa::kQuadBytes) {
    std::uint16_t half[2];
    std::memcpy(half, image.constants.data() + at, sizeof half);
    if (isa::is_tile_opcode(half[0] & 0xFF)) {
      return half[1] < image.operations.size() ? image.operations[half[1]] : std::string();
    }
  }
  return {};
}

}  // namespace heddle::runtime
