#include "tests/programs/loop_body.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include "tests/programs/memory_map.hpp"

namespace heddle::tests {
namespace {

bool stays_in_memory(int unit, const emit::Footprint& footprint) {
  for (const emit::Access& access : footprint.accesses) {
    if (access.memory != emit::Memory::kDevice) continue;
    for (const emit::ByteRange& range : access.ranges()) {
      const bool output = range.begin >= memory_map::kOutput && range.end <= memory_map::kOutputEnd;
      const bool constant = range.begin >= memory_map::kFloats && range.end <= memory_map::kBytesEnd;
      if (!output && !(constant && unit == isa::kUnitLoad)) return false;
    }
  }
  return true;
}

// Blocks that a VECTOR, rows that a MATRIX takes through: a count that falls below zero is a very long one.
bool stays_short(const isa::Config& config, int unit, const std::uint16_t* half) {
  constexpr std::uint64_t kLimit = 2000;
  if (unit == isa::kUnitMatrix) {
    return std::uint64_t{half[isa::kMatrixRows]} * half[isa::kMatrixKTiles] * half[isa::kMatrixNTiles] *
               half[isa::kMatrixOuter] <=
           kLimit;
  }
  const std::uint64_t blocks = (half[isa::kVectorColumns] + config.columns - 1) / config.columns;
  return unit != isa::kUnitVector || blocks * half[isa::kVectorRows] * half[isa::kVectorOuter] <= kLimit;
}

// Makes an instance for every iteration; false when one of them is not legal.
bool unroll(const isa::Config& config, int iterations, LoopInstruction& x) {
  x.instances.clear();
  x.footprints.clear();
  for (int i = 0; i < iterations; ++i) {
    isa::TileInstruction instance = x.draft.instruction;
    for (const MovingField& field : x.moving) {
      const std::uint32_t moved = static_cast<std::uint32_t>(field.step * i);
      if (field.wide)
        isa::set32(instance.half, field.half, isa::get32(instance.half, field.half) + moved);
      else
        instance.half[field.half] = static_cast<std::uint16_t>(instance.half[field.half] + moved);
    }
    if (!stays_short(config, x.draft.unit, instance.half)) return false;
    if (!emit::check_alone(config, x.draft.unit, instance, 0).empty()) return false;
    x.footprints.push_back(emit::footprint_of(config, x.draft.unit, instance, 0));
    if (!stays_in_memory(x.draft.unit, x.footprints.back())) return false;
    x.instances.push_back(instance);
  }
  return true;
}

std::vector<MovingField> choose_fields(const isa::Config& config, RandomSource& random, int unit) {
  const std::int32_t step = static_cast<std::int32_t>(random.pick({1, 1, 2, 3, 5, 8, -1}));
  if (unit == isa::kUnitLoad || unit == isa::kUnitStore) {
    const std::int32_t beats = static_cast<std::int32_t>(config.bus_bytes) * step;
    switch (random.below(4)) {
      case 0:
        return {{isa::kDmaMemOffset, true, beats}};
      case 1:
        return {{isa::kDmaLocalAddr, true, beats}};
      case 2:
        return {{isa::kDmaRows, false, 1}};
      default:
        return {{isa::kDmaMemOffset, true, beats},
                {isa::kDmaLocalAddr, true, beats * static_cast<std::int32_t>(random.between(1, 4))}};
    }
  }
  if (unit == isa::kUnitMatrix) {
    const std::int32_t tile = static_cast<std::int32_t>(config.w_tile_words());
    switch (random.below(5)) {
      case 0:
        return {{isa::kMatrixWAddr, false, tile}, {isa::kMatrixDAddr, false, step}};
      case 1:
        return {{isa::kMatrixAAddr, false, step}, {isa::kMatrixSAddr, false, step}};
      case 2:
        return {{isa::kMatrixKTiles, false, 1}};
      case 3:
        return {{isa::kMatrixRows, false, random.pick({1, -1})}};
      default:
        return {{isa::kMatrixDAddr, false, step},
                {isa::kMatrixCAddr, false, 1},
                {isa::kMatrixAccAddr, false, step}};
    }
  }
  switch (random.below(6)) {
    case 0:
      return {{isa::kVectorAAddr, false, step}, {isa::kVectorDAddr, false, step}};
    case 1:
      return {{isa::kVectorUAddr, false, step}, {isa::kVectorMaskLimit, false, step}};
    case 2:
      return {{isa::kVectorColumns, false, step}};
    case 3:
      return {{isa::kVectorRows, false, random.pick({1, -1})}};
    case 4:
      return {{isa::kVectorRedAddr, false, step}, {isa::kVectorS0Addr, false, step}};
    default:
      return {{isa::kVectorDAddr, false, step}};
  }
}

}  // namespace

LoopBody make_loop(const isa::Config& config, RandomSource& random, InstructionMaker& maker) {
  LoopBody body;
  body.iterations = static_cast<int>(random.between(1, 6));
  const std::int64_t count = random.between(2, 6);
  for (std::int64_t i = 0; i < count; ++i) {
    const int unit = random.pick<int>(
        {isa::kUnitLoad, isa::kUnitStore, isa::kUnitMatrix, isa::kUnitVector, isa::kUnitVector});
    const std::optional<Draft> draft = maker.make(unit, true);
    if (!draft) continue;
    LoopInstruction x;
    x.draft = *draft;
    for (int attempt = 0; attempt < 4; ++attempt) {
      if (attempt < 3)
        x.moving = choose_fields(config, random, unit);
      else
        x.moving.clear();
      if (!unroll(config, body.iterations, x)) continue;
      body.instructions.push_back(std::move(x));
      break;
    }
  }
  return body;
}

void order_loop(const isa::Config& config, RandomSource& random, LoopBody& body) {
  const std::size_t count = body.instructions.size();
  const auto unit_of = [&](std::size_t i) {
    return static_cast<std::size_t>(body.instructions[i].draft.unit);
  };
  const auto conflict = [&](std::size_t p, int i, std::size_t q, int j) {
    return emit::find_conflict(config, body.instructions[p].footprints[static_cast<std::size_t>(i)],
                               body.instructions[q].footprints[static_cast<std::size_t>(j)])
        .has_value();
  };
  // forward[q][u]: the last instruction of unit u before q that q must follow within an iteration.
  std::vector<std::array<int, isa::kUnits>> forward(count);
  // distance[u][v]: how many iterations unit v may be ahead of unit u; 0: as many as it likes.
  std::array<std::array<int, isa::kUnits>, isa::kUnits> distance{};
  for (std::size_t q = 0; q < count; ++q) {
    forward[q].fill(-1);
    for (std::size_t p = 0; p < q; ++p) {
      if (unit_of(p) == unit_of(q)) continue;
      bool needed = random.chance(3);
      int& ahead = distance[unit_of(q)][unit_of(p)];
      for (int i = 0; i < body.iterations; ++i) {
        for (int j = 0; j < body.iterations; ++j) {
          if (!conflict(p, i, q, j)) continue;
          if (i <= j)
            needed = true;
          else
            ahead = ahead == 0 ? i - j : std::min(ahead, i - j);
        }
      }
      if (needed) forward[q][unit_of(p)] = static_cast<int>(p);
    }
  }
  std::array<int, isa::kSemaphores> order;
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[random.below(i + 1)]);
  std::size_t used = 0;
  for (std::size_t u = 0; u < isa::kUnits; ++u) {
    for (std::size_t v = 0; v < isa::kUnits; ++v) {
      int semaphore = -1, signalled = -1;
      for (std::size_t q = 0; q < count; ++q) {
        if (unit_of(q) != v || forward[q][u] <= signalled) continue;
        if (semaphore < 0) semaphore = order[used++];
        signalled = forward[q][u];
        body.instructions[static_cast<std::size_t>(signalled)].signal |=
            static_cast<std::uint16_t>(1 << semaphore);
        body.instructions[q].wait |= static_cast<std::uint16_t>(1 << semaphore);
      }
    }
  }
  std::size_t backward = 0;
  for (const auto& row : distance)
    backward += static_cast<std::size_t>(std::count_if(row.begin(), row.end(), [](int d) { return d != 0; }));
  body.fence = used + backward > isa::kSemaphores || random.chance(15);
  if (body.fence) return;
  for (std::size_t u = 0; u < isa::kUnits; ++u) {
    for (std::size_t v = 0; v < isa::kUnits; ++v) {
      if (distance[u][v] == 0) continue;
      const std::uint16_t bit = static_cast<std::uint16_t>(1 << order[used]);
      body.credits.emplace_back(order[used++], distance[u][v]);
      std::size_t last = 0, first = count;
      for (std::size_t i = 0; i < count; ++i) {
        if (unit_of(i) == u) last = i;
        if (unit_of(i) == v && first == count) first = i;
      }
      body.instructions[last].signal |= bit;
      body.instructions[first].wait |= bit;
    }
  }
}

}  // namespace heddle::tests
