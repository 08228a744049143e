// Random MATRIX instructions on the Verilated unit with its buffers, beside the plain model, to the bit.
// Every block that the unit writes is compared as it is written; the cycles of every instruction are bounded.
//
// usage: rtl_matrix_test [--seed FIRST] [--seeds COUNT] [--instructions PER_SEED]
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "Vheddle_matrix_bench.h"
#include "matrix_model.hpp"
#include "matrix_random.hpp"
#include "verilated.h"

namespace heddle::test {
namespace {

constexpr int kBus = hls::kBusBytes;
constexpr int kGroups = kRows / kWeightRows, kShifts = kColumns / kWeightRows;
constexpr const char* kBufferNames = "AWCVS";

class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed), seed_(seed) {
    context_.randReset(2);
    context_.randSeed(static_cast<int>(seed % 1000003 + 1));
    top_ = std::make_unique<Vheddle_matrix_bench>(&context_);
    top_->start_i = 0;
    top_->dma_wen_i = 0;
    top_->dma_ren_i = 0;
    top_->rst_i = 1;
    for (int i = 0; i < 4; ++i) cycle();
    top_->rst_i = 0;
    for (int number : {0, 1, 2, 3, 4}) fill(number, 0, ~0u);
  }
  ~Bench() { top_->final(); }

  bool run(int instructions) {
    if (!step(-1, define_accumulators())) return false;
    for (int i = 0; i < instructions; ++i) {
      if (!step(i, random_matrix(random_))) return false;
      for (int changes = random_.range(0, 3); changes > 0; --changes) {
        fill(random_.pick({0, 1, 2, 4}), static_cast<std::uint32_t>(random_.next()), 300);
      }
    }
    return read_back();
  }

  std::uint64_t cycles() const { return cycles_; }

 private:
  void cycle() {
    top_->clk_i = 0;
    top_->eval();
    top_->clk_i = 1;
    top_->eval();
    ++cycles_;
  }

  template <class T>
  static std::uint8_t* bytes_of(T& signal) {
    return reinterpret_cast<std::uint8_t*>(&signal);
  }

  /// Random contents for some bytes of a buffer, beat by beat with the mask of bytes. C and S get floats of
  /// moderate size and now and then a special one.
  void fill(int number, std::uint32_t start, std::uint32_t count) {
    std::uint32_t size = 0;
    std::uint8_t* const memory = model_.buffer(number, &size);
    start %= size;
    const std::uint32_t end = count > size - start ? size : start + count;
    for (std::uint32_t beat = start / kBus * kBus; beat < end; beat += kBus) {
      for (int b = 0; b < kBus; b += 4) {
        std::uint32_t word = static_cast<std::uint32_t>(random_.next() >> 20);
        if (number == isa::kBufferC || number == isa::kBufferS) {
          if (random_.chance(950))
            word = (word & 0x807FFFFFu) | static_cast<std::uint32_t>(random_.range(90, 160)) << 23;
        }
        std::memcpy(bytes_of(top_->dma_wdata_i) + b, &word, 4);
      }
      std::memset(bytes_of(top_->dma_wmask_i), 0, sizeof top_->dma_wmask_i);
      for (int b = 0; b < kBus; ++b) {
        if (beat + b < start || beat + b >= end) continue;
        bytes_of(top_->dma_wmask_i)[b / 8] |= static_cast<std::uint8_t>(1 << b % 8);
        memory[beat + b] = bytes_of(top_->dma_wdata_i)[b];
      }
      top_->dma_addr_i = beat;
      top_->dma_wen_i = static_cast<std::uint8_t>(1 << number);
      cycle();
    }
    top_->dma_wen_i = 0;
  }

  bool read_back() {
    for (int number : {0, 3, 4}) {
      std::uint32_t size = 0;
      const std::uint8_t* const memory = model_.buffer(number, &size);
      for (std::uint32_t beat = 0; beat < size; beat += kBus) {
        top_->dma_ren_i = static_cast<std::uint8_t>(1 << number);
        top_->dma_addr_i = beat;
        cycle();
        if (std::memcmp(bytes_of(top_->dma_rdata_o), memory + beat, kBus) != 0) {
          std::printf("seed %llu: buffer %c differs at byte %u after the last instruction\n",
                      static_cast<unsigned long long>(seed_), kBufferNames[number], beat);
          return false;
        }
      }
      top_->dma_ren_i = 0;
    }
    return true;
  }

  bool fail(int index, const isa::TileInstruction& instruction, const std::string& what) const {
    std::printf("seed %llu, instruction %d: %s\n", static_cast<unsigned long long>(seed_), index,
                what.c_str());
    for (int h = isa::kHalfFlags; h < isa::kTileHalves; ++h) std::printf(" h%d=%u", h, instruction.half[h]);
    std::printf("\n");
    return false;
  }

