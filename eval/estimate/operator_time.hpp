// Time of one operator on a chip.
#pragma once
#include <string>

#include "eval/chips/chip.hpp"
#include "eval/estimate/software.hpp"
#include "eval/kernels/parameters.hpp"
#include "eval/work/operations.hpp"

namespace heddle::eval {

/// What a time is mostly made of.
enum class Bound { kCompute, kMemory, kLaunch, kLink, kHost };
/// "compute", "memory", "launch", "link", "host".
std::string_view name(Bound bound);

struct OperatorTime {
  Range seconds;              // of one execution, with the error of the kernel model
  double fast = 0, slow = 0;  // value where disputed figures of the chip are at their best and worst
  Grade grade = Grade::kModelled;
  Bound bound = Bound::kMemory;
  bool systematic = false;  // errors of all such operators on this chip go the same way
  std::string basis;        // what it rests on, for --explain
};

/// By how much chips without measured kernels may fall behind what their figures promise: FlagPerf's BI-V100
/// x8 trains BERT at 22% of A100-40 x8 on 47% of its FP16 peak (89.1 against 410.8). 1 for chips with
/// measured kernels or ones of their die, for those that FlagPerf finds at par (Ascend 910B: 81% of its FP16
/// peak as A100's), and for makers whose software FlagPerf did not examine (outside China).
double unmeasured_slowdown(const Chip& chip, Grade grade);

/// Skew of the load over experts that estimates take: the milder of the measured power laws.
constexpr double kRoutingSkew = 1.01;

/// The kernel that an operator is on a GPU; `groups` products side by side count as one wide one.
/// Throws std::logic_error for operators that are none (elementwise, collective).
Kernel kernel_of(const Operator& op, double routing_skew = kRoutingSkew);

/// Throws std::runtime_error when the chip lacks a figure that is needed.
OperatorTime operator_time(const Operator& op, const Chip& chip, const Software& software,
                           const Parameters& parameters, double routing_skew = kRoutingSkew);

}  // namespace heddle::eval
