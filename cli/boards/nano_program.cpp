#include "cli/boards/nano_program.hpp"

#include <cstring>

#include "isa/instruction.hpp"
#include "isa/program.hpp"

namespace heddle::cli {
namespace {

constexpr std::uint32_t kRecordBytes = sizeof(isa::CompletionRecord);
constexpr std::uint32_t kCodeBytes = 2048;

class Generator {
 public:
  Generator(const isa::Config& config, std::uint64_t base, std::uint32_t bytes, std::uint64_t seed,
            bool legal)
      : config_(config), base_(base), bytes_(bytes), legal_(legal), random_(seed) {}

  NanoProgram make() {
    NanoProgram out;
    out.memory.resize(bytes_);
    for (std::uint8_t& byte : out.memory) byte = static_cast<std::uint8_t>(random_());
    fill_buffers();
    const int count = static_cast<int>(below(6)) + 2;
    const int fault = legal_ ? -1 : static_cast<int>(below(static_cast<std::uint32_t>(count)));
    for (int i = 0; i < count; ++i) {
      isa::TileInstruction instruction = {};
      switch (below(3)) {
        case 0:
          instruction = load();
          break;
        case 1:
          instruction = matrix();
          break;
        default:
          instruction = store();
      }
      if (i == fault) spoil(&instruction);
      append(instruction);
      if (below(4) == 0) scalar(isa::kOpFence);
    }
    // What is left in V is part of the result.
    append(dma(isa::kOpStore, isa::kBufferV, 1, 2048, data_end() - 2048, 0, 0, 0));
    if (legal_ || below(8) != 0) scalar(isa::kOpHalt);
    isa::ProgramHeader header;
    header.config_hash = isa::config_hash(config_);
    header.code_quads = static_cast<std::uint32_t>(code_.size() / isa::kQuadBytes);
    if (!legal_ && below(10) == 0) header.config_hash ^= 1ull << below(64);
    if (!legal_ && below(10) == 0) header.version += 1;
    std::memcpy(out.memory.data(), &header, sizeof header);
    std::memcpy(out.memory.data() + sizeof header, code_.data(), code_.size());
    out.arguments.program = base_;
    out.arguments.record = base_ + bytes_ - kRecordBytes;
    out.arguments.watchdog = 0;
    out.arguments.window_base[0] = base_;
    out.arguments.window_size[0] = kCodeBytes | isa::kWindowReadOnly;
    out.arguments.window_base[2] = base_ + kCodeBytes;
    out.arguments.window_size[2] = bytes_ - kCodeBytes;
    return out;
  }

 private:
  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  std::uint32_t data_end() const { return bytes_ - kRecordBytes; }

  void append(const isa::TileInstruction& instruction) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&instruction);
    code_.insert(code_.end(), bytes, bytes + sizeof instruction);
  }
  void scalar(int opcode) {
    code_.push_back(static_cast<std::uint8_t>(opcode));
    code_.resize(code_.size() + isa::kQuadBytes - 1);
  }

  isa::TileInstruction dma(int opcode, int buffer, std::uint32_t rows, std::uint32_t row_bytes,
                           std::uint32_t offset, std::uint32_t stride, std::uint32_t local,
                           std::uint32_t local_stride) {
    isa::TileInstruction i = {};
    i.half[isa::kHalfOpcode] = static_cast<std::uint16_t>(opcode);
    i.half[isa::kHalfTag] = static_cast<std::uint16_t>(below(65536));
    i.half[isa::kHalfFlags] = static_cast<std::uint16_t>(buffer);
    i.half[isa::kDmaRows] = static_cast<std::uint16_t>(rows);
    isa::set32(i.half, isa::kDmaRowBytes, row_bytes);
    isa::set32(i.half, isa::kDmaMemOffset, static_cast<std::uint32_t>(base_) + offset);
    isa::set32(i.half, isa::kDmaMemStride, stride);
    isa::set32(i.half, isa::kDmaLocalAddr, local);
    isa::set32(i.half, isa::kDmaLocalStride, local_stride);
    return i;
  }

  /// The first bytes of A, W and V, so that no result depends on what memory holds at power-up.
  void fill_buffers() {
    for (const int buffer : {isa::kBufferA, isa::kBufferW, isa::kBufferV}) {
      append(dma(isa::kOpLoad, buffer, 1, 2048, kCodeBytes, 0, 0, 0));
    }
  }

  /// Rows of any length from any byte, both sides alike modulo the bus, within the first bytes of a buffer.
  isa::TileInstruction rows(int opcode, int buffer) {
    const std::uint32_t count = below(5), length = below(70), phase = below(4);
    const std::uint32_t stride = length + below(40), local_stride = stride + 4 * below(8);
    const std::uint32_t offset = kCodeBytes + 4 * below(64) + phase, local = 4 * below(128) + phase;
    return dma(opcode, buffer, count, length, offset, stride, local, local_stride);
  }
  isa::TileInstruction load() {
    constexpr int kTargets[] = {isa::kBufferA, isa::kBufferW, isa::kBufferV};
    return rows(isa::kOpLoad, kTargets[below(3)]);
  }
  isa::TileInstruction store() { return rows(isa::kOpStore, below(3) == 0 ? isa::kBufferA : isa::kBufferV); }

