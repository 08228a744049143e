#include "runtime/drivers/serial/board_products.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "isa/instruction.hpp"
#include "isa/program.hpp"
#include "isa/status.hpp"

namespace heddle::runtime {
namespace {

// What the allocation holds: program and record, activations, weights, sums. The most bytes of each keep it
// well under the smallest board's memory, and a run's own traffic (registers, record) a small part of the
// whole.
constexpr std::uint32_t kCodeBytes = 1024, kMostActivations = 8192, kMostWeights = 12288, kMostSums = 8192;
constexpr std::uint32_t kRecordAt = kCodeBytes - sizeof(isa::CompletionRecord);
constexpr std::uint32_t kActivationsAt = kCodeBytes, kWeightsAt = kActivationsAt + kMostActivations,
                        kSumsAt = kWeightsAt + kMostWeights, kBytes = kSumsAt + kMostSums;
constexpr std::uint64_t kWatchdog = 1000000;  // cycles; the longest piece takes a few thousand

std::uint32_t round_up(std::uint32_t value, std::uint32_t to) { return (value + to - 1) / to * to; }

void append(std::vector<std::uint8_t>* code, const isa::TileInstruction& instruction, std::size_t bytes) {
  const auto* from = reinterpret_cast<const std::uint8_t*>(&instruction);
  code->insert(code->end(), from, from + bytes);
}

/// Moves `bytes` bytes between memory and the start of a buffer.
isa::TileInstruction move(int opcode, int buffer, std::uint64_t address, std::uint32_t bytes) {
  isa::TileInstruction i = {};
  i.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
  i.half[isa::kHalfFlags] = static_cast<std::uint16_t>(buffer);
  i.half[isa::kDmaRows] = 1;
  isa::set32(i.half, isa::kDmaRowBytes, bytes);
  isa::set32(i.half, isa::kDmaMemOffset, static_cast<std::uint32_t>(address));
  return i;
}

}  // namespace

BoardProducts::BoardProducts(Device& board) : board_(board), config_(board.info().config) {
  if (config_.has(isa::kPartFloat)) {
    throw DeviceError(
        fmt::format("{}: makes no products of integers: it has a float unit", board.info().name));
  }
}

BoardProducts::~BoardProducts() {
  if (!placed_) return;
  try {
    board_.release(base_);
  } catch (const DeviceError&) {  // it is gone, and its memory with it
  }
}

void BoardProducts::multiply(const heddle_product& product) {
  if (!placed_) base_ = board_.allocate(kBytes);  // takes a third of a second of a slow line
  placed_ = true;
  const std::uint32_t rows = config_.rows, columns = config_.columns;
  const std::uint32_t sum_rows = config_.acc_bytes / (4 * columns);
  const std::uint32_t a_bytes = std::min(kMostActivations, config_.a_bytes),
                      w_bytes = std::min(kMostWeights, config_.w_bytes),
                      v_bytes = std::min(kMostSums, config_.v_bytes);
  const std::uint32_t all_k = round_up(product.k, rows), all_n = round_up(product.n, columns);
  std::fill_n(product.sums, std::size_t{product.m} * product.n, 0);
  // As many rows as possible share what is sent of the weights; then as much of k, whose pieces are added
  // here.
  const std::uint32_t most_m = std::min({product.m, sum_rows, v_bytes / (4 * columns), a_bytes / rows});
  const std::uint32_t most_k = std::min(all_k, std::min(a_bytes / most_m, w_bytes / columns) / rows * rows);
  const std::uint32_t most_n =
      std::min(all_n, std::min(w_bytes / most_k, v_bytes / (4 * most_m)) / columns * columns);
  for (std::uint32_t k0 = 0; k0 < product.k; k0 += most_k) {
    for (std::uint32_t n0 = 0; n0 < product.n; n0 += most_n) {
      for (std::uint32_t m0 = 0; m0 < product.m; m0 += most_m) {
        run(product, {m0, n0, k0, std::min(most_m, product.m - m0), std::min(most_n, all_n - n0),
                      std::min(most_k, all_k - k0)});
      }
    }
  }
}

std::vector<std::uint8_t> BoardProducts::program_of(const Piece& piece) const {
  const std::uint32_t rows = config_.rows, columns = config_.columns, tile_words = rows / config_.weight_rows;
  isa::TileInstruction matrix = {};
  const auto set = [&](int half, std::uint32_t value) {
    matrix.half[half] = static_cast<std::uint16_t>(value);
  };
  set(isa::kHalfOpcode, isa::kOpMatrix);
  set(isa::kHalfFlags, isa::kMatrixFirst | isa::kMatrixLast);
  set(isa::kMatrixFormats, isa::kFormatInt8 | (isa::kFormatInt8 << 4) | (isa::kFormatInt32 << 8));
  set(isa::kMatrixRows, piece.m);
  set(isa::kMatrixKTiles, piece.k / rows);
  set(isa::kMatrixNTiles, piece.n / columns);
  set(isa::kMatrixOuter, 1);
  set(isa::kMatrixARowStride, piece.k / columns);
  set(isa::kMatrixABlockStride, 1);
  set(isa::kMatrixWKStride, tile_words);
  set(isa::kMatrixWNStride, piece.k / rows * tile_words);
  set(isa::kMatrixDRowStride, piece.n / columns);
  isa::TileInstruction halt = {};
  halt.half[isa::kHalfOpcode] = isa::kOpHalt;

  std::vector<std::uint8_t> code;
  append(&code, move(isa::kOpLoad, isa::kBufferA, base_ + kActivationsAt, piece.m * piece.k), sizeof matrix);
  append(&code, move(isa::kOpLoad, isa::kBufferW, base_ + kWeightsAt, piece.k * piece.n), sizeof matrix);
  append(&code, matrix, sizeof matrix);
  append(&code, move(isa::kOpStore, isa::kBufferV, base_ + kSumsAt, 4 * piece.m * piece.n), sizeof matrix);
  append(&code, halt, isa::kQuadBytes);
  isa::ProgramHeader header;
  header.config_hash = isa::config_hash(config_);
  header.code_quads = static_cast<std::uint32_t>(code.size() / isa::kQuadBytes);
  std::vector<std::uint8_t> program(sizeof header);
  std::memcpy(program.data(), &header, sizeof header);
  program.insert(program.end(), code.begin(), code.end());
  return program;
}

void BoardProducts::place(std::uint32_t offset, std::vector<std::uint8_t> bytes,
                          std::vector<std::uint8_t>* there) {
  const bool same = bytes.size() <= there->size() && std::equal(bytes.begin(), bytes.end(), there->begin());
  if (same) return;
  there->clear();  // unknown until it has arrived
  board_.write(base_ + offset, bytes);
  *there = std::move(bytes);
}

void BoardProducts::run(const heddle_product& product, const Piece& piece) {
  const std::uint32_t rows = config_.rows, columns = config_.columns;
  std::vector<std::uint8_t> activations(piece.m * piece.k), weights(piece.k * piece.n);
  const std::uint32_t k = std::min(piece.k, product.k - piece.k0),
                      n = std::min(piece.n, product.n - piece.n0);
  for (std::uint32_t m = 0; m < piece.m; ++m) {
    std::memcpy(&activations[m * piece.k],
                &product.activations[std::size_t{piece.m0 + m} * product.k + piece.k0], k);
  }
  // Tile by tile, those of a column of tiles one after the other.
  for (std::uint32_t i = 0; i < k; ++i) {
    const std::int8_t* from = &product.weights[std::size_t{piece.k0 + i} * product.n + piece.n0];
    for (std::uint32_t j = 0; j < n; ++j) {
      const std::uint32_t tile = j / columns * (piece.k / rows) + i / rows;
      weights[(tile * rows + i % rows) * columns + j % columns] = static_cast<std::uint8_t>(from[j]);
    }
  }
  place(0, program_of(piece), &code_);
  place(kActivationsAt, std::move(activations), &activations_);
  place(kWeightsAt, std::move(weights), &weights_);

  isa::StartArguments start;
  start.program = base_;
  start.record = base_ + kRecordAt;
  start.watchdog = kWatchdog;
  start.window_base[0] = base_;
  start.window_size[0] = kBytes;
  board_.start(start);
  const isa::CompletionRecord record = board_.wait();
  if (record.status != isa::kStatusOk) {
    throw DeviceError(fmt::format("{}: a product of {}x{} by {}x{} failed: {}", board_.info().name, piece.m,
                                  piece.k, piece.k, piece.n, isa::status_text(record.status)));
  }
  ++runs_;
  cycles_ += record.counters[isa::kCounter_cycles];

  std::vector<std::int32_t> sums(piece.m * piece.n);
  board_.read(base_ + kSumsAt, {reinterpret_cast<std::uint8_t*>(sums.data()), 4 * sums.size()});
  for (std::uint32_t m = 0; m < piece.m; ++m) {
    std::int32_t* to = &product.sums[std::size_t{piece.m0 + m} * product.n + piece.n0];
    for (std::uint32_t j = 0; j < n; ++j) {
      to[j] = static_cast<std::int32_t>(static_cast<std::uint32_t>(to[j]) +
                                        static_cast<std::uint32_t>(sums[m * piece.n + j]));
    }
  }
}

}  // namespace heddle::runtime
