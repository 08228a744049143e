#include "eval/estimate/kriging.hpp"

#include <algorithm>
#include <cmath>

namespace heddle::eval {
namespace {

double square(double x) { return x * x; }
bool same(const std::string& a, const std::string& b) { return !a.empty() && a == b; }

/// Of what lies in the cases, not in who measured.
double covariance(const Likeness& a, const Likeness& b, const Commonness& c) {
  const bool program = same(a.program, b.program), version = same(a.version, b.version),
             die = same(a.die, b.die), format = a.format == b.format,
             architecture = same(a.architecture, b.architecture);
  double sum = 0;
  const auto add = [&sum](bool shared, double deviation) {
    if (shared) sum += square(deviation);
  };
  add(program, c.program);
  add(version, c.version);
  add(program && format, c.program_format);
  add(version && format, c.version_format);
  add(program && same(a.kind, b.kind), c.program_kind);
  add(program && architecture, c.program_architecture);
  add(version && architecture, c.version_architecture);
  add(die, c.die);
  add(program && die, c.program_die);
  return sum * (a.measured ? kLeftByMeasurement : 1) * (b.measured ? kLeftByMeasurement : 1);
}

double covariance(const ReferenceRun& a, const ReferenceRun& b, const Commonness& c) {
  double sum = covariance(a.like, b.like, c);
  if (a.source == b.source) {
    sum += square(c.source);
    if (same(a.like.die, b.like.die) && same(a.like.program, b.like.program)) sum += square(c.source_die);
  }
  return sum + (&a == &b ? square(c.run) : 0);
}

/// In place, row by row of the lower triangle.
void factorise(std::vector<double>& l, std::size_t n) {
  for (std::size_t j = 0; j < n; ++j) {
    for (std::size_t i = j; i < n; ++i) {
      double sum = l[i * n + j];
      for (std::size_t k = 0; k < j; ++k) sum -= l[i * n + k] * l[j * n + k];
      l[i * n + j] = i == j ? std::sqrt(sum) : sum / l[j * n + j];
    }
  }
}

std::vector<double> solve(const std::vector<double>& l, std::vector<double> x) {
  const std::size_t n = x.size();
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k < i; ++k) x[i] -= l[i * n + k] * x[k];
    x[i] /= l[i * n + i];
  }
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t k = i + 1; k < n; ++k) x[i] -= l[k * n + i] * x[k];
    x[i] /= l[i * n + i];
  }
  return x;
}

}  // namespace

Correction::Weighted Correction::heaviest() const {
  constexpr std::size_t kShown = 6;
  return {runs.begin(), runs.begin() + static_cast<std::ptrdiff_t>(std::min(kShown, runs.size()))};
}

const Commonness& commonness(Phase phase) {
  static const Commonness kDecode{.program = 0.03,
                                  .version = 0,
                                  .program_format = 0.03,
                                  .version_format = 0,
                                  .program_kind = 0.06,
                                  .program_architecture = 0.03,
                                  .version_architecture = 0,
                                  .die = 0.06,
                                  .program_die = 0.03,
                                  .source = 0.05,
                                  .source_die = 0.12,
                                  .run = 0.06};
  static const Commonness kPrompt{.program = 0,
                                  .version = 0.2,
                                  .program_format = 0.2,
                                  .version_format = 0.2,
                                  .program_kind = 0.1,
                                  .program_architecture = 0.15,
                                  .version_architecture = 0.1,
                                  .die = 0,
                                  .program_die = 0.08,
                                  .source = 0.08,
                                  .source_die = 0.14,
                                  .run = 0.05};
  return phase == Phase::kDecode ? kDecode : kPrompt;
}

const ReferenceRuns::System& ReferenceRuns::system(Phase phase, const std::string& left_out,
                                                   int before) const {
  std::unique_ptr<System>& kept = systems_[{phase, left_out, before}];
  if (kept) return *kept;
  const Commonness& c = commonness(phase);
  kept = std::make_unique<System>();
  for (const ReferenceRun& run : runs_) {
    if (run.like.phase == phase && (left_out.empty() || run.source != left_out) &&
        (before == 0 || run.batch < before)) {
      kept->runs.push_back(&run);
    }
  }
  const std::size_t n = kept->runs.size();
  kept->factor.assign(n * n, 0);
  std::vector<double> ratios;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t k = 0; k <= i; ++k) {
      kept->factor[i * n + k] = covariance(*kept->runs[i], *kept->runs[k], c);
    }
    ratios.push_back(std::clamp(kept->runs[i]->log_ratio, -std::log(kMostTold), std::log(kMostTold)));
  }
  factorise(kept->factor, n);
  kept->solution = solve(kept->factor, std::move(ratios));
  return *kept;
}

Correction ReferenceRuns::judge(const Likeness& wanted, const std::string& left_out, int before) const {
  const System& known = system(wanted.phase, left_out, before);
  const Commonness& c = commonness(wanted.phase);
  std::vector<double> shared;
  Correction out;
  for (std::size_t i = 0; i < known.runs.size(); ++i) {
    shared.push_back(covariance(wanted, known.runs[i]->like, c));
    out.log_ratio += shared.back() * known.solution[i];
    out.own |= same(wanted.program, known.runs[i]->like.program) && same(wanted.die, known.runs[i]->like.die);
  }
  const std::vector<double> weights = solve(known.factor, shared);
  const double unknown = covariance(wanted, wanted, c);
  double explained = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    explained += weights[i] * shared[i];
    out.runs.emplace_back(known.runs[i], weights[i]);
  }
  out.told = explained / unknown;
  out.deviation =
      std::sqrt(std::max(0.0, unknown - explained) + square(c.source) + square(c.source_die) + square(c.run));
  std::stable_sort(out.runs.begin(), out.runs.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.second) > std::abs(b.second); });
  return out;
}

}  // namespace heddle::eval
