#include "tests/programs/instructions.hpp"

#include <algorithm>

#include "tests/hls/fields.hpp"
#include "tests/programs/memory_map.hpp"

namespace heddle::tests {
namespace {

using emit::Memory;

std::uint16_t u16(std::uint64_t x) { return static_cast<std::uint16_t>(x); }

std::uint32_t unit_bytes(const isa::Config& config, Memory memory) {
  switch (memory) {
    case Memory::kA:
      return config.columns;
    case Memory::kW:
      return config.w_word_bytes();
    case Memory::kS:
      return isa::kBytesPerWord;
    default:
      return config.block_bytes();
  }
}

}  // namespace

std::uint64_t InstructionMaker::source_address(bool floats, std::uint64_t span, std::uint64_t congruent) {
  const std::uint64_t begin = floats ? memory_map::kFloats : memory_map::kBytesBegin;
  const std::uint64_t end = floats ? memory_map::kFloatsEnd : memory_map::kBytesEnd;
  const std::uint64_t bus = config_.bus_bytes;
  const std::uint64_t room = (end - begin - span) / bus - 1;
  return begin / bus * bus + bus + random_.below(room) * bus + congruent % bus;
}

Draft InstructionMaker::fill(Memory memory, emit::ByteRange range) {
  DmaFields x;
  x.buffer = static_cast<int>(memory);
  x.row_bytes = static_cast<std::uint32_t>(range.end - range.begin);
  x.local_addr = static_cast<std::uint32_t>(range.begin);
  const bool bytes = memory == Memory::kA || memory == Memory::kW;
  x.mem_offset = static_cast<std::uint32_t>(source_address(!bytes, x.row_bytes, range.begin));
  return {isa::kUnitLoad, x.encode(false)};
}

Draft InstructionMaker::dump(Memory memory, emit::ByteRange range, std::uint64_t address) {
  DmaFields x;
  x.buffer = static_cast<int>(memory);
  x.row_bytes = static_cast<std::uint32_t>(range.end - range.begin);
  x.local_addr = static_cast<std::uint32_t>(range.begin);
  x.mem_offset = static_cast<std::uint32_t>(address);
  return {isa::kUnitStore, x.encode(true)};
}

Arena InstructionMaker::blocks_of_s() {
  const Arena words = scratch_.arena(Memory::kS);
  const std::uint32_t first = (words.begin + config_.columns - 1) / config_.columns;
  const std::uint32_t last = (words.begin + words.count) / config_.columns;
  return {first, last > first ? last - first : 0};
}

std::optional<Draft> InstructionMaker::make(int unit, bool in_loop) {
  for (int attempt = 0; attempt < 30; ++attempt) {
    std::optional<Draft> draft;
    switch (unit) {
      case isa::kUnitLoad:
        draft = make_dma(false);
        break;
      case isa::kUnitStore:
        draft = make_dma(true);
        break;
      case isa::kUnitMatrix:
        draft = make_matrix(in_loop);
        break;
      default:
        draft = make_vector();
        break;
    }
    if (draft && emit::check_alone(config_, unit, draft->instruction, 0).empty()) {
      draft->instruction.half[isa::kHalfTag] = u16(random_.bits());
      return draft;
    }
  }
  return std::nullopt;
}

std::optional<Draft> InstructionMaker::make_dma(bool store) {
  const Memory memory = store ? random_.pick({Memory::kA, Memory::kV, Memory::kV, Memory::kS})
                              : random_.pick({Memory::kA, Memory::kW, Memory::kC, Memory::kV, Memory::kS});
  const bool bytes = memory == Memory::kA || memory == Memory::kW;
  const Arena arena = scratch_.arena(memory);
  const std::uint32_t unit = unit_bytes(config_, memory), bus = config_.bus_bytes;
  const std::uint64_t begin = std::uint64_t{arena.begin} * unit, room = std::uint64_t{arena.count} * unit;
  const std::uint32_t grain = bytes || random_.chance(15) ? 1 : 4;

  DmaFields x;
  x.buffer = static_cast<int>(memory);
  x.rows = static_cast<std::uint32_t>(random_.chance(40) ? 1 : random_.between(2, 9));
  x.row_bytes =
      static_cast<std::uint32_t>(random_.chance(30) ? bus * random_.between(1, 6) : random_.between(1, 160));
  x.row_bytes = std::max(x.row_bytes / grain * grain, grain);
  x.local_stride = (x.row_bytes + grain - 1) / grain * grain +
                   grain * static_cast<std::uint32_t>(random_.below(3) * random_.below(24));
  if (random_.chance(40)) x.local_stride = (x.row_bytes + unit - 1) / unit * unit;
  const std::uint64_t span = std::uint64_t{x.rows - 1} * x.local_stride + x.row_bytes;
  if (span > room) return std::nullopt;
  x.local_addr = static_cast<std::uint32_t>(begin + random_.below((room - span) / grain + 1) * grain);

  // Memory rows: apart, so that STOREs do not overlap themselves; LOADs may read one row again and again.
  const std::uint64_t remainder = x.local_stride % bus;
  std::uint64_t stride = x.row_bytes / bus * bus + remainder + bus * random_.below(4);
  while (stride < x.row_bytes) stride += bus;
  if (!store && remainder == 0 && random_.chance(10)) stride = 0;
  x.mem_stride = static_cast<std::uint32_t>(stride);
  const std::uint64_t mem_span = (x.rows - 1) * stride + x.row_bytes;
  if (store || random_.chance(30)) {
    // A small part of the output, so that STOREs and LOADs of it meet.
    const std::uint64_t window = std::min<std::uint64_t>(
        memory_map::kOutputEnd - memory_map::kOutput, std::max<std::uint64_t>(8192, 2 * mem_span + 2 * bus));
    if (mem_span + 2 * bus > window) return std::nullopt;
    const std::uint64_t slots = (window - mem_span) / bus - 1;
    const std::uint64_t first = (memory_map::kOutput + bus - 1) / bus * bus;
    x.mem_offset = static_cast<std::uint32_t>(first + random_.below(slots) * bus + x.local_addr % bus);
  } else {
    if (mem_span > 0x10000) return std::nullopt;
    x.mem_offset = static_cast<std::uint32_t>(
        source_address(bytes ? false : !random_.chance(3), mem_span, x.local_addr));
  }
  if (random_.chance(2)) x.rows = 0;
  if (random_.chance(2)) x.row_bytes = 0;
  return Draft{store ? isa::kUnitStore : isa::kUnitLoad, x.encode(store)};
}

std::optional<Draft> InstructionMaker::make_matrix(bool in_loop) {
  MatrixFields x;
  x.rows = u16(random_.chance(30) ? random_.pick({1, 2, 3}) : random_.between(1, 12));
  x.k_tiles = u16(random_.between(1, random_.chance(70) ? 3 : 7));
  x.n_tiles = u16(random_.between(1, random_.chance(70) ? 2 : 5));
  const bool whole = in_loop || random_.chance(60);
  const OpenSum* open = nullptr;
  if (!whole) {
    open = !open_sums_.empty() && random_.chance(70) ? &random_.pick(open_sums_) : nullptr;
    x.flags = open == nullptr ? int{isa::kMatrixFirst} : random_.chance(60) ? int{isa::kMatrixLast} : 0;
  }
  if (open != nullptr) x.rows = open->rows, x.n_tiles = open->n_tiles;
  if (whole) x.outer = u16(random_.chance(60) ? 1 : random_.between(2, 3));
  if (x.rows * x.k_tiles * x.n_tiles * x.outer > 200) return std::nullopt;
  const bool transposed = random_.chance(40);
  if (transposed) x.flags |= isa::kMatrixTransposed;

  // A: rows of blocks, contiguous or a block stride apart.
  const std::uint32_t a_blocks = (x.k_tiles * config_.rows + config_.columns - 1) / config_.columns;
  if (random_.chance(50)) {
    const Placement a = scratch_.place(scratch_.arena(Memory::kA), a_blocks, x.rows, x.outer, true);
    if (!a.fits) return std::nullopt;
    x.a_addr = a.start, x.a_row_stride = a.row_stride, x.a_outer_stride = a.outer_stride,
    x.a_block_stride = 1;
  } else {  // block-major: all rows of a block together
    const std::uint32_t plane = x.rows + static_cast<std::uint32_t>(random_.below(2));
    const Placement a = scratch_.place(scratch_.arena(Memory::kA), plane, a_blocks, x.outer, false);
    if (!a.fits) return std::nullopt;
    x.a_addr = a.start, x.a_row_stride = 1, x.a_block_stride = a.row_stride,
    x.a_outer_stride = a.outer_stride;
  }

  const std::uint32_t tile = transposed ? config_.columns / config_.weight_rows : config_.w_tile_words();
  const std::uint32_t deep = transposed ? a_blocks : x.k_tiles;
  const bool n_inside = random_.chance(50);
  const Placement w = scratch_.place(scratch_.arena(Memory::kW), (n_inside ? x.n_tiles : deep) * tile,
                                     n_inside ? deep : x.n_tiles, x.outer, true);
  if (!w.fits) return std::nullopt;
  x.w_addr = w.start, x.w_outer_stride = w.outer_stride;
  x.w_k_stride = n_inside ? w.row_stride : u16(tile);
  x.w_n_stride = n_inside ? u16(tile) : w.row_stride;

  const Placement c = scratch_.place(scratch_.arena(Memory::kC), x.n_tiles, 1, x.outer, true);
  const Placement s = scratch_.place(scratch_.arena(Memory::kS), 1, x.rows, x.outer, true);
  const Placement d = scratch_.place(scratch_.arena(Memory::kV), x.n_tiles, x.rows, x.outer, false);
  if (!c.fits || !s.fits || !d.fits) return std::nullopt;
  x.c_addr = c.start, x.c_outer_stride = c.outer_stride;
  x.s_addr = s.start, x.s_row_stride = s.row_stride, x.s_outer_stride = s.outer_stride;
  x.d_addr = d.start, x.d_row_stride = d.row_stride, x.d_outer_stride = d.outer_stride;

  if (open != nullptr) {
    x.acc_addr = open->acc_addr, x.acc_n_stride = open->acc_n_stride;
  } else {
    const Placement acc = scratch_.place(scratch_.arena(Memory::kAccumulators), x.rows, x.n_tiles, 1, false);
    if (!acc.fits) return std::nullopt;
    x.acc_addr = acc.start, x.acc_n_stride = acc.row_stride;
    if (whole && random_.chance(50)) x.acc_n_stride = 0;
  }
  if (random_.chance(2)) x.rows = 0;
  return Draft{isa::kUnitMatrix, x.encode()};
}

std::optional<Draft> InstructionMaker::make_vector() {
  VectorFields x;
  const std::uint32_t width = config_.columns;
  x.rows = u16(random_.chance(30) ? 1 : random_.between(1, 7));
  x.outer = u16(random_.chance(60) ? 1 : random_.between(2, 3));
  const std::int64_t longest = std::min<std::int64_t>(600, 36 * width);
  const std::uint64_t kind = random_.below(100);
  if (kind < 50) {
    x.columns = u16(random_.between(1, 2 * width + 3));
  } else if (kind < 75) {
    x.columns = u16(width * random_.between(1, 6));
  } else if (kind < 80) {
    x.columns = 1;
  } else {  // around the blocks of a reduction, and beyond
    x.columns = u16(std::min<std::int64_t>(
        longest, random_.chance(50) ? random_.between(250, 260) : random_.between(1, longest)));
    x.rows = u16(random_.between(1, 3)), x.outer = 1;
  }
  if (std::uint32_t{x.columns} * x.rows * x.outer > std::max(40 * width, 1300u)) return std::nullopt;
  const std::uint32_t blocks = (x.columns + width - 1) / width;

  x.rope = random_.chance(12);
  if (!x.rope) {
    const auto select = [&] {
      return random_.chance(45) ? 0 : static_cast<int>(random_.between(1, isa::kSelImm1));
    };
    x.pre_mul = select(), x.pre_add = select(), x.post_mul = select(), x.post_add = select();
    x.mask = random_.chance(20);
    x.mask_step = random_.chance(50);
    x.mask_limit = static_cast<std::int16_t>(random_.chance(80) ? random_.between(-2, x.columns + 2)
                                                                : random_.between(-32768, 32767));
    x.function = random_.chance(50) ? 0 : static_cast<int>(random_.between(1, 3));
    x.reduce_function = random_.chance(40);
  }
  x.pre_combine = static_cast<int>(random_.below(4)), x.post_combine = static_cast<int>(random_.below(4));
  if (x.rope) x.pre_combine = x.post_combine = 0;
  x.reduce = random_.chance(50) ? 0 : static_cast<int>(random_.between(1, 3));
  x.a_space = random_.pick<int>(
      {isa::kSpaceV, isa::kSpaceV, isa::kSpaceV, isa::kSpaceA, isa::kSpaceS, isa::kSpaceConst});
  x.u_space = random_.pick<int>({isa::kSpaceV, isa::kSpaceV, isa::kSpaceS});
  x.destination = random_.pick<int>(
      {isa::kDestV, isa::kDestV, isa::kDestV, isa::kDestA, isa::kDestA, isa::kDestS, isa::kDestNone});
  if (x.destination == isa::kDestS) x.reduce = 0;
  if (x.destination == isa::kDestNone && x.reduce == 0) x.reduce = static_cast<int>(random_.between(1, 3));
  x.imm0 = isa::float_of(random_.fp32_bits());
  x.imm1 = isa::float_of(random_.fp32_bits());
  if (!x.rope && random_.chance(2)) {  // a product that is tiny before it is rounded, but not after
    x.a_space = isa::kSpaceConst, x.pre_mul = isa::kSelImm1;
    const std::uint32_t k = static_cast<std::uint32_t>(random_.between(1400, 2100));
    x.imm0 = isa::float_of(0x20000000u + k), x.imm1 = isa::float_of(0x20000000u - 2 * k);
  }

  const auto arena_of = [&](int space) {
    return space == isa::kSpaceV   ? scratch_.arena(Memory::kV)
           : space == isa::kSpaceS ? blocks_of_s()
                                   : scratch_.arena(Memory::kA);
  };
  if (x.a_space != isa::kSpaceConst) {
    const Placement a = scratch_.place(arena_of(x.a_space), blocks, x.rows, x.outer, true);
    if (!a.fits) return std::nullopt;
    x.a_addr = a.start, x.a_row_stride = a.row_stride, x.a_outer_stride = a.outer_stride;
  }
  if (x.needs_u()) {
    const Placement u = scratch_.place(arena_of(x.u_space), blocks, x.rows, x.outer, true);
    if (!u.fits) return std::nullopt;
    x.u_addr = u.start, x.u_row_stride = u.row_stride, x.u_outer_stride = u.outer_stride;
  }
  const Placement s = scratch_.place(scratch_.arena(Memory::kS), 1, x.rows, x.outer, true);
  if (!s.fits) return std::nullopt;
  x.s_row_stride = s.row_stride, x.s_outer_stride = s.outer_stride;
  x.s0_addr = s.start;
  x.s1_addr = u16(s.start + random_.between(0, 8));
  x.red_addr = u16(scratch_.arena(Memory::kS).begin + random_.below(32));

  const bool same_space = (x.destination == isa::kDestV && x.a_space == isa::kSpaceV) ||
                          (x.destination == isa::kDestA && x.a_space == isa::kSpaceA);
  if (same_space && random_.chance(40)) {
    x.d_addr = x.a_addr, x.d_row_stride = x.a_row_stride, x.d_outer_stride = x.a_outer_stride,
    x.d_block_stride = 1;
  } else if (x.destination != isa::kDestNone) {
    const Arena arena = arena_of(x.destination == isa::kDestV   ? isa::kSpaceV
                                 : x.destination == isa::kDestS ? isa::kSpaceS
                                                                : isa::kSpaceA);
    if (random_.chance(60)) {
      const Placement d = scratch_.place(arena, blocks, x.rows, x.outer, false);
      if (!d.fits) return std::nullopt;
      x.d_addr = d.start, x.d_row_stride = d.row_stride, x.d_outer_stride = d.outer_stride,
      x.d_block_stride = 1;
    } else {  // block-major
      const Placement d = scratch_.place(arena, x.rows, blocks, x.outer, false);
      if (!d.fits) return std::nullopt;
      x.d_addr = d.start, x.d_row_stride = 1, x.d_block_stride = d.row_stride,
      x.d_outer_stride = d.outer_stride;
    }
  }
  if (random_.chance(1)) x.outer = 0;
  return Draft{isa::kUnitVector, x.encode()};
}

void InstructionMaker::used(const Draft& draft) {
  if (draft.unit != isa::kUnitMatrix) return;
  const std::uint16_t* half = draft.instruction.half;
  if (half[isa::kMatrixRows] == 0) return;
  const OpenSum sum = {half[isa::kMatrixRows], half[isa::kMatrixNTiles], half[isa::kMatrixAccAddr],
                       half[isa::kMatrixAccNStride]};
  // Whatever shares rows with this instruction's sums is lost, itself included unless it keeps them.
  const auto rows_of = [](const OpenSum& x) {
    std::vector<std::uint16_t> rows;
    for (int nt = 0; nt < x.n_tiles; ++nt) {
      for (int m = 0; m < x.rows; ++m) rows.push_back(u16(x.acc_addr + nt * x.acc_n_stride + m));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  };
  const std::vector<std::uint16_t> mine = rows_of(sum);
  std::erase_if(open_sums_, [&](const OpenSum& other) {
    const std::vector<std::uint16_t> theirs = rows_of(other);
    std::vector<std::uint16_t> both;
    std::set_intersection(mine.begin(), mine.end(), theirs.begin(), theirs.end(), std::back_inserter(both));
    return !both.empty();
  });
  if ((half[isa::kHalfFlags] & isa::kMatrixLast) == 0) open_sums_.push_back(sum);
}

}  // namespace heddle::tests
