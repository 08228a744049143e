#include "eval/work/training.hpp"

namespace heddle::eval {

double training_flops(double active_parameters, double tokens) { return 6 * active_parameters * tokens; }

double training_flops(const Model& model, double tokens) {
  return training_flops(static_cast<double>(active_parameter_count(model)), tokens);
}

Figure training_utilization() {
  return {
      Range(0.40, 0.21, 0.52), "",
      "PaLM, arXiv 2204.02311, table 3: GPT-3 on V100 21%, Gopher 33%, MT-NLG 30%, PaLM 46%; Llama 3, arXiv "
      "2407.21783: 38 to 43% on H100; Megatron-LM, arXiv 2104.04473: 44 to 52% on A100",
      Confidence::kRecalled, "of the dense 16-bit peak"};
}

Range training_seconds(double flops, double devices, const Range& peak, const Range& utilization) {
  return Range(flops) / (Range(devices) * peak * utilization);
}

}  // namespace heddle::eval
