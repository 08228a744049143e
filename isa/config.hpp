// The parameters of a device. Everything that changes what a program may contain is in the hash that
// programs carry; what changes only time, or how the compiler uses the device, is not.
#pragma once
#include <cstdint>

namespace heddle {
namespace isa {

constexpr int kVectorBanks = 4;      // V: one read port and one write port each
constexpr int kActivationBanks = 2;  // A: likewise
constexpr int kScalarBanks = 2;      // S: one write port each; every reader has its own copy
constexpr int kBytesPerWord = 4;     // FP32, INT32

/// Parts that a small device may be built without. What such a device refuses with kStatusIllegal:
enum Part : std::uint32_t {
  kPartFloat = 1,   // VECTOR, and MATRIX with FP32 results. MATRIX has INT32 results instead; C and S are gone.
  kPartScalar = 2,  // every scalar instruction but HALT and FENCE; patches (h4-h5 zero) and base registers but s0
  kPartTokens = 4,  // wait and signal masks; instructions execute one at a time, in the order of the program
  kAllParts = 7,
};

/// One device. Sizes in bytes unless named otherwise; powers of two throughout.
struct Config {
  // Systolic array: rows run along K (the reduction), columns along N.
  std::uint32_t rows = 16;
  std::uint32_t columns = 16;
  std::uint32_t lanes = 16;        // FP32 lanes of the vector unit; lanes <= columns
  std::uint32_t bus_bytes = 16;    // of the memory bus, per cycle
  std::uint32_t axi_ports = 1;     // the bus is cut into this many AXI4 ports, bus_bytes / axi_ports each
  std::uint32_t weight_rows = 2;   // R: rows of weights that the array takes in one cycle
  // On-chip memories.
  std::uint32_t a_bytes = 65536;   // A: 8-bit activations; block = `columns` bytes
  std::uint32_t w_bytes = 131072;  // W: 8-bit weights, keys, values; word = weight_rows * columns bytes
  std::uint32_t c_bytes = 8192;    // C: column scales, FP32; block = `columns` words
  std::uint32_t v_bytes = 262144;  // V: FP32 vectors; block = `columns` words
  std::uint32_t s_bytes = 8192;    // S: row scalars, FP32
  std::uint32_t acc_bytes = 32768; // accumulators, INT32; row = `columns` words
  std::uint32_t icache_bytes = 8192;
  std::uint32_t address_bits = 40;
  std::uint32_t queue_depth = 4;   // instructions waiting in front of each unit
  std::uint32_t parts = kAllParts; // Part, or-ed
  // Not part of the hash.
  std::uint32_t weight_buffers = 2;   // of the array. 2: it takes weights while it works with others; 1: it waits
  std::uint32_t fused_attention = 1;  // of programs. 0: scores and probabilities go through device memory
  std::uint32_t clock_mhz = 800;
  std::uint64_t memory_bytes = 1ull << 30;  // capacity of the device memory
  char memory[24] = "ideal";                // DRAM preset of the simulators

  constexpr bool has(Part part) const { return (parts & part) != 0; }

