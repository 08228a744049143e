// Random LOAD and STORE instructions on the Verilated units with the buffers, on a bus that stalls, beside a
// plain model: rows of any length and stride, all buffers, windows, ranges, bus errors, aborts. Then the
// bandwidth of long and of short rows behind a memory of 100 cycles.
//
// usage: rtl_memory_test [--seed FIRST] [--seeds COUNT] [--instructions PER_SEED]
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "tests/rtl_memory/memory_bench.hpp"

namespace heddle::test {
namespace {

class RandomBench : public Bench {
 public:
  using Bench::Bench;

  bool run(int instructions) {
    for (int i = 0; i < instructions; ++i) {
      for (int writes = random_.range(0, 3); writes > 0; --writes) probe_write();
      bus_.latency = random_.pick({1, 3, 20, 100});
      bus_.stall_permille = random_.pick({0, 100, 500});
      if (random_.chance(250) ? !random_loads(i) : !random_instruction(i)) return false;
    }
    return true;
  }

  /// Moves `rows` rows without stalls behind 100 cycles of latency; false when it takes more than `bound`.
  bool measure(bool store, int buffer, int rows, int row_bytes, int stride, int local_stride,
               std::uint64_t bound) {
    windows_ = {Window{bus_.base, bus_.bytes.size()}, {}, {}, {}};
    bus_.latency = 100;
    bus_.stall_permille = 0;
    bus_.bad.clear();
    isa::TileInstruction instruction = {};
    instruction.half[isa::kHalfFlags] = static_cast<std::uint16_t>(buffer);
    instruction.half[isa::kDmaRows] = static_cast<std::uint16_t>(rows);
    isa::set32(instruction.half, isa::kDmaRowBytes, static_cast<std::uint32_t>(row_bytes));
    isa::set32(instruction.half, isa::kDmaMemStride, static_cast<std::uint32_t>(stride));
    isa::set32(instruction.half, isa::kDmaLocalStride, static_cast<std::uint32_t>(local_stride));
    if (!execute(0, instruction, bus_.base, store, 0)) return false;
    std::printf("%s of %d rows of %d bytes, stride %d: %llu cycles (bound %llu)\n", store ? "STORE" : "LOAD",
                rows, row_bytes, stride, static_cast<unsigned long long>(last_cycles_),
                static_cast<unsigned long long>(bound));
    return last_cycles_ <= bound;
  }

  /// `pieces` LOADs of `beats` beats one behind the other into W, behind the same memory.
  bool measure_pieces(int pieces, int beats, std::uint64_t bound) {
    windows_ = {Window{bus_.base, bus_.bytes.size()}, {}, {}, {}};
    bus_.latency = 100;
    bus_.stall_permille = 0;
    bus_.bad.clear();
    std::vector<Load> loads(static_cast<std::size_t>(pieces));
    for (std::size_t i = 0; i < loads.size(); ++i) {
      std::uint16_t* const h = loads[i].instruction.half;
      h[isa::kHalfFlags] = isa::kBufferW;
      h[isa::kDmaRows] = 1;
      isa::set32(h, isa::kDmaRowBytes, static_cast<std::uint32_t>(beats * kBus));
      loads[i].base = bus_.base + 16 * kBus * (i % 8);
    }
    if (!execute_overlapping(loads, 0)) return false;
    std::printf("%d LOADs of %d beats: %llu cycles (bound %llu)\n", pieces, beats,
                static_cast<unsigned long long>(last_cycles_), static_cast<unsigned long long>(bound));
    return last_cycles_ <= bound;
  }

 private:
  /// A write by a compute unit's port, with a random mask.
  void probe_write() {
    const int port = random_.range(0, 4);
    const int buffer = port == 0 ? 0 : port < 3 ? 3 : 4;
    const int element = port == 0 ? 1 : 4, width = port == 4 ? 4 : element * kColumns;
    const std::uint32_t block =
        static_cast<std::uint32_t>(random_.range(0, static_cast<int>(kSizes[buffer]) / width - 1));
    top_->probe_block_i = static_cast<std::uint16_t>(block);
    top_->probe_wen_i = static_cast<std::uint8_t>(1 << port);
    std::memset(bytes_of(top_->probe_mask_i), 0, sizeof top_->probe_mask_i);
    const int density = random_.pick({100, 500, 1000});
    for (int b = 0; b < width; ++b)
      bytes_of(top_->probe_data_i)[b] = static_cast<std::uint8_t>(random_.next() >> 24);
    for (int n = 0; n < kColumns; ++n) {
      const bool set = random_.chance(density);
      if (set) bytes_of(top_->probe_mask_i)[n / 8] |= static_cast<std::uint8_t>(1 << n % 8);
      if (port == 4 ? n > 0 : port != 2 && !set) continue;
      std::memcpy(&local_[buffer][block * width + n * element], bytes_of(top_->probe_data_i) + n * element,
                  element);
    }
    cycle();
    top_->probe_wen_i = 0;
  }

