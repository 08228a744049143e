// How far the kernel model misses a case, judged from like cases that somebody ran.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "eval/work/operations.hpp"

namespace heddle::eval {

/// What two runs may share. Empty names are shared with none.
struct Likeness {
  Phase phase = Phase::kDecode;
  std::string program, version;         // "llama.cpp", "llama.cpp without graphs"
  std::string chip, die, architecture;  // "RTX 3090", "GA102", "Ampere"
  std::string format;                   // of the weights
  std::string kind;                     // maker and kind of memory: "NVIDIA GDDR"
  /// The kernel model rests on kernels measured on the die that are the program's own or, of 16-bit weights,
  /// a library's that it calls.
  bool measured = false;
};

/// A run: its speed over the prediction's, as a logarithm.
struct ReferenceRun {
  std::string name, source;
  Likeness like;
  double log_ratio = 0;
  int batch = 0;  // with which it was looked up; 0: of none
};

/// Standard deviations of what the logarithms of ratios have in common, by what two runs share, and of what
/// they do not: a source's way of measuring, a run's own.
struct Commonness {
  double program, version, program_format, version_format, program_kind, program_architecture,
      version_architecture, die, program_die;
  double source, source_die, run;
};
/// Chosen by leaving sources out (docs/estimates.md).
const Commonness& commonness(Phase phase);

/// Of a program whose kernels were measured on the die less is left to tell: so much of every part. Anything
/// from 0.1 to 0.2 holds the same rows of earlier batches.
constexpr double kLeftByMeasurement = 0.2;

/// A run is believed to tell no more than this factor: some count what others do not.
constexpr double kMostTold = 2;

struct Correction {
  double log_ratio = 0;  // the best guess: 0 where nothing is alike
  double deviation = 0;  // its standard deviation, for a source not among the runs
  double told = 0;       // share of the variance among cases that the runs take away
  bool own = false;      // the program was run on this die
  using Weighted = std::vector<std::pair<const ReferenceRun*, double>>;
  Weighted runs;  // heaviest first, with their weights
  /// The first of them, as many as an explanation shows.
  Weighted heaviest() const;
};

/// Best linear prediction from runs with the covariances of Commonness.
class ReferenceRuns {
 public:
  explicit ReferenceRuns(std::vector<ReferenceRun> runs) : runs_(std::move(runs)) {}
  /// `left_out`: a source whose runs are not used; `before`: neither are those of this batch and later ones
  /// (0: of no batch).
  Correction judge(const Likeness& wanted, const std::string& left_out = "", int before = 0) const;
  const std::vector<ReferenceRun>& runs() const { return runs_; }

 private:
  struct System {  // of one phase, without one source and late batches
    std::vector<const ReferenceRun*> runs;
    std::vector<double> factor;    // lower triangle of the covariances' Cholesky factor, row by row
    std::vector<double> solution;  // covariances' inverse times log_ratio
  };
  const System& system(Phase phase, const std::string& left_out, int before) const;

  std::vector<ReferenceRun> runs_;
  mutable std::map<std::tuple<Phase, std::string, int>, std::unique_ptr<System>> systems_;
};

}  // namespace heddle::eval
