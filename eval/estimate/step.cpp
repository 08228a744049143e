#include "eval/estimate/step.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace heddle::eval {
namespace {

/// Sums operators: values, independent errors as squares, systematic ones straight.
struct Sum {
  double value = 0, fast = 0, slow = 0;
  double low_squares = 0, high_squares = 0, low_straight = 0, high_straight = 0;
  double operators = 0;  // that a host issues
  std::array<double, 5> shares{};

  void add(const OperatorTime& time, double count) {
    const double down = count * (time.seconds.value - time.seconds.low);
    const double up = count * (time.seconds.high - time.seconds.value);
    value += count * time.seconds.value;
    fast += count * time.fast;
    slow += count * time.slow;
    if (time.systematic) {
      low_straight += down, high_straight += up;
    } else {
      low_squares += down * down, high_squares += up * up;
    }
    shares[static_cast<std::size_t>(time.bound)] += count * time.seconds.value;
    if (time.bound != Bound::kLink) operators += count;
  }
  /// Own kernels: what a loop over one kernel cannot show (clocks, gaps) is in the software's factor.
  double down() const { return std::hypot(std::sqrt(low_squares), low_straight); }
  double up() const { return std::hypot(std::sqrt(high_squares), high_straight); }
};

/// Kernels times the software's factor, at least the host's time to issue them, plus its time per step.
Graded with_host(const Sum& kernels, const Software& software, Grade grade) {
  const Range& factor = software.kernel_factor;
  const double issued = kernels.operators * software.operator_s.value;
  const double device = kernels.value * factor.value;
  const bool host_bound = issued > device;
  const double value = std::max(device, issued) + software.step_s.value;
  const double kernel_down =
      host_bound ? kernels.operators * (software.operator_s.value - software.operator_s.low)
                 : std::hypot(kernels.down() * factor.value, kernels.value * (factor.value - factor.low));
  const double kernel_up =
      host_bound ? kernels.operators * (software.operator_s.high - software.operator_s.value)
                 : std::hypot(kernels.up() * factor.value, kernels.value * (factor.high - factor.value));
  const double down = std::hypot(kernel_down, software.step_s.value - software.step_s.low);
  const double up = std::hypot(kernel_up, software.step_s.high - software.step_s.value);
  const Range deployed = deployed_range(value, std::log(value / std::max(value - down, 0.2 * value)),
                                        std::log((value + up) / value));
  // Disputed figures act on the device's part alone.
  const double fast = host_bound ? 0 : (kernels.value - kernels.fast) * factor.value;
  const double slow = host_bound ? 0 : (kernels.slow - kernels.value) * factor.value;
  return {{value, deployed.low * (1 - fast / value), deployed.high * (1 + slow / value)}, grade};
}

/// Of 132 processors, those that exchange prompts' tokens among the nodes of a data split: 20 (DeepSeek-V3
/// technical report, arXiv 2412.19437, 3.2.2). Steps of decoding leave it to the network adapters.
constexpr double kExchangeProcessors = 20.0 / 132;
constexpr std::uint32_t kExchangeDevices = 8;  // of a node

/// An operator in equal parts on a host's processors, handed over and back.
OperatorTime on_host(OperatorTime time, std::uint32_t processors, const Software& software) {
  const Range& hop = software.host_hop_s;
  time.seconds = time.seconds * Range(1.0 / processors) + hop;
  time.fast = time.fast / processors + hop.value;
  time.slow = time.slow / processors + hop.value;
  if (hop.value > 0) time.basis += fmt::format(", handed over in {:.0f} us", hop.value * 1e6);
  return time;
}

// Our own machine takes at most 32 rows of a prompt at a time, halved, below 8 lessened, until a bank (one of
// four) of its vector memory holds the residual stream and the feed-forward network of them in FP32; it reads
// the weights again for the next rows (compiler/tiles/onchip.cpp).
void read_weights_again(std::vector<Operator>& operators, const Model& model, const Chip& chip) {
  const double row = 4 * static_cast<double>(model.hidden + model.feed_forward);
  const auto fitting = static_cast<std::uint64_t>(std::max(1.0, *chip.vector_bytes / 4 / row));
  std::uint64_t rows = 32;
  while (rows > fitting) rows = rows > 8 ? rows / 2 : rows - 1;
  for (Operator& op : operators)
    op.weight_bytes *=
        std::max<double>(1, std::ceil(static_cast<double>(op.m) / (static_cast<double>(rows) * chip.copies)));
}

/// A prompt's products, so many rows at a time.
void cut_prompts(std::vector<Operator>& operators, std::uint64_t rows) {
  for (Operator& op : operators) {
    if (op.kind != OperatorClass::kGemm || op.m <= rows) continue;
    const double parts = static_cast<double>(op.m) / static_cast<double>(rows);
    op.m = rows;
    op.count *= parts, op.flops /= parts, op.activation_bytes /= parts;
  }
}

const Chip& chip_of(const EstimateRequest& request, std::size_t stage) {
  return request.chips.size() == 1 ? request.chips.front() : request.chips.at(stage);
}

}  // namespace

Range deployed_range(double value, double below, double above) {
  below = std::hypot(below, std::log(kDeploymentSpread));
  above = std::hypot(above, std::log(kDeploymentSpread));
  const double most = std::log(kWidestModelRange);
  const double shrink = std::min(1.0, most / (below + above));
  return {value, value * std::exp(-below * shrink), value * std::exp(above * shrink)};
}