  /// Sums of anything in every accumulator row, so that the next instructions may add to them.
  static isa::TileInstruction define_accumulators() {
    isa::TileInstruction instruction = {};
    instruction.half[isa::kHalfFlags] = isa::kMatrixFirst;
    instruction.half[isa::kMatrixFormats] = isa::kFormatInt8 | isa::kFormatInt8 << 4 | isa::kFormatFp32 << 8;
    instruction.half[isa::kMatrixRows] = hls::kAccBytes / (4 * kColumns);
    for (int count : {isa::kMatrixKTiles, isa::kMatrixNTiles, isa::kMatrixOuter}) instruction.half[count] = 1;
    instruction.half[isa::kMatrixARowStride] = 1;
    return instruction;
  }

  bool step(int index, isa::TileInstruction instruction) {
    const MatrixModel before = model_;
    MatrixModel::Result expected = model_.run(instruction);
    if (expected.undefined) {  // start from zero instead
      instruction.half[isa::kHalfFlags] |= isa::kMatrixFirst;
      model_ = before;
      expected = model_.run(instruction);
      if (expected.undefined) {
        model_ = before;
        return true;
      }
    }
    std::memcpy(bytes_of(top_->instr_i), instruction.half, sizeof instruction.half);
    const std::uint16_t* const h = instruction.half;
    const std::uint64_t tiles = static_cast<std::uint64_t>(h[isa::kMatrixKTiles]) * h[isa::kMatrixNTiles] *
                                h[isa::kMatrixOuter] * (h[isa::kMatrixRows] != 0);
    const bool transposed = h[isa::kHalfFlags] & isa::kMatrixTransposed;
    const std::uint64_t load = transposed ? kShifts + kGroups - 1 : kGroups;
    const std::uint64_t period = h[isa::kMatrixRows] > load ? h[isa::kMatrixRows] : load;
    const std::uint64_t bound = tiles * period + load + kGroups + 20;

    const bool legal = expected.status == isa::kStatusOk;
    if (!legal) model_.v = before.v;
    top_->start_i = 1;
    std::uint64_t start = cycles_, rows = 0;
    std::size_t written = 0;
    do {
      cycle();
      top_->start_i = 0;
      rows += top_->mac_row_o;
      if (top_->v_wen_o) {
        if (written == expected.writes.size())
          return fail(index, instruction, "writes more blocks than the model");
        const BlockWrite& write = expected.writes[written];
        if (top_->v_block_o != write.block) {
          return fail(index, instruction,
                      "write " + std::to_string(written) + ": block " + std::to_string(top_->v_block_o) +
                          ", not " + std::to_string(write.block));
        }
        for (int n = 0; n < kColumns; ++n) {
          std::uint32_t got;
          std::memcpy(&got, bytes_of(top_->v_data_o) + 4 * n, 4);
          if (got != write.words[n]) {
            char text[120];
            std::snprintf(text, sizeof text, "write %zu, block %u, column %d: %08x, not %08x", written,
                          write.block, n, got, write.words[n]);
            return fail(index, instruction, text);
          }
        }
        if (!legal) std::memcpy(&model_.v[write.block * 4 * kColumns], write.words.data(), 4 * kColumns);
        ++written;
      }
      if (cycles_ - start > bound)
        return fail(index, instruction, "not done after " + std::to_string(bound) + " cycles");
    } while (!top_->done_o);
    if (top_->status_o != expected.status) {
      return fail(index, instruction,
                  "status " + std::to_string(top_->status_o) + ", not " + std::to_string(expected.status));
    }
    if (!legal) {
      model_.acc_defined.assign(model_.acc_defined.size(), false);
      return true;
    }
    if (written != expected.writes.size())
      return fail(index, instruction, "done before its last block is written");
    if (rows != tiles * h[isa::kMatrixRows]) return fail(index, instruction, "wrong number of rows counted");
    return true;
  }

  Random random_;
  std::uint64_t seed_, cycles_ = 0;
  VerilatedContext context_;
  std::unique_ptr<Vheddle_matrix_bench> top_;
  MatrixModel model_;
};

}  // namespace
}  // namespace heddle::test

int main(int argc, char** argv) {
  std::uint64_t first = 1, seeds = 20;
  int instructions = 25;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i];
    if (name == "--seed") first = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--seeds") seeds = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--instructions") instructions = std::atoi(argv[i + 1]);
  }
  std::uint64_t cycles = 0;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    heddle::test::Bench bench(seed);
    if (!bench.run(instructions)) {
      std::printf("replay: %s --seed %llu --seeds 1 --instructions %d\n", argv[0],
                  static_cast<unsigned long long>(seed), instructions);
      return 1;
    }
    cycles += bench.cycles();
  }
  std::printf("%llu seeds of %d instructions, %llu cycles: equal to the model\n",
              static_cast<unsigned long long>(seeds), instructions, static_cast<unsigned long long>(cycles));
  return 0;
}
