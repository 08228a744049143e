#include "eval/energy/switching.hpp"

#include <limits>
#include <string_view>

namespace heddle::eval {
namespace {

/// Which instances of the RTL do a kind of work: those whose name holds `instance`.
struct Place {
  WorkKind work;
  int kind;  // heddle_switching_kind
  std::string_view instance;
  const char *unit, *what;
};
constexpr Place kPlaces[] = {
    {WorkKind::kProducts, kSwitchingProducts, ".i_matrix.", "array", "8-bit products"},
    {WorkKind::kWeights, kSwitchingWeights, ".i_matrix.", "array", "bytes of weights"},
    {WorkKind::kEdgeMultiplications, kSwitchingMultiplications, ".i_matrix.", "array's edge",
     "FP32 multiplications"},
    {WorkKind::kEdgeConversions, kSwitchingConversions, ".i_matrix.", "array's edge", "conversions"},
    {WorkKind::kMultiplications, kSwitchingMultiplications, ".i_vector.", "vector", "FP32 multiplications"},
    {WorkKind::kAdditions, kSwitchingAdditions, ".i_vector.", "vector", "FP32 additions"},
    {WorkKind::kFunctions, kSwitchingFunctions, ".i_vector.", "vector", "functions"},
    {WorkKind::kReadA, kSwitchingReads, ".i_buffer_a.", "A", "bytes read"},
    {WorkKind::kWriteA, kSwitchingWrites, ".i_buffer_a.", "A", "bytes written"},
    {WorkKind::kReadW, kSwitchingReads, ".i_buffer_w.", "W", "bytes read"},
    {WorkKind::kWriteW, kSwitchingWrites, ".i_buffer_w.", "W", "bytes written"},
    {WorkKind::kReadC, kSwitchingReads, ".i_buffer_c.", "C", "bytes read"},
    {WorkKind::kWriteC, kSwitchingWrites, ".i_buffer_c.", "C", "bytes written"},
    {WorkKind::kReadV, kSwitchingReads, ".i_buffer_v.", "V", "bytes read"},
    {WorkKind::kWriteV, kSwitchingWrites, ".i_buffer_v.", "V", "bytes written"},
    {WorkKind::kReadS, kSwitchingReads, ".i_buffer_s.", "S", "bytes read"},
    {WorkKind::kWriteS, kSwitchingWrites, ".i_buffer_s.", "S", "bytes written"},
    {WorkKind::kReadAccumulators, kSwitchingReads, ".i_accumulators.", "accumulators", "bytes read"},
    {WorkKind::kWriteAccumulators, kSwitchingWrites, ".i_accumulators.", "accumulators", "bytes written"},
    {WorkKind::kReadInstructions, kSwitchingReads, ".i_data.", "instruction cache", "bytes read"},
    {WorkKind::kWriteInstructions, kSwitchingWrites, ".i_data.", "instruction cache", "bytes written"},
    {WorkKind::kBusReads, kSwitchingBusReads, ".i_core.", "bus", "bytes read"},
    {WorkKind::kBusWrites, kSwitchingBusWrites, ".i_core.", "bus", "bytes written"},
};

}  // namespace

void SwitchingCounts::add(const heddle_switched& switched) {
  any_ = true;
  for (const Place& place : kPlaces) {
    if (place.kind != switched.kind) continue;
    if (std::string_view(switched.instance).find(place.instance) == std::string_view::npos) continue;
    amounts_[place.work] += static_cast<double>(switched.amount);
    toggled_[place.work] += static_cast<double>(switched.toggled);
    bits_[place.work] += static_cast<double>(switched.bits);
  }
}

std::optional<double> SwitchingCounts::toggled(WorkKind work) const {
  if (bits_[work] == 0) return std::nullopt;
  return toggled_[work] / bits_[work];
}

double SwitchingLine::difference() const {
  if (rtl == 0) return model == 0 ? 0.0 : std::numeric_limits<double>::infinity();
  return model / rtl - 1;
}

std::vector<SwitchingLine> switching_lines(const SwitchingCounts& rtl, const CountedWork& model) {
  std::vector<SwitchingLine> out;
  for (const Place& place : kPlaces) {
    out.push_back(
        {place.unit, place.what, rtl.amounts()[place.work], model[place.work], rtl.toggled(place.work)});
  }
  return out;
}

}  // namespace heddle::eval