  isa::TileInstruction matrix() {
    isa::TileInstruction i = {};
    const std::uint32_t m = below(6), k = below(5), n = below(4), outer = below(3);
    const auto set = [&](int half, std::uint32_t value) { i.half[half] = static_cast<std::uint16_t>(value); };
    set(isa::kHalfOpcode, isa::kOpMatrix);
    // Accumulators hold what an earlier instruction left only where one has; sums start here and leave here.
    set(isa::kHalfFlags, isa::kMatrixFirst | isa::kMatrixLast | (below(2) ? isa::kMatrixTransposed : 0));
    set(isa::kMatrixFormats, isa::kFormatInt8 | (isa::kFormatInt8 << 4) | (isa::kFormatInt32 << 8));
    set(isa::kMatrixRows, m);
    set(isa::kMatrixKTiles, k);
    set(isa::kMatrixNTiles, n);
    set(isa::kMatrixOuter, outer);
    set(isa::kMatrixAAddr, below(100));
    set(isa::kMatrixARowStride, below(20));
    set(isa::kMatrixABlockStride, below(10));
    set(isa::kMatrixAOuterStride, below(30));
    set(isa::kMatrixWAddr, below(100));
    set(isa::kMatrixWKStride, 4 + below(8));
    set(isa::kMatrixWNStride, below(40));
    set(isa::kMatrixWOuterStride, below(60));
    set(isa::kMatrixDAddr, below(40));
    set(isa::kMatrixDRowStride, below(6));
    set(isa::kMatrixDOuterStride, below(20));
    set(isa::kMatrixAccAddr, below(200));
    set(isa::kMatrixAccNStride, below(8));
    set(isa::kMatrixCAddr, below(65536));  // not read
    set(isa::kMatrixSAddr, below(65536));
    if (below(3) == 0 && m != 0 && k > 1 && n != 0) split(&i);
    return i;
  }

  /// The first part of a sum by itself: what remains is done by the instruction that `matrix` returns.
  void split(isa::TileInstruction* i) {
    i->half[isa::kMatrixOuter] = 1;
    i->half[isa::kMatrixAccNStride] = 6;  // rows of two columns of tiles stay apart
    isa::TileInstruction first = *i;
    first.half[isa::kHalfFlags] = static_cast<std::uint16_t>(first.half[isa::kHalfFlags] & ~isa::kMatrixLast);
    append(first);
    i->half[isa::kHalfFlags] = static_cast<std::uint16_t>(i->half[isa::kHalfFlags] & ~isa::kMatrixFirst);
  }

  /// Something that the contract refuses.
  void spoil(isa::TileInstruction* i) {
    const bool product = (i->half[isa::kHalfOpcode] & 0xFF) == isa::kOpMatrix;
    switch (below(10)) {
      case 0:
        i->half[isa::kHalfOpcode] = isa::kOpVector;
        break;
      case 1:
        i->half[isa::kHalfOpcode] = static_cast<std::uint16_t>(below(256));
        break;
      case 2:
        i->half[isa::kHalfWait] = 1;
        break;
      case 3:
        i->half[isa::kHalfPatches + 1] = 0x40;
        break;
      case 4:
        i->half[isa::kHalfFlags] |= static_cast<std::uint16_t>(product ? 8 : 0x10);
        break;
      case 5:
        i->half[product ? isa::kMatrixGroup : 31] = 1;
        break;
      case 6:
        i->half[isa::kHalfOpcode] |= 0x100;
        break;
      case 7:
        i->half[product ? isa::kMatrixFormats : isa::kDmaRows] = 0x0100;
        break;
      case 8:
        i->half[product ? isa::kMatrixAAddr : isa::kDmaMemOffset + 1] =
            static_cast<std::uint16_t>(4090 + below(9));
        break;
      default:
        i->half[product ? isa::kMatrixDAddr : isa::kDmaLocalAddr] = static_cast<std::uint16_t>(below(65536));
        break;
    }
  }

  const isa::Config& config_;
  std::uint64_t base_;
  std::uint32_t bytes_;
  bool legal_;
  std::mt19937_64 random_;
  std::vector<std::uint8_t> code_;
};

}  // namespace

NanoProgram random_nano_program(const isa::Config& config, std::uint64_t base, std::uint32_t bytes,
                                std::uint64_t seed, bool legal) {
  return Generator(config, base, bytes, seed, legal).make();
}

}  // namespace heddle::cli
