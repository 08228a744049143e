// Drives heddle_vector with random instructions beside vector_model.hpp and compares status and memories
// after each; also that nothing is written at or after done, and that the unit never stalls.
// Usage: vector_test [instructions] [seed] [first]; the first difference names a command that replays it.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <type_traits>

#include "Vheddle_vector.h"
#include "tests/rtl_vector/vector_random.hpp"
#include "verilated.h"

namespace heddle::rtl_vector {
namespace {

// Ports of up to 64 bits are integers, wider ones arrays of words: copy as bytes, little-endian.
template <typename Port>
void set_port(Port& port, const void* bytes, std::size_t count) {
  if constexpr (std::is_integral_v<Port>) {
    Port value = 0;
    std::memcpy(&value, bytes, count);
    port = value;
  } else {
    std::memcpy(port.m_storage, bytes, count);
  }
}

template <typename Port>
void get_port(const Port& port, void* bytes, std::size_t count) {
  if constexpr (std::is_integral_v<Port>) {
    std::memcpy(bytes, &port, count);
  } else {
    std::memcpy(bytes, port.m_storage, count);
  }
}

class Bench {
 public:
  Bench() {
    unit_.rst_i = 1;
    for (int k = 0; k < 3; ++k) cycle();
    unit_.rst_i = 0;
  }

  Memories memories;
  int cycles = 0;
  const char* fault = nullptr;

  /// Executes one instruction on the design after some idle cycles; returns its status.
  std::uint32_t run(const Fields& i, int idle) {
    for (; idle > 0; --idle) cycle();
    set_port(unit_.instr_i, i.half, sizeof i.half);
    unit_.start_i = 1;
    cycles = 0;
    const int limit = 4 * i.blocks() * (kColumns / kLanes) * i.rows() * i.outer() + 400;
    do {
      cycle();
      unit_.start_i = 0;
      if (++cycles > limit) {
        fault = "no done";
        return isa::kStatusWatchdog;
      }
      unit_.eval();
    } while (!unit_.done_o);
    const std::uint32_t status = unit_.status_o;
    if (unit_.v_wen_o || unit_.a_wen_o || unit_.s_wen_o || unit_.r_wen_o) fault = "a write at done";
    cycle();
    unit_.eval();
    if (unit_.done_o) fault = "done is longer than a cycle";
    return status;
  }

 private:
  // One cycle: what is read is what stood there before the edge; where nothing was read, or where the same
  // edge writes, the answer is noise.
  void cycle() {
    unit_.clk_i = 0;
    unit_.eval();
    std::uint32_t va[kColumns], vu[kColumns], sa[kColumns], s0 = noise(), s1 = noise();
    std::uint8_t aa[kColumns];
    read(unit_.va_ren_o, unit_.va_block_o, memories.v, va);
    read(unit_.vu_ren_o, unit_.vu_block_o, memories.v, vu);
    read(unit_.sa_ren_o, unit_.sa_block_o, memories.s, sa);
    read(unit_.aa_ren_o, unit_.aa_block_o, memories.a, aa);
    if (unit_.s0_ren_o) s0 = memories.s.at(unit_.s0_word_o);
    if (unit_.s1_ren_o) s1 = memories.s.at(unit_.s1_word_o);
    if (unit_.v_wen_o) {
      write(unit_.v_block_o, unit_.v_mask_o, unit_.v_data_o, memories.v,
            unit_.va_ren_o && unit_.va_block_o == unit_.v_block_o ? va : nullptr);
    }
    if (unit_.s_wen_o) {
      write(unit_.s_block_o, unit_.s_mask_o, unit_.s_data_o, memories.s,
            unit_.sa_ren_o && unit_.sa_block_o == unit_.s_block_o ? sa : nullptr);
    }
    if (unit_.a_wen_o) {
      write(unit_.a_block_o, unit_.a_mask_o, unit_.a_data_o, memories.a,
            unit_.aa_ren_o && unit_.aa_block_o == unit_.a_block_o ? aa : nullptr);
    }
    if (unit_.r_wen_o) memories.s.at(unit_.r_word_o) = unit_.r_data_o;
    unit_.clk_i = 1;
    unit_.eval();
    set_port(unit_.va_data_i, va, sizeof va);
    set_port(unit_.vu_data_i, vu, sizeof vu);
    set_port(unit_.sa_data_i, sa, sizeof sa);
    set_port(unit_.aa_data_i, aa, sizeof aa);
    unit_.s0_data_i = s0;
    unit_.s1_data_i = s1;
  }