  bool random_instruction(int index) {
    const bool store = random_.chance(450);
    const Load one = random_instruction(store);
    return execute(index, one.instruction, one.base, store, random_.chance(50) ? random_.range(1, 200) : 0);
  }

  /// Several LOADs in a row; one window holds all of memory, one beat may be bad.
  bool random_loads(int) {
    std::vector<Load> loads;
    for (int count = random_.range(2, 12); count > 0; --count) loads.push_back(random_instruction(false));
    windows_.assign(4, Window{});
    windows_[random_.range(0, 3)] = {bus_.base, bus_.bytes.size()};
    return execute_overlapping(loads, random_.pick({0, 0, 500, 950}));
  }

  /// Sets windows and bad addresses for it too.
  Load random_instruction(bool store) {
    isa::TileInstruction instruction = {};
    std::uint16_t* const h = instruction.half;
    for (int i = 0; i < isa::kHalfFlags; ++i) h[i] = static_cast<std::uint16_t>(random_.next());
    int buffer = store ? random_.pick({0, 3, 4}) : random_.range(0, 4);
    const std::uint32_t size = kSizes[buffer];
    int rows = random_.pick({1, 1, 2, 3, 7, 40});
    int row_bytes = random_.pick(
        {1, 3, kBus - 1, kBus, kBus + 1, 4 * kBus, random_.range(1, 40 * kBus), random_.range(1, 64)});
    row_bytes = std::min(row_bytes, static_cast<int>(size));
    const bool merge = random_.chance(250);
    if (merge) row_bytes = std::max(row_bytes / kBus, 1) * kBus;
    // Strides agree modulo the bus, in memory and in the buffer.
    const int phase = merge ? 0 : random_.range(0, kBus - 1);
    const int rest = random_.chance(500) ? 0 : random_.range(0, kBus - 1);
    std::uint64_t mem_stride =
        merge
            ? static_cast<std::uint64_t>(row_bytes)
            : (row_bytes / kBus + static_cast<std::uint64_t>(random_.range(store ? 1 : 0, 5))) * kBus + rest;
    if (store && !merge) mem_stride += kBus;  // rows of a STORE do not overlap
    std::int64_t local_stride = merge && random_.chance(500)
                                    ? row_bytes
                                    : (row_bytes / kBus + random_.range(1, 4)) * kBus + (merge ? 0 : rest);
    if (!merge) local_stride = std::max<std::int64_t>(local_stride, row_bytes / kBus * kBus + kBus + rest);
    while (rows > 1 && ((rows - 1) * local_stride + row_bytes + phase > size ||
                        (rows - 1) * mem_stride + row_bytes > bus_.bytes.size() / 2)) {
      --rows;
    }
    const std::int64_t local_extent = (rows - 1) * local_stride + row_bytes;
    const int local_room =
        static_cast<int>((size - std::min<std::int64_t>(size, local_extent + phase)) / kBus);
    std::uint32_t local = static_cast<std::uint32_t>(random_.range(0, local_room) * kBus + phase);
    if (local + local_extent > size) local = 0;
    const std::uint64_t mem_extent = (rows - 1) * mem_stride + row_bytes;
    std::uint64_t address = bus_.base + local % kBus +
                            static_cast<std::uint64_t>(random_.range(
                                0, static_cast<int>((bus_.bytes.size() - mem_extent) / kBus) - 1)) *
                                kBus;
    if (random_.chance(200) && rows > 1) {  // from the last row to the first
      local += static_cast<std::uint32_t>((rows - 1) * local_stride);
      local_stride = -local_stride;
      mem_stride =
          (mem_stride / kBus + 1) * kBus + static_cast<std::uint64_t>(((local_stride % kBus) + kBus) % kBus);
      if (address + (rows - 1) * mem_stride + row_bytes > bus_.bytes.size() + bus_.base)
        address = bus_.base + local % kBus;
      address += (local % kBus + kBus - address % kBus) % kBus;
    }

    // Windows: all of it, or pieces of which one may miss a row.
    windows_.assign(4, Window{});
    const std::uint64_t last = address + (rows - 1) * mem_stride + row_bytes;
    if (random_.chance(700)) {
      windows_[random_.range(0, 3)] = {bus_.base, bus_.bytes.size()};
    } else {
      for (Window& window : windows_) {
        window.base = address + static_cast<std::uint64_t>(random_.range(0, rows - 1)) * mem_stride;
        if (random_.chance(300)) window.base = address;
        window.size = random_.chance(600)
                          ? last - window.base
                          : static_cast<std::uint64_t>(random_.range(0, row_bytes + 2 * kBus));
        if (random_.chance(100)) window.base += 1;
        if (random_.chance(200)) window.size |= kReadOnly;
      }
    }
    bus_.bad.clear();
    if (random_.chance(100))
      bus_.bad.push_back(address +
                         static_cast<std::uint64_t>(random_.range(0, static_cast<int>(last - address - 1))));

    const std::uint32_t offset = random_.chance(300) ? static_cast<std::uint32_t>(random_.next()) : 0;
    const std::uint64_t base = (address - offset) & 0xFFFFFFFFFFFFull;
    h[isa::kHalfFlags] = static_cast<std::uint16_t>(buffer | random_.range(0, 31) << 4);
    h[isa::kDmaRows] = static_cast<std::uint16_t>(rows);
    isa::set32(h, isa::kDmaRowBytes, static_cast<std::uint32_t>(row_bytes));
    isa::set32(h, isa::kDmaMemOffset, offset);
    isa::set32(h, isa::kDmaMemStride, static_cast<std::uint32_t>(mem_stride));
    isa::set32(h, isa::kDmaLocalAddr, local);
    isa::set32(h, isa::kDmaLocalStride, static_cast<std::uint32_t>(local_stride));
    if (rows == 1 && random_.chance(300)) {  // the strides of a single row mean nothing
      isa::set32(h, isa::kDmaMemStride, static_cast<std::uint32_t>(random_.next()));
    }
    if (random_.chance(80)) {
      switch (random_.range(0, 6)) {
        case 0:
          h[isa::kHalfFlags] |= static_cast<std::uint16_t>(1 << random_.range(9, 15));
          break;
        case 1:
          h[random_.range(18, 31)] = static_cast<std::uint16_t>(random_.range(1, 65535));
          break;
        case 2:
          h[isa::kHalfFlags] =
              static_cast<std::uint16_t>(store ? random_.pick({1, 2, 5, 9}) : random_.range(5, 15));
          break;
        case 3:
          h[isa::kDmaRows] = 0;
          break;
        case 4:
          isa::set32(h, isa::kDmaRowBytes, 0);
          break;
        case 5:
          isa::set32(h, isa::kDmaLocalAddr, local + static_cast<std::uint32_t>(random_.range(1, 2 * kBus)));
          break;
        default:
          isa::set32(h, isa::kDmaLocalAddr, (size / kBus - 1) * kBus + local % kBus);
          break;
      }
    }
    return {instruction, base};
  }
};

/// The latency of pieces in turn is paid once.
bool overlapping_bandwidth() {
  RandomBench bench(1);
  return bench.measure_pieces(16, 64, 16 * 64 + 100 + 24);
}

/// Beats of the bus, plus the latency and the units' own cycles.
bool bandwidth() {
  RandomBench bench(1);
  const int a = hls::kABytes, beats = a / 2 / kBus;
  const std::uint64_t bound = static_cast<std::uint64_t>(beats) + 100 + 24;
  const int columns = 8 * kBus;
  return bench.measure(false, 0, 1, a / 2, 0, 0, bound) &&                            // one long row
         bench.measure(false, 0, beats, kBus, kBus, kBus, bound) &&                   // rows that join
         bench.measure(false, 0, beats / 8, columns, 2 * columns, columns, bound) &&  // rows of half a burst
         bench.measure(false, 0, beats / 16, columns, columns, 2 * columns,
                       bound / 2 + 70) &&  // joined, spread in the buffer
         bench.measure(true, 0, 1, a / 2, 0, 0, bound) &&
         bench.measure(true, 0, beats, kBus, kBus, kBus, bound);
}

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
    heddle::test::RandomBench bench(seed);
    if (!bench.run(instructions)) {
      std::printf("replay: %s --seed %llu --seeds 1 --instructions %d\n", argv[0],
                  static_cast<unsigned long long>(seed), instructions);
      return 1;
    }
    cycles += bench.cycles();
  }
  std::printf("%llu seeds of %d instructions, %llu cycles: equal to the model\n",
              static_cast<unsigned long long>(seeds), instructions, static_cast<unsigned long long>(cycles));
  return heddle::test::bandwidth() && heddle::test::overlapping_bandwidth() ? 0 : 1;
}
