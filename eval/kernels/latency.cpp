#include "eval/kernels/latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::eval {
namespace {

struct Bounds {
  std::string_view name;
  double lower, start, upper;
};

constexpr std::array<Bounds, Coefficients::kCount> kBounds = {{
    {"launch_us", 0.5, 3, 40},
    {"compute_efficiency", 0.02, 0.8, 1.7},
    {"tile_penalty", 0.1, 30, 400},
    {"depth_ramp", 0.2, 200, 4000},
    {"wave_share", 0.01, 0.5, 1},
    {"split", 1, 4, 128},
    {"bandwidth_efficiency", 0.05, 0.85, 0.95},
    {"stream_ramp_us", 0.05, 1, 40},
    {"unit_speed", 0.5, 4, 64},
    {"io_efficiency", 0.05, 1, 8},
    {"cache_share", 0.02, 0.5, 1.2},
    {"cache_speed", 0.3, 2, 6},
    {"norm", 1, 3, 12},
}};

struct Tile {
  double rows, columns;
};
// Tiles that GEMM libraries offer; the fastest is taken, as their heuristics aim to.
constexpr std::array<Tile, 7> kTiles = {
    {{256, 128}, {128, 256}, {128, 128}, {128, 64}, {64, 128}, {64, 64}, {16, 64}}};

// Products of few rows go to the vector units row by row instead of filling a tensor tile. Where the vector
// peak is not known it is taken as an eighth, as between A100's and L40S's.
constexpr double kVectorRatio = 8;
constexpr double kVectorColumns = 64;

// Latent attention's decode kernels multiply 64 query heads with a block of keys, fewer are padded
// (FlashMLA's BLOCK_M; A100's measured kernels take the same time for 16, 32 and 64 heads).
constexpr double kLatentRows = 64;

/// Dense 16-bit operations/s of one of A100's processors: 312 TFLOPS over 108.
constexpr double kPeakOfProcessor = 2.9e12;
/// DRAM bandwidth over A100's processors: 2039 GB/s over 108.
constexpr double kBandwidthOfProcessor = 18.9e9;

/// Tensor operations in the time of one on the vector units.
double vector_ratio(const Machine& machine) {
  return machine.vector_operations_per_s > 0
             ? std::max(1.0, machine.operations_per_s / machine.vector_operations_per_s)
             : kVectorRatio;
}

// Share of the peak that large products reach on vector units, whose instructions also load and address what
// they multiply: below the 0.87 (FP32) and 0.93 (FP16) of kernels that are tuned for nothing else on Apple's
// GPUs (README of metal-flash-attention, philipturner).
constexpr double kVectorOnlyShare = 0.8;

/// Tiles dealt to the machine's units.
struct Deal {
  double seconds = 1e30;  // of compute at peak
  double blocks = 1;      // that run, parts of a split depth counted
};

/// `combine`: operations for adding the parts of a tile up.
Deal dealt(double tiles, double flops_per_tile, double split, double combine, const Machine& machine,
           const Coefficients& c) {
  const double parts = std::clamp(machine.units / tiles, 1.0, split);
  const double load = tiles * parts / machine.units;
  const double share = c[Coefficients::kWaveShare];
  // Evenly dealt, a unit does tiles/units of the work; in whole waves the last one is as long as the others.
  const double waves = std::max(load, 1.0) * (1 - share) + std::ceil(load) * share;
  return {
      waves * (flops_per_tile / parts + (parts > 1 ? combine : 0)) * machine.units / machine.operations_per_s,
      tiles * parts};
}

}  // namespace

bool has_tensor_units(const Machine& machine) { return vector_ratio(machine) > 1.01; }

double sustained_share(double base_clock, double clock) { return std::sqrt(base_clock / clock); }

double assumed_processors(double peak16) { return std::clamp(peak16 / kPeakOfProcessor, 16.0, 128.0); }

std::string_view Coefficients::name(int index) { return kBounds.at(index).name; }
double Coefficients::lower(int index) { return kBounds.at(index).lower; }
double Coefficients::upper(int index) { return kBounds.at(index).upper; }
Coefficients Coefficients::start() {
  Coefficients out;
  for (int i = 0; i < kCount; ++i) out.value[i] = kBounds[i].start;
  return out;
}