  std::uint32_t noise() { return noise_ = noise_ * 1664525u + 1013904223u; }

  template <typename Element>
  void read(bool enable, std::uint32_t block, const std::vector<Element>& memory, Element* to) {
    for (int c = 0; c < kColumns; ++c) {
      to[c] = enable ? memory.at(block * kColumns + c) : static_cast<Element>(noise());
    }
  }

  template <typename Mask, typename Data, typename Element>
  void write(std::uint32_t block, const Mask& mask_port, const Data& data_port, std::vector<Element>& memory,
             Element* reading) {
    std::uint8_t mask[(kColumns + 7) / 8];
    Element data[kColumns];
    get_port(mask_port, mask, sizeof mask);
    get_port(data_port, data, sizeof data);
    for (int c = 0; c < kColumns; ++c) {
      if (!((mask[c / 8] >> (c % 8)) & 1)) continue;
      memory.at(block * kColumns + c) = data[c];
      if (reading) reading[c] = static_cast<Element>(noise());
    }
  }

  VerilatedContext context_;
  Vheddle_vector unit_{&context_};
  std::uint32_t noise_ = 1;
};

template <typename Element>
bool same(const char* name, const std::vector<Element>& got, const std::vector<Element>& want) {
  for (std::size_t k = 0; k < got.size(); ++k) {
    if (got[k] == want[k]) continue;
    std::fprintf(stderr, "  %s block %zu column %zu: got %08X, want %08X\n", name, k / kColumns, k % kColumns,
                 static_cast<unsigned>(got[k]), static_cast<unsigned>(want[k]));
    return false;
  }
  return true;
}

int run(const char* program, long instructions, std::uint64_t seed, long first) {
  const auto bench = std::make_unique<Bench>();
  const auto expected = std::make_unique<Memories>();
  long illegal = 0, steps = 0, total_cycles = 0;
  for (long n = first; n < first + instructions; ++n) {
    // Each instruction has a generator of its own, so that any one can be replayed alone.
    Generator generator(seed * 1000003u + static_cast<std::uint64_t>(n));
    generator.fill(bench->memories);
    const Fields i = generator.next();
    *expected = bench->memories;
    const std::uint32_t want = Model::run(i, *expected);
    const std::uint32_t got = bench->run(i, generator.between(0, 2));
    const int work = i.blocks() * (kColumns / kLanes) * i.rows() * i.outer();
    bool ok = got == want && !bench->fault;
    if (!ok)
      std::fprintf(stderr, "  status: got %u, want %u %s\n", got, want, bench->fault ? bench->fault : "");
    if (ok && want == isa::kStatusOk) {
      ok = same("V", bench->memories.v, expected->v) && same("S", bench->memories.s, expected->s) &&
           same("A", bench->memories.a, expected->a);
      if (ok && kLanes <= 64 && bench->cycles > work + 80) {
        std::fprintf(stderr, "  %d steps took %d cycles: the unit stalled\n", work, bench->cycles);
        ok = false;
      }
      steps += work;
      total_cycles += bench->cycles;
    } else {
      ++illegal;
    }
    if (std::getenv("VT_TRACE"))
      std::fprintf(stderr, "%ld status %u cycles %d %s\n", n, got, bench->cycles, describe(i).c_str());
    if (!ok) {
      std::fprintf(stderr,
                   "heddle_vector differs (columns %d, lanes %d, seed %llu, instruction %ld)\n  %s\nreplay: "
                   "%s 1 %llu %ld\n",
                   kColumns, kLanes, static_cast<unsigned long long>(seed), n, describe(i).c_str(), program,
                   static_cast<unsigned long long>(seed), n);
      return 1;
    }
  }
  std::printf(
      "vector: %ld instructions (%ld illegal) identical, %ld steps in %ld cycles (%d columns, %d lanes, seed "
      "%llu)\n",
      instructions, illegal, steps, total_cycles, kColumns, kLanes, static_cast<unsigned long long>(seed));
  return 0;
}

}  // namespace
}  // namespace heddle::rtl_vector

int main(int argc, char** argv) {
  const long instructions = argc > 1 ? std::atol(argv[1]) : 1000;
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 1;
  const long first = argc > 3 ? std::atol(argv[3]) : 0;
  return heddle::rtl_vector::run(argv[0], instructions, seed, first);
}
