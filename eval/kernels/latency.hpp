// The physical part of a kernel's latency: launch, then the larger of compute and memory time, smoothly.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "eval/kernels/kernel.hpp"

namespace heddle::eval {

/// What the model needs to know of a machine. One device, dense peaks.
struct Machine {
  std::string name;
  double operations_per_s = 0;  // peak in the format of the kernel's arithmetic, 2 per multiply-add
  double vector_operations_per_s =
      0;                   // FP32 peak of the vector units, for products of few rows; 0: not known
  double bytes_per_s = 0;  // peak DRAM bandwidth
  double cache_bytes = 0;  // last-level cache; 0: none known
  double units = 128;      // processors that tiles are dealt to (SMs); 128 where it is not published
  double clock = 1.5e9;    // Hz at which the peaks are stated
  /// Share of that clock which tensor units hold within the board's power: sustained_share().
  double sustained = 0.92;
};

/// Whether products have units of their own, or run on the vector units (Apple's GPUs, older boards).
bool has_tensor_units(const Machine& machine);

/// Processors of a chip that publishes none, from its dense 16-bit peak in operations/s: each as fast as one
/// of A100's (2.9 TFLOPS), 16 to 128 of them.
double assumed_processors(double peak16);

/// Boards slow down under tensor load, at worst to the base clock that their maker guarantees: the geometric
/// mean of it and of the clock at which the peaks are stated, as a share of the latter.
double sustained_share(double base_clock, double clock);

/// The coefficients of one kernel class, format and software. All are dimensionless or in microseconds, so
/// that they can be carried to a chip that was never measured.
struct Coefficients {
  enum Index {
    kLaunchUs,             // fixed time of a kernel; of all but products at A100's 1.41 GHz
    kComputeEfficiency,    // share of peak that a large, deep, evenly dealt product reaches
    kTilePenalty,          // words that a tile waits for per word of its edges: small tiles starve;
                           // of attention over prompts: vector operations per score
    kDepthRamp,            // depth at which a tile's pipeline reaches half of its speed
    kWaveShare,            // 0: tiles spread evenly over units, 1: whole waves only
    kSplit,                // most parts into which one task's depth is split
    kBandwidthEfficiency,  // share of DRAM bandwidth that long streams reach
    kStreamRampUs,         // time before a stream is at speed
    kUnitSpeed,            // bandwidth that one unit can draw, over its even share
    kIoEfficiency,         // share of DRAM bandwidth for activations (above 1 where a cache serves them)
    kCacheShare,           // share of the last-level cache that keeps a measured loop's weights warm
    kCacheSpeed,           // its bandwidth a processor, in 18.9 GB/s (A100's share of the DRAM's)
    kNorm,                 // p of the smooth maximum of compute and memory time
    kCount
  };
  std::array<double, kCount> value{};

  double operator[](Index index) const { return value[index]; }
  static std::string_view name(int index);
  static double lower(int index);
  static double upper(int index);
  /// A plausible middle: where fits start.
  static Coefficients start();
};

/// Parts of a latency, in seconds, for explanations.
struct LatencyParts {
  double launch = 0, compute = 0, memory = 0, total = 0;
};

/// Roofline with tiles, waves and ramps. Throws std::runtime_error when the machine has no peak or bandwidth.
LatencyParts physical_latency(const KernelWork& work, bool cold, KernelClass kind, const Machine& machine,
                              const Coefficients& coefficients);

}  // namespace heddle::eval