LatencyParts physical_latency(const KernelWork& w, bool cold, KernelClass kind, const Machine& machine,
                              const Coefficients& c) {
  if (!(machine.operations_per_s > 0) || !(machine.bytes_per_s > 0)) {
    throw std::runtime_error(fmt::format(
        "{}: a latency needs a peak in the kernel's format and a memory bandwidth", machine.name));
  }
  LatencyParts parts;
  // What attention and experts do once, whatever their size, is a long chain of instructions; a product's is
  // mostly the launch.
  constexpr double kReferenceClock = 1.41e9;
  const bool chain = kind != KernelClass::kGemm;
  parts.launch = c[Coefficients::kLaunchUs] * 1e-6 * (chain ? kReferenceClock / machine.clock : 1);

  // A pipeline fills in a time, not in a number of operations: a faster processor has to go deeper.
  const double ramp =
      c[Coefficients::kDepthRamp] * machine.operations_per_s / machine.units / kPeakOfProcessor;
  const double penalty = c[Coefficients::kTilePenalty];
  const bool product = kind == KernelClass::kGemm || kind == KernelClass::kMoe;
  const double efficiency = product && !has_tensor_units(machine)
                                ? std::min(kVectorOnlyShare, c[Coefficients::kComputeEfficiency])
                                : c[Coefficients::kComputeEfficiency] * machine.sustained;
  Deal best;
  if (product) {
    const double products = kind == KernelClass::kMoe ? 1.5 : 1;  // gate and up of width 2n, then down
    for (const Tile& tile : kTiles) {
      const double tiles =
          std::ceil(w.rows / tile.rows) * std::ceil(w.columns / tile.columns) * w.copies * products;
      const double flops = 2 * tile.rows * tile.columns * (w.depth + ramp) *
                           (1 + penalty * (1 / tile.rows + 1 / tile.columns) / 2);
      const double combine = 2 * tile.rows * tile.columns * ramp;
      const Deal deal = dealt(tiles, flops, c[Coefficients::kSplit], combine, machine, c);
      if (deal.seconds < best.seconds) best = deal;
    }
    const double tiles = std::ceil(w.rows) * std::ceil(w.columns / kVectorColumns) * w.copies * products;
    const double flops = vector_ratio(machine) * 2 * kVectorColumns * (w.depth + ramp);
    const Deal vector = dealt(tiles, flops, c[Coefficients::kSplit], 2 * kVectorColumns * ramp, machine, c);
    if (vector.seconds < best.seconds) best = vector;
  } else if (kind == KernelClass::kAttentionPrefill || kind == KernelClass::kMlaPrefill) {
    constexpr double tile = 128;
    const double blocks = std::ceil(w.rows / tile);
    const double per_row = w.operations / (w.copies * w.rows * w.depth);  // operations per query and key
    const double padded = blocks * tile;
    // Blocks of the causal triangle, the diagonal ones whole. Between its two products a score costs the
    // vector units `penalty` operations (scale, maximum, exponential, sum), here in operations of the tensor
    // peak.
    const double softmax = penalty * efficiency * vector_ratio(machine);
    const double flops = (per_row * 2 + softmax) * padded * (padded + tile + ramp) / 2 / blocks;
    best = dealt(w.copies * blocks, flops, 1, 0, machine, c);
  } else {
    const double per_key = w.operations / (w.copies * w.rows * std::max(1.0, w.depth));
    // Few queries fill a tensor core's rows in part.
    const bool latent = kind == KernelClass::kMlaDecode;
    const double rows = latent ? kLatentRows : w.rows + penalty;
    const double tasks = latent ? w.copies * std::ceil(w.rows / kLatentRows) : w.copies;
    const double flops = per_key * rows * (w.depth + ramp);
    const double split = w.one_block ? 1 : std::clamp(w.depth / 64, 1.0, c[Coefficients::kSplit]);
    best = dealt(tasks, flops, split, per_key * rows * ramp, machine, c);
  }
  parts.compute = best.seconds / efficiency;

  const double bandwidth = machine.bytes_per_s * c[Coefficients::kBandwidthEfficiency];
  // A loop over more than the cache evicts before reuse: the warm part falls with the square of the excess.
  const double capacity = machine.cache_bytes * c[Coefficients::kCacheShare];
  const double bytes = w.stream_bytes + w.io_bytes;
  const double warm = std::min(1.0, capacity * capacity / (bytes * bytes + 1));
  // Processors have a port to the cache each: its bandwidth goes with their number.
  const double cache_bandwidth = c[Coefficients::kCacheSpeed] * kBandwidthOfProcessor * machine.units;
  const double from_cache = cold ? 0 : warm * w.stream_bytes;
  const bool prompt = kind == KernelClass::kAttentionPrefill || kind == KernelClass::kMlaPrefill;
  const double io_from_cache = prompt ? warm * w.io_bytes : 0;  // written by the kernel before
  parts.memory = c[Coefficients::kStreamRampUs] * 1e-6 +
                 ((w.stream_bytes - from_cache) / bandwidth + from_cache / cache_bandwidth) *
                     std::max(1.0, machine.units / (c[Coefficients::kUnitSpeed] * best.blocks)) +
                 (w.io_bytes - io_from_cache) / (machine.bytes_per_s * c[Coefficients::kIoEfficiency]) +
                 io_from_cache / cache_bandwidth;
  const double norm = c[Coefficients::kNorm];
  const double most = std::max(parts.compute, parts.memory);
  parts.total =
      parts.launch +
      most * std::pow(std::pow(parts.compute / most, norm) + std::pow(parts.memory / most, norm), 1 / norm);
  return parts;
}

}  // namespace heddle::eval
