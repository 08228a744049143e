#include "sim/library/training.hpp"

#include <dlfcn.h>
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <stdexcept>
#include <vector>

#include "isa/device_library.h"
#include "isa/status.hpp"
#include "isa/version.hpp"

namespace heddle::sim {
namespace {

constexpr std::uint64_t kRecord = 0, kProgram = 0x1000, kData = 0x10000;  // addresses
constexpr int kBlocks = 4;                                                // of a row of A and of D

// Registers: where the data begin, a loop's count.
constexpr int kBase = 1, kCount = 2;

// Semaphores; one unit takes each. Of weights, half h is free (kFree + h) or full (kFull + h).
enum Semaphore { kFree = 0, kFull = 2, kSumsReady = 4, kSumsFree = 5, kResultReady = 6, kResultFree = 7 };

constexpr std::uint16_t mask(std::initializer_list<int> semaphores) {
  int bits = 0;
  for (int s : semaphores) bits |= 1 << s;
  return static_cast<std::uint16_t>(bits);
}

/// Emits quads in order.
class Code {
 public:
  void scalar(int opcode, int rd, int ra, std::int64_t immediate, std::uint16_t signal = 0) {
    isa::ScalarInstruction i = {};
    i.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    i.half[isa::kHalfRegisters] = static_cast<std::uint16_t>(rd | ra << 5 | isa::kScalarImmediate);
    i.half[isa::kHalfSignal] = signal;
    std::memcpy(&i.half[isa::kHalfImmediate], &immediate, sizeof immediate);
    append(&i, sizeof i);
  }
  isa::TileInstruction tile(int opcode, std::uint16_t wait, std::uint16_t signal) const {
    isa::TileInstruction i = {};
    i.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    i.half[isa::kHalfWait] = wait;
    i.half[isa::kHalfSignal] = signal;
    return i;
  }
  void append(const void* data, std::size_t bytes) {
    const auto* from = static_cast<const std::uint8_t*>(data);
    bytes_.insert(bytes_.end(), from, from + bytes);
  }
  std::uint32_t quads() const { return static_cast<std::uint32_t>(bytes_.size() / isa::kQuadBytes); }
  const std::vector<std::uint8_t>& bytes() const { return bytes_; }

