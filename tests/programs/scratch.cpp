#include "tests/programs/scratch.hpp"

#include <algorithm>

namespace heddle::tests {
namespace {

using emit::Memory;

std::size_t index_of(Memory memory) { return static_cast<std::size_t>(memory); }

}  // namespace

Scratch::Scratch(const isa::Config& config, RandomSource& random) : config_(config), random_(random) {
  const std::uint32_t bytes[] = {config.a_bytes, config.w_bytes, config.c_bytes,
                                 config.v_bytes, config.s_bytes, config.acc_bytes};
  for (std::size_t i = 0; i < written_.size(); ++i) written_[i].assign(bytes[i], 0);
  // Small arenas, so that operands meet; some at the very ends of the memory, some over the edge of a bank.
  const auto add = [&](Memory memory, std::uint32_t units, std::uint32_t count) {
    count = std::min(count, units);
    const std::uint32_t room = units - count;
    const std::uint32_t begin =
        random_.pick<std::uint32_t>({0, room, static_cast<std::uint32_t>(random_.below(room + 1))});
    arenas_[index_of(memory)].push_back({begin, count});
  };
  const auto add_bank = [&](Memory memory, std::uint32_t units, std::uint32_t banks, std::uint32_t bank,
                            std::uint32_t count) {
    const std::uint32_t size = units / banks;
    count = std::min(count, size);
    const std::uint32_t room = size - count;
    const std::uint32_t begin =
        random_.pick<std::uint32_t>({0, room, static_cast<std::uint32_t>(random_.below(room + 1))});
    arenas_[index_of(memory)].push_back({bank * size + begin, count});
    if (bank + 1 < banks && random_.chance(25)) {  // over the edge
      arenas_[index_of(memory)].push_back({(bank + 1) * size - count / 2, count});
    }
  };
  const std::uint32_t blocks = static_cast<std::uint32_t>(random.between(12, 40));
  for (std::uint32_t bank = 0; bank < isa::kVectorBanks; ++bank)
    add_bank(Memory::kV, config.v_blocks(), isa::kVectorBanks, bank, blocks);
  for (std::uint32_t bank = 0; bank < isa::kActivationBanks; ++bank)
    add_bank(Memory::kA, config.a_blocks(), isa::kActivationBanks, bank, blocks);
  const std::uint32_t s_words = std::max<std::uint32_t>(4 * config.columns, 64);
  for (std::uint32_t bank = 0; bank < isa::kScalarBanks; ++bank)
    add_bank(Memory::kS, config.s_words(), isa::kScalarBanks, bank, s_words);
  const std::uint32_t tiles = config.columns >= 32 ? 6 : 16;
  for (int i = 0; i < 2; ++i) {
    add(Memory::kW, config.w_words(),
        tiles * std::max(config.w_tile_words(), config.columns / config.weight_rows));
    add(Memory::kC, config.c_blocks(), 8);
  }
  add(Memory::kAccumulators, config.acc_rows(), config.acc_rows());
}

const Arena& Scratch::arena(Memory memory) { return random_.pick(arenas_[index_of(memory)]); }

Placement Scratch::place(const Arena& arena, std::uint32_t length, std::uint32_t rows, std::uint32_t outer,
                         bool repeat) {
  Placement to;
  for (int attempt = 0; attempt < 12 && !to.fits; ++attempt) {
    std::uint64_t row = length, step = 0;
    switch (random_.below(attempt < 8 ? 5 : 2)) {
      case 0:
        row = length + random_.below(3);
        break;
      case 1:
        row = repeat ? 0 : length;
        break;
      case 2:
        row = length + random_.below(2 * length + 2);
        break;
      default:
        break;
    }
    step = random_.chance(60)   ? row * rows
           : random_.chance(50) ? row * rows + random_.below(4)
                                : row + random_.below(length + 1);
    if (repeat && random_.chance(30)) step = 0;
    if (!repeat && random_.chance(30) && row >= length * outer) step = length;  // heads side by side
    if (!repeat && outer > 1 && step < row * (rows - 1) + length &&
        !(row >= length * outer && step == length))
      step = row * rows;
    const std::uint64_t span = (rows - 1) * row + (outer - 1) * step + length;
    if (span > arena.count) continue;
    std::uint64_t start = arena.begin + random_.below(arena.count - span + 1);
    if (random_.chance(8) && rows > 1) {  // from the last row upwards
      start += (rows - 1) * row;
      row = 0x10000 - row;
    }
    to.start = static_cast<std::uint16_t>(start);
    to.row_stride = static_cast<std::uint16_t>(row);
    to.outer_stride = static_cast<std::uint16_t>(step);
    to.fits = true;
  }
  return to;
}

void Scratch::mark_written(const emit::Footprint& footprint) {
  for (const emit::Access& access : footprint.accesses) {
    if (!access.write || access.memory == Memory::kDevice) continue;
    std::vector<std::uint8_t>& bytes = written_[index_of(access.memory)];
    for (const emit::ByteRange& range : access.ranges()) {
      std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(range.begin),
                bytes.begin() + static_cast<std::ptrdiff_t>(range.end), 1);
    }
  }
}

std::vector<std::pair<Memory, emit::ByteRange>> Scratch::unwritten(const emit::Footprint& footprint) const {
  std::vector<std::pair<Memory, emit::ByteRange>> missing;
  for (const emit::Access& access : footprint.accesses) {
    if (access.write || access.memory == Memory::kDevice) continue;
    const std::vector<std::uint8_t>& bytes = written_[index_of(access.memory)];
    emit::ByteRange hull = {UINT64_MAX, 0};
    for (const emit::ByteRange& range : access.ranges()) {
      for (std::uint64_t at = range.begin; at < range.end; ++at) {
        if (bytes[at] != 0) continue;
        hull.begin = std::min(hull.begin, at);
        hull.end = at + 1;
      }
    }
    if (hull.end == 0) continue;
    hull.begin &= ~3ull;  // whole words
    hull.end = (hull.end + 3) & ~3ull;
    missing.emplace_back(access.memory, hull);
  }
  return missing;
}

std::vector<emit::ByteRange> Scratch::written(Memory memory) const {
  const std::vector<std::uint8_t>& bytes = written_[index_of(memory)];
  std::vector<emit::ByteRange> ranges;
  for (std::uint64_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] == 0) continue;
    if (ranges.empty() || ranges.back().end != at) ranges.push_back({at, at});
    ranges.back().end = at + 1;
  }
  return ranges;
}

}  // namespace heddle::tests
