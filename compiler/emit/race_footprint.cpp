#include "compiler/emit/race_footprint.hpp"

#include <algorithm>

namespace heddle::emit {
namespace {

using isa::Config;

constexpr std::uint64_t kWrap16 = 1ull << 16, kWrap32 = 1ull << 32, kWrap48 = 1ull << isa::kScalarBits;

std::uint64_t bytes_of(const Config& config, Memory memory) {
  switch (memory) {
    case Memory::kA:
      return config.a_bytes;
    case Memory::kW:
      return config.w_bytes;
    case Memory::kC:
      return config.c_bytes;
    case Memory::kV:
      return config.v_bytes;
    case Memory::kS:
      return config.s_bytes;
    case Memory::kAccumulators:
      return config.acc_bytes;
    case Memory::kDevice:
      return kWrap48;
  }
  return 0;
}

int banks_of(Memory memory) {
  switch (memory) {
    case Memory::kA:
      return isa::kActivationBanks;
    case Memory::kV:
      return isa::kVectorBanks;
    case Memory::kS:
      return isa::kScalarBanks;
    default:
      return 0;
  }
}

Access make_access(const Config& config, Memory memory, bool write, std::uint64_t unit, std::uint64_t wrap,
                   std::uint64_t start, std::uint64_t length, std::vector<Access::Dimension> dimensions) {
  Access access(memory, write, bytes_of(config, memory), banks_of(memory));
  access.unit = unit;
  access.wrap = wrap;
  access.start = start % wrap;
  access.length = length;
  access.dimensions = std::move(dimensions);
  return access;
}

// Rows of `columns` elements over consecutive blocks, or blocks `block_stride` apart.
void add_rows(Footprint& to, const Config& config, Memory memory, bool write, std::uint64_t start,
              std::uint64_t columns, std::uint64_t block_stride, bool whole_blocks,
              const std::vector<Access::Dimension>& outside) {
  const std::uint64_t element = memory == Memory::kA ? 1 : isa::kBytesPerWord;
  const std::uint64_t block = element * config.columns;
  const std::uint64_t blocks = (columns + config.columns - 1) / config.columns;
  if (whole_blocks) columns = blocks * config.columns;
  if (block_stride == 1 || blocks == 1) {
    to.accesses.push_back(
        make_access(config, memory, write, block, kWrap16, start, columns * element, outside));
    return;
  }
  const std::uint64_t full = columns / config.columns, rest = columns % config.columns;
  if (full != 0) {
    std::vector<Access::Dimension> dimensions = outside;
    dimensions.push_back({full, block_stride});
    to.accesses.push_back(make_access(config, memory, write, block, kWrap16, start, block, dimensions));
  }
  if (rest != 0) {
    to.accesses.push_back(make_access(config, memory, write, block, kWrap16, start + full * block_stride,
                                      rest * element, outside));
  }
}

void add_words(Footprint& to, const Config& config, bool write, std::uint64_t start,
               const std::vector<Access::Dimension>& outside) {
  to.accesses.push_back(make_access(config, Memory::kS, write, isa::kBytesPerWord, kWrap16, start,
                                    isa::kBytesPerWord, outside));
}

Footprint dma_footprint(const Config& config, bool store, const std::uint16_t* half, std::uint64_t base) {
  Footprint to;
  const std::uint64_t rows = half[isa::kDmaRows], row_bytes = isa::get32(half, isa::kDmaRowBytes);
  if (rows == 0 || row_bytes == 0) return to;
  const int buffer = half[isa::kHalfFlags] & 15;
  if (buffer >= isa::kBuffers) return to;
  to.accesses.push_back(make_access(config, static_cast<Memory>(buffer), !store, 1, kWrap32,
                                    isa::get32(half, isa::kDmaLocalAddr), row_bytes,
                                    {{rows, isa::get32(half, isa::kDmaLocalStride)}}));
  to.accesses.push_back(make_access(config, Memory::kDevice, store, 1, kWrap48,
                                    base + isa::get32(half, isa::kDmaMemOffset), row_bytes,
                                    {{rows, isa::get32(half, isa::kDmaMemStride)}}));
  return to;
}

Footprint matrix_footprint(const Config& config, const std::uint16_t* half) {
  Footprint to;
  const auto h = [half](int index) { return std::uint64_t{half[index]}; };
  const std::uint64_t rows = h(isa::kMatrixRows), k_tiles = h(isa::kMatrixKTiles),
                      n_tiles = h(isa::kMatrixNTiles);
  const std::uint64_t outer = h(isa::kMatrixOuter);
  if (rows == 0 || k_tiles == 0 || n_tiles == 0 || outer == 0) return to;
  const std::uint64_t flags = h(isa::kHalfFlags), depth = k_tiles * config.rows;

  add_rows(to, config, Memory::kA, false, h(isa::kMatrixAAddr), depth, h(isa::kMatrixABlockStride), false,
           {{outer, h(isa::kMatrixAOuterStride)}, {rows, h(isa::kMatrixARowStride)}});

  const std::uint64_t word = config.w_word_bytes();
  const Access::Dimension w_outer = {outer, h(isa::kMatrixWOuterStride)},
                          w_n = {n_tiles, h(isa::kMatrixWNStride)};
  const std::uint64_t w_addr = h(isa::kMatrixWAddr), w_k = h(isa::kMatrixWKStride);
  if ((flags & isa::kMatrixTransposed) == 0) {
    to.accesses.push_back(make_access(config, Memory::kW, false, word, kWrap16, w_addr,
                                      config.w_tile_words() * word, {w_outer, w_n, {k_tiles, w_k}}));
  } else {
    const std::uint64_t keys = config.columns / config.weight_rows;
    const std::uint64_t full = depth / config.columns, rest = depth % config.columns;
    if (full != 0) {
      to.accesses.push_back(make_access(config, Memory::kW, false, word, kWrap16, w_addr, keys * word,
                                        {w_outer, w_n, {full, w_k}}));
    }
    if (rest != 0) {  // the first bytes of each of a word's keys
      for (std::uint64_t key = 0; key < config.weight_rows; ++key) {
        Access access = make_access(config, Memory::kW, false, word, kWrap16, w_addr + full * w_k, rest,
                                    {w_outer, w_n, {keys, 1}});
        access.offset = key * config.columns;
        to.accesses.push_back(access);
      }
    }
  }

  if ((flags & isa::kMatrixLast) != 0) {
    add_rows(to, config, Memory::kC, false, h(isa::kMatrixCAddr), n_tiles * config.columns, 1, true,
             {{outer, h(isa::kMatrixCOuterStride)}});
    add_words(to, config, false, h(isa::kMatrixSAddr),
              {{outer, h(isa::kMatrixSOuterStride)}, {rows, h(isa::kMatrixSRowStride)}});
    add_rows(to, config, Memory::kV, true, h(isa::kMatrixDAddr), n_tiles * config.columns, 1, true,
             {{outer, h(isa::kMatrixDOuterStride)}, {rows, h(isa::kMatrixDRowStride)}});
  }
  to.accesses.push_back(make_access(config, Memory::kAccumulators, true, config.block_bytes(), kWrap16,
                                    h(isa::kMatrixAccAddr), config.block_bytes() * rows,
                                    {{n_tiles, h(isa::kMatrixAccNStride)}}));
  return to;
}

Memory space_memory(int space) {
  return space == isa::kSpaceV ? Memory::kV : space == isa::kSpaceS ? Memory::kS : Memory::kA;
}

bool selects(const std::uint16_t* half, int operand) {
  const int fields = half[isa::kVectorSelects];
  return (fields & 7) == operand || ((fields >> 3) & 7) == operand || ((fields >> 6) & 7) == operand ||
         ((fields >> 9) & 7) == operand;
}

// The operands of VECTOR by name, so that rules between them can be checked.
struct VectorOperands {
  std::optional<Footprint> a, u, s0, s1, reduction, destination;
  bool in_place = false;  // the destination names the very blocks of A
};

VectorOperands vector_operands(const Config& config, const std::uint16_t* half) {
  VectorOperands to;
  const auto h = [half](int index) { return std::uint64_t{half[index]}; };
  const std::uint64_t columns = h(isa::kVectorColumns), rows = h(isa::kVectorRows),
                      outer = h(isa::kVectorOuter);
  if (columns == 0 || rows == 0 || outer == 0) return to;
  const std::uint64_t flags = h(isa::kHalfFlags), spaces = h(isa::kVectorSelects) >> 12;
  const bool rope = (flags & 1) != 0;
  const std::uint64_t read_columns = rope ? (columns + 1) & ~1ull : columns;
  const int a_space = spaces & 3, u_space = (spaces >> 2) & 3, destination = h(isa::kVectorDest) & 3;
  if (a_space != isa::kSpaceConst) {
    to.a.emplace();
    add_rows(*to.a, config, space_memory(a_space), false, h(isa::kVectorAAddr), read_columns, 1, false,
             {{outer, h(isa::kVectorAOuterStride)}, {rows, h(isa::kVectorARowStride)}});
  }
  if (rope || selects(half, isa::kSelU)) {
    to.u.emplace();
    add_rows(*to.u, config, space_memory(u_space), false, h(isa::kVectorUAddr), read_columns, 1, false,
             {{outer, h(isa::kVectorUOuterStride)}, {rows, h(isa::kVectorURowStride)}});
  }
  const std::vector<Access::Dimension> scalars = {{outer, h(isa::kVectorSOuterStride)},
                                                  {rows, h(isa::kVectorSRowStride)}};
  if (selects(half, isa::kSelS0)) add_words(to.s0.emplace(), config, false, h(isa::kVectorS0Addr), scalars);
  if (selects(half, isa::kSelS1)) add_words(to.s1.emplace(), config, false, h(isa::kVectorS1Addr), scalars);
  if (((flags >> 7) & 7) != 0)
    add_words(to.reduction.emplace(), config, true, h(isa::kVectorRedAddr), scalars);
  if (destination != isa::kDestNone) {
    const Memory memory = destination == isa::kDestV   ? Memory::kV
                          : destination == isa::kDestA ? Memory::kA
                                                       : Memory::kS;
    const std::uint64_t block_stride = h(isa::kVectorDBlockStride);
    add_rows(to.destination.emplace(), config, memory, true, h(isa::kVectorDAddr), columns, block_stride,
             memory == Memory::kA, {{outer, h(isa::kVectorDOuterStride)}, {rows, h(isa::kVectorDRowStride)}});
    to.in_place = to.a && memory == space_memory(a_space) && h(isa::kVectorDAddr) == h(isa::kVectorAAddr) &&
                  (outer == 1 || h(isa::kVectorDOuterStride) == h(isa::kVectorAOuterStride)) &&
                  (rows == 1 || h(isa::kVectorDRowStride) == h(isa::kVectorARowStride)) &&
                  (columns <= config.columns || block_stride == 1);
  }
  return to;
}

bool share_bytes(const std::optional<Footprint>& a, const std::optional<Footprint>& b) {
  if (!a || !b) return false;
  for (const Access& x : a->accesses) {
    for (const Access& y : b->accesses) {
      if (share_bytes(x, y)) return true;
    }
  }
  return false;
}

std::uint32_t banks_touched(const Footprint& footprint) {
  std::uint32_t banks = 0;
  for (const Access& access : footprint.accesses) banks |= access.banks();
  return banks;
}

// Whether a block of A and the block of U that is read with it lie in one bank of V.
bool streams_meet(const Config& config, const std::uint16_t* half) {
  const std::uint32_t blocks = (half[isa::kVectorColumns] + config.columns - 1) / config.columns;
  for (std::uint32_t o = 0; o < half[isa::kVectorOuter]; ++o) {
    for (std::uint32_t r = 0; r < half[isa::kVectorRows]; ++r) {
      const std::uint32_t a =
          half[isa::kVectorAAddr] + o * half[isa::kVectorAOuterStride] + r * half[isa::kVectorARowStride];
      const std::uint32_t u =
          half[isa::kVectorUAddr] + o * half[isa::kVectorUOuterStride] + r * half[isa::kVectorURowStride];
      for (std::uint32_t b = 0; b < blocks; ++b) {
        if (((a + b) & 0xFFFFu) / config.v_bank_blocks() == ((u + b) & 0xFFFFu) / config.v_bank_blocks())
          return true;
      }
    }
  }
  return false;
}

std::string check_vector(const Config& config, const std::uint16_t* half) {
  // Fields first: these hold for counts of zero too.
  const bool needs_u = (half[isa::kHalfFlags] & 1) != 0 || selects(half, isa::kSelU);
  const int a_space = (half[isa::kVectorSelects] >> 12) & 3, u_space = (half[isa::kVectorSelects] >> 14) & 3;
  if (needs_u && a_space == isa::kSpaceS && u_space == isa::kSpaceS) return "streams A and U are both in S";
  if ((half[isa::kVectorDest] & 3) == isa::kDestS && ((half[isa::kHalfFlags] >> 7) & 7) != 0) {
    return "destination S and a reduction write S at once";
  }
  const VectorOperands x = vector_operands(config, half);
  const auto in = [](const std::optional<Footprint>& operand, Memory memory) {
    return operand && operand->accesses.front().memory == memory;
  };
  if (in(x.a, Memory::kV) && in(x.u, Memory::kV) && (banks_touched(*x.a) & banks_touched(*x.u)) != 0 &&
      streams_meet(config, half)) {
    return "streams A and U use the same bank of V";
  }
  if (x.in_place) {
    for (const Access& access : x.destination->accesses) {
      if (access.overlaps_itself()) return "the destination is in place, but its rows overlap";
    }
  } else if (share_bytes(x.destination, x.a)) {
    return "the destination overlaps stream A without being in place";
  }
  if (share_bytes(x.destination, x.u)) return "the destination overlaps stream U";
  if (share_bytes(x.destination, x.s0) || share_bytes(x.destination, x.s1))
    return "the destination overlaps row scalars";
  if (share_bytes(x.reduction, x.s0) || share_bytes(x.reduction, x.s1))
    return "the reduction overlaps row scalars";
  if (share_bytes(x.reduction, x.a) || share_bytes(x.reduction, x.u))
    return "the reduction overlaps a stream of S";
  return "";
}

}  // namespace

Footprint footprint_of(const Config& config, int unit, const isa::TileInstruction& instruction,
                       std::uint64_t base) {
  switch (unit) {
    case isa::kUnitLoad:
    case isa::kUnitStore:
      return dma_footprint(config, unit == isa::kUnitStore, instruction.half, base);
    case isa::kUnitMatrix:
      return matrix_footprint(config, instruction.half);
    default:
      break;
  }
  Footprint to;
  VectorOperands operands = vector_operands(config, instruction.half);
  for (std::optional<Footprint>* part :
       {&operands.a, &operands.u, &operands.s0, &operands.s1, &operands.reduction, &operands.destination}) {
    if (!*part) continue;
    for (Access& access : (*part)->accesses) to.accesses.push_back(std::move(access));
  }
  return to;
}

Footprint footprint_of_word(std::uint64_t address) {
  Footprint to;
  Access access(Memory::kDevice, false, kWrap48, 0);
  access.wrap = kWrap48;
  access.start = address % kWrap48;
  access.length = 4;
  to.accesses.push_back(access);
  return to;
}

std::optional<Conflict> find_conflict(const Config& config, const Footprint& a, const Footprint& b) {
  for (const Access& x : a.accesses) {
    for (const Access& y : b.accesses) {
      if (x.memory != y.memory || x.memory == Memory::kAccumulators) continue;
      if (x.write || y.write) {
        ByteRange where;
        if (share_bytes(x, y, &where)) return Conflict{x.memory, false, false, where};
      }
      // Ports: two reads or two writes. Every reader of S has its own copy.
      if (x.write != y.write || banks_of(x.memory) == 0 || (x.memory == Memory::kS && !x.write)) continue;
      const std::uint32_t both = x.banks() & y.banks();
      if (both == 0) continue;
      int bank = 0;
      while (((both >> bank) & 1u) == 0) ++bank;
      const std::uint64_t size = bytes_of(config, x.memory) / static_cast<std::uint64_t>(banks_of(x.memory));
      const std::uint64_t first = size * static_cast<std::uint64_t>(bank);
      return Conflict{x.memory, true, x.write, {first, first + size}, bank};
    }
  }
  return std::nullopt;
}

std::string check_alone(const Config& config, int unit, const isa::TileInstruction& instruction,
                        std::uint64_t base) {
  for (const Access& access : footprint_of(config, unit, instruction, base).accesses) {
    if (!access.inside()) return std::string("an operand lies outside ") + memory_name(access.memory);
  }
  return unit == isa::kUnitVector ? check_vector(config, instruction.half) : "";
}

}  // namespace heddle::emit