  // Derived shapes.
  constexpr std::uint32_t row_groups() const { return rows / weight_rows; }  // depth of the wavefront
  constexpr std::uint32_t a_blocks() const { return a_bytes / columns; }
  constexpr std::uint32_t w_word_bytes() const { return weight_rows * columns; }
  constexpr std::uint32_t w_words() const { return w_bytes / w_word_bytes(); }
  constexpr std::uint32_t w_tile_words() const { return rows / weight_rows; }  // one rows x columns tile
  constexpr std::uint32_t block_bytes() const { return columns * kBytesPerWord; }  // of V, C, S, acc
  constexpr std::uint32_t c_blocks() const { return c_bytes / block_bytes(); }
  constexpr std::uint32_t v_blocks() const { return v_bytes / block_bytes(); }
  constexpr std::uint32_t v_bank_blocks() const { return v_blocks() / kVectorBanks; }
  constexpr std::uint32_t a_bank_blocks() const { return a_blocks() / kActivationBanks; }
  constexpr std::uint32_t s_words() const { return s_bytes / kBytesPerWord; }
  /// Beats of LOAD's and STORE's longest burst, which is an aligned piece of memory: the 4 KiB of an AXI4 port that a
  /// burst must not leave, and no more than the 256 of a burst (AMBA AXI, IHI 0022, A3.4.1).
  constexpr std::uint32_t dma_burst_beats() const {
    const std::uint32_t page = 4096 * axi_ports / bus_bytes;
    return page < 256 ? page : 256;
  }
  /// Bytes that the instruction cache brings in at once: 256, or a beat where that is more.
  constexpr std::uint32_t icache_line_bytes() const { return bus_bytes > 256 ? bus_bytes : 256; }
  constexpr std::uint32_t acc_rows() const { return acc_bytes / block_bytes(); }
  constexpr std::uint32_t on_chip_bytes() const {
    return a_bytes + w_bytes + c_bytes + v_bytes + s_bytes + acc_bytes + icache_bytes;
  }
};

/// FNV-1a over the structural parameters, in the order of their declaration; parts only where some are missing.
inline std::uint64_t config_hash(const Config& c) {
  const std::uint32_t values[] = {c.rows,    c.columns, c.lanes,   c.bus_bytes, c.axi_ports, c.weight_rows,
                                  c.a_bytes, c.w_bytes, c.c_bytes, c.v_bytes,   c.s_bytes,   c.acc_bytes,
                                  c.icache_bytes, c.address_bits, c.queue_depth, c.parts};
  std::uint64_t hash = 0xCBF29CE484222325ull;
  for (int i = 0; i < (c.parts == kAllParts ? 15 : 16); ++i) {
    for (int byte = 0; byte < 4; ++byte) {
      hash ^= (values[i] >> (8 * byte)) & 0xFFu;
      hash *= 0x100000001B3ull;
    }
  }
  return hash;
}

constexpr bool is_power_of_two(std::uint64_t x) { return x != 0 && (x & (x - 1)) == 0; }

/// What is wrong with a configuration, or nullptr. `field` names the culprit.
inline const char* check_config(const Config& c, const char** field) {
#define HEDDLE_REQUIRE(condition, name, text) \
  if (!(condition)) {                         \
    *field = name;                            \
    return text;                              \
  }
  HEDDLE_REQUIRE(is_power_of_two(c.rows) && c.rows >= 2 && c.rows <= 256, "rows", "must be a power of two from 2 to 256")
  HEDDLE_REQUIRE(is_power_of_two(c.columns) && c.columns >= 4 && c.columns <= 256, "columns", "must be a power of two from 4 to 256")
  HEDDLE_REQUIRE(c.rows <= c.columns, "rows", "must not exceed columns")
  HEDDLE_REQUIRE(c.parts <= kAllParts, "parts", "names a part that does not exist")
  HEDDLE_REQUIRE(c.has(kPartFloat) ? is_power_of_two(c.lanes) && c.lanes >= 2 && c.lanes <= c.columns : c.lanes == 0, "lanes", "must be a power of two from 2 to columns, or 0 without the float unit")
  HEDDLE_REQUIRE(is_power_of_two(c.bus_bytes) && c.bus_bytes >= 4 && c.bus_bytes <= 512, "bus_bytes", "must be a power of two from 4 to 512")
  HEDDLE_REQUIRE(is_power_of_two(c.axi_ports) && c.bus_bytes / c.axi_ports >= 4 && c.bus_bytes / c.axi_ports <= 128, "axi_ports", "each AXI4 port must be 4 to 128 bytes wide")
  HEDDLE_REQUIRE(is_power_of_two(c.weight_rows) && c.weight_rows <= c.rows, "weight_rows", "must be a power of two that does not exceed rows")
  HEDDLE_REQUIRE(c.bus_bytes <= c.block_bytes(), "bus_bytes", "must not exceed 4 * columns: the bus would be wider than a vector block")
  const std::uint32_t wide_a = c.columns > c.bus_bytes ? c.columns : c.bus_bytes;
  const std::uint32_t wide_w = c.w_word_bytes() > c.bus_bytes ? c.w_word_bytes() : c.bus_bytes;
  HEDDLE_REQUIRE(is_power_of_two(c.a_bytes) && c.a_bytes >= 8 * wide_a && c.a_blocks() <= 65536, "a_bytes", "must be a power of two, at least eight rows, at most 65,536 blocks")
  HEDDLE_REQUIRE(is_power_of_two(c.w_bytes) && c.w_bytes >= 8 * wide_w && c.w_bytes >= 4 * c.rows * c.columns && c.w_words() <= 65536, "w_bytes", "must be a power of two, at least four tiles, at most 65,536 words")
  HEDDLE_REQUIRE(c.has(kPartFloat) ? is_power_of_two(c.c_bytes) && c.c_bytes >= 4 * c.block_bytes() && c.c_blocks() <= 65536 : c.c_bytes == 0, "c_bytes", "must be a power of two, at least four blocks, at most 65,536 blocks, or 0 without the float unit")
  HEDDLE_REQUIRE(is_power_of_two(c.v_bytes) && c.v_bytes >= 16 * c.block_bytes() && c.v_blocks() <= 65536, "v_bytes", "must be a power of two, at least sixteen blocks, at most 65,536 blocks")
  HEDDLE_REQUIRE(c.has(kPartFloat) ? is_power_of_two(c.s_bytes) && c.s_bytes >= 8 * c.block_bytes() && c.s_words() <= 65536 : c.s_bytes == 0, "s_bytes", "must be a power of two, at least eight blocks, at most 65,536 words, or 0 without the float unit")
  HEDDLE_REQUIRE(is_power_of_two(c.acc_bytes) && c.acc_bytes >= 4 * c.block_bytes() && c.acc_rows() <= 65536, "acc_bytes", "must be a power of two, at least four rows, at most 65,536 rows")
  HEDDLE_REQUIRE(c.has(kPartScalar) ? is_power_of_two(c.icache_bytes) && c.icache_bytes >= 1024 && c.icache_bytes >= 4 * c.bus_bytes && c.icache_bytes <= 1048576 : c.icache_bytes == 0, "icache_bytes", "must be a power of two from 1,024 to 1,048,576, or 0 without the scalar unit")
  HEDDLE_REQUIRE(c.address_bits >= 24 && c.address_bits <= 48, "address_bits", "must be from 24 to 48")
  HEDDLE_REQUIRE(c.has(kPartTokens) ? is_power_of_two(c.queue_depth) && c.queue_depth >= 2 && c.queue_depth <= 64 : c.queue_depth == 1, "queue_depth", "must be a power of two from 2 to 64, or 1 without tokens")
  HEDDLE_REQUIRE(c.weight_buffers == 1 || c.weight_buffers == 2, "weight_buffers", "must be 1 or 2")
  HEDDLE_REQUIRE(c.fused_attention <= 1, "fused_attention", "must be 0 or 1")
  HEDDLE_REQUIRE(c.clock_mhz >= 1 && c.clock_mhz <= 10000, "clock_mhz", "must be from 1 to 10,000")
  HEDDLE_REQUIRE(c.memory_bytes >= (c.parts == kAllParts ? 1048576u : 65536u) && (c.memory_bytes >> c.address_bits) == 0, "memory_bytes", "must be at least 1 MiB (64 KiB where parts are left out) and fit address_bits")
#undef HEDDLE_REQUIRE
  return nullptr;
}

}  // namespace isa
}  // namespace heddle