 private:
  std::vector<std::uint8_t> bytes_;
};

void dma(Code& code, int opcode, int buffer, std::uint32_t local, std::uint32_t offset, std::uint32_t bytes,
         std::uint16_t wait, std::uint16_t signal) {
  isa::TileInstruction i = code.tile(opcode, wait, signal);
  i.half[isa::kHalfFlags] = static_cast<std::uint16_t>(buffer | kBase << 4);
  i.half[isa::kDmaRows] = 1;
  isa::set32(i.half, isa::kDmaRowBytes, bytes);
  isa::set32(i.half, isa::kDmaMemOffset, offset);
  isa::set32(i.half, isa::kDmaLocalAddr, local);
  code.append(&i, sizeof i);
}

struct VectorWork {
  int flags, selects, spaces;      // h6, h8 and the destination of h9
  std::uint32_t from, beside, to;  // blocks of streams A and U and of the destination
  std::uint16_t wait = 0, signal = 0;
};

constexpr int kRope = 1, kMask = 2;
constexpr int function(int f) { return f << 10; }
constexpr int reduce(int r) { return r << 7; }
constexpr int selects(int pre_mul, int pre_add, int post_mul, int post_add) {
  return pre_mul | pre_add << 3 | post_mul << 6 | post_add << 9;
}

void vector(Code& code, const isa::Config& config, int rows, const VectorWork& work) {
  isa::TileInstruction i = code.tile(isa::kOpVector, work.wait, work.signal);
  i.half[isa::kHalfFlags] = static_cast<std::uint16_t>(work.flags);
  i.half[isa::kVectorMaskLimit] = static_cast<std::uint16_t>(config.columns + 1);
  i.half[isa::kVectorSelects] = static_cast<std::uint16_t>(work.selects);
  i.half[isa::kVectorDest] = static_cast<std::uint16_t>(work.spaces);
  i.half[isa::kVectorColumns] = static_cast<std::uint16_t>(kBlocks * config.columns);
  i.half[isa::kVectorRows] = static_cast<std::uint16_t>(rows);
  i.half[isa::kVectorOuter] = 1;
  i.half[isa::kVectorAAddr] = static_cast<std::uint16_t>(work.from);
  i.half[isa::kVectorUAddr] = static_cast<std::uint16_t>(work.beside);
  i.half[isa::kVectorARowStride] = i.half[isa::kVectorURowStride] = i.half[isa::kVectorDRowStride] = kBlocks;
  // Scales in the first half of S, reductions in the second.
  i.half[isa::kVectorS1Addr] = static_cast<std::uint16_t>(rows);
  i.half[isa::kVectorRedAddr] = static_cast<std::uint16_t>(config.s_words() / isa::kScalarBanks);
  i.half[isa::kVectorSRowStride] = 1;
  i.half[isa::kVectorDAddr] = static_cast<std::uint16_t>(work.to);
  i.half[isa::kVectorDBlockStride] = 1;
  isa::set32(i.half, isa::kVectorImm0, std::bit_cast<std::uint32_t>(0.5f));
  code.append(&i, sizeof i);
}

/// MATRIX on half `h` of W: sums of all tiles, to V when `flags` say so.
void matrix(Code& code, const isa::Config& config, int rows, int flags, std::uint32_t w_addr,
            std::uint16_t wait, std::uint16_t signal) {
  isa::TileInstruction m = code.tile(isa::kOpMatrix, wait, signal);
  const bool transposed = (flags & isa::kMatrixTransposed) != 0;
  const std::uint32_t tile = transposed ? config.columns / config.weight_rows : config.w_tile_words();
  m.half[isa::kHalfFlags] = static_cast<std::uint16_t>(flags);
  m.half[isa::kMatrixFormats] = isa::kFormatInt8 | isa::kFormatInt8 << 4 | isa::kFormatFp32 << 8;
  m.half[isa::kMatrixRows] = static_cast<std::uint16_t>(rows);
  m.half[isa::kMatrixKTiles] = static_cast<std::uint16_t>(kBlocks * config.columns / config.rows);
  m.half[isa::kMatrixNTiles] = kBlocks;
  m.half[isa::kMatrixOuter] = 1;
  m.half[isa::kMatrixARowStride] = m.half[isa::kMatrixDRowStride] = kBlocks;
  m.half[isa::kMatrixABlockStride] = m.half[isa::kMatrixSRowStride] = 1;
  m.half[isa::kMatrixWAddr] = static_cast<std::uint16_t>(w_addr);
  m.half[isa::kMatrixWKStride] = static_cast<std::uint16_t>(tile * kBlocks);
  m.half[isa::kMatrixWNStride] = static_cast<std::uint16_t>(tile);
  m.half[isa::kMatrixAccNStride] = static_cast<std::uint16_t>(rows);
  code.append(&m, sizeof m);
}

/// Two products of `rows` rows with half `h` of the weights, what a layer does to their results, and a result
/// to memory.
void step(Code& code, const isa::Config& config, int rows, int h) {
  using namespace isa;
  const std::uint32_t words = kBlocks * config.columns / config.rows * kBlocks * config.w_tile_words();
  const std::uint32_t bytes = words * config.w_word_bytes();
  const std::uint32_t bank = config.v_bank_blocks();
  const std::uint32_t block = config.block_bytes();
  const std::uint32_t half = static_cast<std::uint32_t>(h);
  dma(code, kOpLoad, kBufferC, half * kBlocks * block, 0, kBlocks * block, mask({kFree + h}), 0);
  dma(code, kOpLoad, kBufferW, half * bytes, 0, bytes, 0, mask({kFull + h}));

  matrix(code, config, rows, kMatrixFirst, half * words, mask({kFull + h}), 0);
  matrix(code, config, rows, kMatrixLast, half * words, mask({kSumsFree}), 0);
  matrix(code, config, rows, kMatrixFirst | kMatrixLast | kMatrixTransposed, half * words, mask({kSumsFree}),
         mask({kFree + h, kSumsReady}));

  const int from_s = kSpaceS << 12, from_a = kSpaceA << 12;
  // Rotation; scores with their maximum; exponentials with their sum; reciprocals; quantisation; norm.
  vector(code, config, rows, {kRope, 0, kDestV, 0, 3 * bank, bank, mask({kSumsReady, kResultFree}), 0});
  vector(
      code, config, rows,
      {kMask | reduce(kReduceMax), selects(kSelImm0, 0, 0, 0), kDestV, bank, 0, bank, 0, mask({kSumsFree})});
  vector(code, config, rows,
         {kCombineSub << 2 | function(kFuncExp) | reduce(kReduceSum), selects(0, kSelS0, 0, 0), kDestV, bank,
          0, 2 * bank, 0, mask({kSumsFree})});
  vector(code, config, 1, {function(kFuncReciprocal), from_s, kDestS, 0, 0, kBlocks});
  vector(code, config, rows,
         {reduce(kReduceAbsMax), selects(kSelS0, kSelU, kSelS1, 0), kDestV, 2 * bank, 3 * bank, bank});
  vector(code, config, rows, {0, selects(kSelS0, 0, 0, 0), kDestA, bank, 0, config.a_bank_blocks()});
  vector(code, config, rows,
         {function(kFuncRsqrt), selects(kSelS0, 0, kSelImm0, kSelU) | from_a, kDestV, 0, 3 * bank, 2 * bank,
          0, mask({kResultReady})});
  dma(code, kOpStore, kBufferV, 2 * bank * block, bytes, kBlocks * block, mask({kResultReady}),
      mask({kResultFree}));
}

/// Steps with one row each, then a few with as many rows as the array has.
std::vector<std::uint8_t> program(const isa::Config& config) {
  Code code;
  code.scalar(isa::kOpAdd, kBase, 0, kData);
  code.scalar(isa::kOpSignal, 0, 0, 0, mask({kFree, kFree + 1, kSumsFree, kResultFree}));
  code.scalar(isa::kOpSignal, 0, 0, 0, mask({kSumsFree}));
  for (const auto& [rows, steps] : {std::pair<int, int>{1, 40}, {static_cast<int>(config.rows), 4}}) {
    code.scalar(isa::kOpAdd, kCount, 0, steps);
    const std::uint32_t begin = code.quads();
    for (int h = 0; h < 2; ++h) step(code, config, rows, h);
    code.scalar(isa::kOpLoop, kCount, 0, begin);
  }
  code.scalar(isa::kOpHalt, 0, 0, 0);

  isa::ProgramHeader header;
  header.config_hash = isa::config_hash(config);
  header.code_quads = code.quads();
  std::vector<std::uint8_t> out(sizeof header);
  std::memcpy(out.data(), &header, sizeof header);
  out.insert(out.end(), code.bytes().begin(), code.bytes().end());
  return out;
}

template <typename Function>
Function symbol(void* library, const char* name) {
  void* address = dlsym(library, name);
  if (address == nullptr) throw std::runtime_error(fmt::format("the instrumented simulator has no {}", name));
  return reinterpret_cast<Function>(address);
}

/// The run itself; never returns. The profile is written as the process ends.
[[noreturn]] void run_training(const std::string& path, const isa::Config& config) {
  try {
    const std::vector<std::uint8_t> code = program(config);
    std::vector<std::uint8_t> memory(kData + (4u << 20));
    std::memcpy(memory.data() + kProgram, code.data(), code.size());
    isa::StartArguments arguments;
    arguments.program = kProgram;
    arguments.record = kRecord;
    arguments.window_size[0] = memory.size();
    heddle_run_options options = {};
    options.memory_latency = 20;
    options.cycle_limit = 10'000'000;

    void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) throw std::runtime_error(dlerror());
    isa::CompletionRecord record;
    void* device = symbol<decltype(&heddle_library_open)>(library, "heddle_library_open")();
    symbol<decltype(&heddle_library_run)>(library, "heddle_library_run")(device, memory.data(), memory.size(),
                                                                         &arguments, &options, &record);
    symbol<decltype(&heddle_library_close)>(library, "heddle_library_close")(device);
    if (record.status != isa::kStatusOk) {
      throw std::runtime_error(fmt::format("the training run ended with '{}' at quad {}",
                                           isa::status_text(record.status), record.pc));
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}: {}\n", path, error.what());
    std::exit(1);
  }
  std::exit(0);
}

}  // namespace

void train(const std::string& path, const isa::Config& config) {
  // In a process of its own: a library with thread-local data stays loaded until its process ends.
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0)
    throw std::runtime_error("the simulator's training run cannot be started: no process to be had");
  if (child == 0) run_training(path, config);
  int status = 0;
  waitpid(child, &status, 0);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw std::runtime_error(fmt::format("{}: the training run of the simulator failed", path));
  }
}

}  // namespace heddle::sim
