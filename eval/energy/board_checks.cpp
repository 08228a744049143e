// Published powers and energies against the model of boards.
#include <fmt/format.h>

#include "eval/chips/chips.hpp"
#include "eval/energy/board_power.hpp"
#include "eval/energy/uncertainty.hpp"

namespace heddle::eval {
namespace {

/// Joules an operation or a bit of one kernel that moves and computes so much a second.
PowerCheck kernel(const char* what, double published, const char* unit, Format compute, double flops_per_s,
                  double bytes_per_s, double per_second) {
  const Graded watts = board_watts(load_chip("H200 SXM"), {1.0, flops_per_s, bytes_per_s, compute});
  return {what,
          unit,
          "ai-dynamo/aiconfigurator, H200, board power while one kernel runs (vLLM 0.22.0)",
          "board",
          "the model was fitted to these kernels",
          published,
          {watts.range / Range(per_second * 1e-12), watts.grade},
          true};
}

/// Eight boards that serve a model, from the wall.
PowerCheck served(const char* what, const char* model_name, Format format, std::uint64_t batch,
                  std::uint64_t prompt, std::uint64_t output, double published_rate, double published_watts,
                  const char* unit, const Parameters& parameters) {
  EstimateRequest request;
  request.model = load_model(model_name);
  request.chips = {load_chip("H200 SXM")};
  request.format = format;
  request.software = "TensorRT-LLM";
  request.batch = batch;
  request.prompt = prompt;
  request.context = prompt + output / 2;
  const Estimate e = estimate(request, parameters);
  Range joules =
      board_watts(request.chips[0], load_of(e, e.prefill)).range * Range(e.prefill.seconds.range.value);
  Range seconds = e.prefill.seconds.range;
  if (e.decode) {
    const Range steps(static_cast<double>(output));
    joules += board_watts(request.chips[0], load_of(e, *e.decode)).range *
              Range(e.decode->seconds.range.value) * steps;
    seconds += e.decode->seconds.range * steps;
  }
  const Range boards = joules / Range(seconds.value);
  const Range wall = wall_watts(boards, host_watts(request.chips[0], false), 1.0) * Range(8);
  const double made = static_cast<double>(batch) * (e.decode ? static_cast<double>(output) : 1.0);
  const Range rate = Range(8 * made) / seconds;
  return {what,
          unit,
          "MLPerf Inference v4.1, closed, Offline, 8 x H200 MaxQ (AC watts of the system)",
          "wall",
          fmt::format(
              "predicted {} W over {} a second; published {:.0f} W over {:.0f}. MaxQ lowers the power limit, "
              "which the model does not know",
              text(wall), text(rate), published_watts, published_rate),
          published_watts / published_rate,
          {wall / rate, Grade::kModelled},
          false};
}

}  // namespace

std::vector<PowerCheck> power_checks(const Parameters& parameters) {
  std::vector<PowerCheck> out;
  out.push_back(kernel("H200 GEMM, BF16", 1.00, "pJ/FLOP", Format::kBf16, 700e12, 300e9, 700e12));
  out.push_back(kernel("H200 GEMM, FP8", 0.65, "pJ/FLOP", Format::kFp8, 1150e12, 300e9, 1150e12));
  out.push_back(kernel("H200 GEMV, BF16", 10.7, "pJ/bit", Format::kBf16, 4.05e12, 4050e9, 8 * 4050e9));
  out.push_back(kernel("H200 GEMV, FP8", 7.8, "pJ/bit", Format::kFp8, 8.1e12, 4050e9, 8 * 4050e9));
  const Chip ascend = load_chip("Ascend 910B");
  out.push_back({"Ascend 910B, INT8 GEMM at 608.6 TOPS", "W", "FlagPerf, Atlas 800T A2", "board",
                 "not fitted: joules an operation are H200's, scaled from 4 to 7 nm", 364.5,
                 board_watts(ascend, {1.0, 608.6e12, 400e9, Format::kInt8}), false});
  const Chip tpu = load_chip("TPU v4");
  Graded die = board_watts(tpu, {1.0, 0.5 * 275e12, 0.5 * 1200e9, Format::kBf16});
  die.range = independent_product({die.range, Range(0.88)});
  out.push_back({"TPU v4, mean in production", "W", "Google Cloud documentation, TPU v4 (90, 170, 192 W)",
                 "chip", "not fitted: half of peak and bandwidth assumed as a mean load", 170, die, false});
  out.push_back(served("Llama-2-70B, wall", "Llama-2-70B", Format::kFp8, 768, 256, 294, 25262, 6153,
                       "J/token", parameters));
  out.push_back(served("BERT-large, wall", "BERT-large", Format::kFp8, 256, 178, 1, 54063, 5531, "J/sample",
                       parameters));
  return out;
}

}  // namespace heddle::eval
