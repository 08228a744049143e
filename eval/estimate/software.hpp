// Serving programs: what they add to the kernels of a step.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "eval/common/format.hpp"
#include "eval/common/range.hpp"

namespace heddle::eval {

struct Software {
  std::string name;
  std::vector<std::string> aliases;
  std::string kernels;        // family of measured kernels that is nearest to its own
  Range kernel_factor = 1.0;  // of a step's kernels over the sum of kernels timed alone
  Range step_s, hop_s;        // host time of a decode step; latency of a hand-over between stages
  Range operator_s;           // host time to issue an operator; 0 where graphs are replayed
  Range collective_s;         // latency of one small all-reduce in a node
  /// Bits of a weight that is called int4, scales included: Q4_K_M of llama.cpp 4.85, MLX's groups of 64 with
  /// scale and bias 4.5. 0: as common_storage() says.
  double int4_bits = 0;
  double int8_bits = 0;  // the same of 8-bit weights: Q8_0 of llama.cpp 8.5
  /// Bits of a weight of the output head in models of 4-bit and 8-bit weights: llama.cpp keeps it in Q6_K and
  /// Q8_0, MLX and MLC in the weights' own groups. 0: 16 bits.
  double int4_head_bits = 0, int8_head_bits = 0;
  /// Narrow weights are streamed like wide ones by the program's own kernels (integer products of llama.cpp,
  /// Marlin), not unpacked as in the measured weight-only kernels.
  bool own_narrow_kernels = false;
  /// Products of 16-bit weights and attention are kernels of libraries (cuBLAS, CUTLASS, FlashAttention,
  /// FlashInfer) that other programs call too: what was measured of one on a die holds for it.
  bool library_kernels = false;
  bool int8_weight_only =
      false;  // activations stay wide beside 8-bit weights, also where a chip multiplies both
  /// Instructions of a lane of the vector units that such kernels spend on one 4-bit weight in decoding.
  double unpack_instructions = 1.5;
  /// Time on the device that an operator takes beyond the measured kernel, at kGapClock: where an operator is
  /// several kernels of the program, each with its start and the gap before it, and no graph replays them.
  Range gap_s = 0.0;
  /// The same where NVIDIA's driver replays the step as a graph; below 0: it does not.
  Range graph_gap_s = -1.0;
  /// Activations travel in FP32 between kernels, and prompts' products read a 16-bit copy of them.
  bool wide_activations = false;
  /// Attention over prompts writes its scores to memory, as ggml's graphs do without flash attention.
  bool writes_scores = false;
  bool flash_attention = false;  // which it has on by default now: scores stay on the chip
  /// Share that its own kernel of attention over prompts reaches where scores stay on the chip, of the peak
  /// of the units that it runs on: tensor units with FP32 sums, or (vector_attention, on AMD's boards)
  /// FP32's. 0: as the measured kernels do.
  double attention_share = 0;
  bool vector_attention = false;
  /// Rows of a prompt that are computed at a time, each time with all weights: ggml's micro-batch. 0: all.
  std::uint64_t prompt_rows = 0;
  /// Prompts' products accumulate in FP16, which GeForce boards do at twice the rate.
  bool half_accumulation = false;
  /// Prompts' narrow weights are unpacked to memory before a library's 16-bit product.
  bool unpacks_prompts = false;
  /// Weights called fp8 have one scale a matrix, unless the model is published in FP8 blocks.
  bool fp8_whole = false;
  /// The first token comes from a decode step behind the prompt's pass, as FasterTransformer's engines work.
  bool first_token_decodes = false;
  /// Time of handing an operator to the host's processors and its result back, beyond its kernel.
  Range host_hop_s = 0.0;
  /// Share of the rate of large products that its training runs reach (6 N D operations); 0: does not train.
  Range training = 0.0;
  bool grouped_experts = false;  // experts reach what wide dense products reach (DeepGEMM)
  bool overlaps_links = false;   // collectives run beside products
  bool fused = false;            // activations in the products' epilogues; encoders' attention in one kernel
  std::string reason;
};

/// Hz at which Software::gap_s is stated: A100's.
constexpr double kGapClock = 1.41e9;

/// Weights as the program stores them.
void store_as(const Software& software, Precision& precision);

/// eval/estimate/software.json of the data directory. Throws std::runtime_error naming file and field.
const std::vector<Software>& all_software();
std::vector<Software> software_from_json(const std::string& text, const std::string& source);
/// Case does not matter. Throws std::runtime_error listing the names.
const Software& find_software(const std::string& name);

}  // namespace heddle::eval