Parallel parallel_of(const EstimateRequest& request) {
  Parallel parallel;
  if (request.chips.size() > 1) {
    if (request.split != Split::kLayer) {
      throw std::runtime_error("split: devices that differ share a model by layers only (--split layer)");
    }
    parallel.pipeline = static_cast<std::uint32_t>(request.chips.size());
    for (const Chip& chip : request.chips) parallel.stage_shares.push_back(chip.need_capacity().range.value);
    return parallel;
  }
  switch (request.split) {
    case Split::kTensor:
      if (request.stages == 0 || request.devices % request.stages != 0) {
        throw std::runtime_error(
            fmt::format("split: {} devices cannot form {} stages", request.devices, request.stages));
      }
      parallel.tensor = request.devices / request.stages;
      parallel.pipeline = request.stages;
      break;
    case Split::kExpert:
      parallel.tensor = parallel.expert = request.devices;
      break;
    case Split::kData:
      parallel.data = parallel.expert = request.devices;
      break;
    case Split::kLayer:
      parallel.pipeline = request.devices;
      break;
  }
  return parallel;
}

StepEstimate step_estimate(const EstimateRequest& request, const Work& work, const Parallel& parallel,
                           const Software& software, const Parameters& parameters) {
  // Stages work on parts of a batch at the same time; a step lasts as long as one part needs for all stages,
  // or as all parts need for the slowest stage.
  const std::uint64_t parts = std::min<std::uint64_t>(parallel.pipeline, work.batch);
  Work part = work;
  part.batch = (work.batch + parts - 1) / parts;
  StepEstimate out;
  Sum sum;
  double slowest = 0;
  std::vector<std::pair<Grade, double>> grades;
  for (std::size_t stage = 0; stage < parallel.pipeline; ++stage) {
    const Chip& chip = chip_of(request, stage);
    if (request.chips.size() > 1) {
      part.precision = execution(chip, request.format).precision;
      store_as(software, part.precision);
      if (request.cache) part.precision.cache = *request.cache;
    }
    std::vector<Operator> operators = operations(request.model, part, parallel, stage);
    if (chip.vector_bytes) read_weights_again(operators, request.model, chip);
    if (work.phase == Phase::kPrefill && software.prompt_rows > 0) {
      cut_prompts(operators, software.prompt_rows);
    }
    const double before = sum.value;
    for (const Operator& op : operators) {
      const bool elsewhere = op.kind == OperatorClass::kMoe && request.experts_chip;
      const OperatorTime time =
          elsewhere
              ? on_host(operator_time(op, *request.experts_chip, software, parameters, request.routing_skew),
                        request.experts_devices, software)
              : operator_time(op, chip, software, parameters, request.routing_skew);
      sum.add(time, op.count);
      grades.emplace_back(time.grade, op.count * time.seconds.value);
      const std::string name = parallel.pipeline > 1 ? fmt::format("{}:{}", stage, op.name) : op.name;
      out.lines.push_back({name, std::string(eval::name(op.kind)), op.count, op.count * time.seconds.value,
                           op.count * op.bytes(), op.count * op.flops, time.bound, time.basis});
    }
    slowest = std::max(slowest, sum.value - before);
    const Totals totals = eval::totals(operators);
    const double copies = static_cast<double>(parallel.stage_devices() * parts);
    out.totals.flops += copies * totals.flops;
    out.totals.weight_bytes += copies * totals.weight_bytes;
    out.totals.cache_bytes += copies * totals.cache_bytes;
    out.totals.activation_bytes += copies * totals.activation_bytes;
    out.totals.message_bytes += copies * totals.message_bytes;
  }
  if (static_cast<double>(parts) * slowest > sum.value) {
    const double stretch = static_cast<double>(parts) * slowest / sum.value;
    sum.value *= stretch, sum.fast *= stretch, sum.slow *= stretch;
    sum.low_straight *= stretch, sum.high_straight *= stretch;
    sum.low_squares *= stretch * stretch, sum.high_squares *= stretch * stretch;
  }
  if (request.split == Split::kData && work.phase == Phase::kPrefill &&
      chip_of(request, 0).vendor == "NVIDIA" && parallel.data > kExchangeDevices) {
    // Kernels that exchange a prompt's tokens between nodes keep processors for themselves.
    const double link = sum.shares[static_cast<std::size_t>(Bound::kLink)];
    const double slower = (sum.value - link) * (1 / (1 - kExchangeProcessors) - 1);
    sum.value += slower, sum.fast += slower, sum.slow += slower;
  }
  if (request.split == Split::kData || software.overlaps_links) {
    // Large deployments work on two halves of a batch in turn, one exchanging while the other computes
    // (DeepEP and two-batch overlap of SGLang; microbatches of CloudMatrix), and XLA sends parts of a product
    // while it computes the next: the longer of the two parts remains.
    const double link = sum.shares[static_cast<std::size_t>(Bound::kLink)], rest = sum.value - link;
    const double hidden = std::min(link, rest);
    sum.value -= hidden, sum.fast -= hidden, sum.slow -= hidden;
    for (std::size_t i = 0; i < sum.shares.size(); ++i) {
      const bool of_link = i == static_cast<std::size_t>(Bound::kLink);
      if (of_link == (link <= rest)) sum.shares[i] = 0;
    }
  }
  Grade grade = Grade::kModelled;
  for (const auto& [each, seconds] : grades) {
    if (seconds > 0.02 * sum.value) grade = worse(grade, each);
  }
  out.seconds = with_host(sum, software, grade);
  out.seconds.range.high *= unmeasured_slowdown(request.chips.front(), grade);
  out.shares = sum.shares;
  const double device = sum.value * software.kernel_factor.value;
  out.shares[static_cast<std::size_t>(Bound::kHost)] += std::max(0.0, out.seconds.range.value - device);
  double all = 0;
  for (const double share : out.shares) all += share;
  for (double& share : out.shares) share /= all;
  out.bound = static_cast<Bound>(std::max_element(out.shares.begin(), out.shares.end()) - out.shares.begin());
  return out;
}

}  // namespace heddle::eval
