// Published end-to-end results, and what the model says about each.
#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "eval/estimate/estimate.hpp"

namespace heddle::eval {

/// What was run, as far as it is known; unknown conditions are ranges.
struct PublishedCase {
  EstimateRequest request;
  /// decode: tokens/s of one user. group: of all. with_prefill: generated tokens over prefill and decode of
  /// one batch. prefill: prompt tokens/s of all. first_token: seconds. sequences: prompts/s of an encoder.
  /// utilization: share of the peak in prefill. training: sequences/s at 6ND (tokens/s where the
  /// prompt is 1), at the share of the rate of large products that the program's training reaches. gemm:
  /// FLOP/s of one large product. stream: bytes/s of a long copy.
  std::string metric;
  std::uint64_t output = 0;  // generated tokens, for with_prefill
  double beams = 1;          // of a beam search: sequences that decode per user
  Range batch = 1.0;         // users; unknown: a range
  Range prompt = 0.0;        // tokens; unknown: a range; 0: as the request says
  Range int4_bits = 0.0;     // of a weight; unknown: a range; 0: as the software stores it
  Range accepted = 1.0;      // tokens that a step with drafts yields
  double drafts = 0;         // passes of a draft layer (one of the model's, and its head) before each step
  double replicas = 1;       // independent copies of the devices
  double per = 1;            // the result is quoted per so many devices
};

struct PublishedRow {
  std::string name, kind, unit, source;  // kind: one_stream, serving, training, ratio, kernel
  double value = 0;
  std::optional<PublishedCase> what;     // none: outside the model, `reason` says why
  std::optional<PublishedCase> against;  // ratio rows: the value is of `what` over `against`
  int batch = 0;                         // of rows that were looked up and predicted together; 0: of none
  bool later = false;                    // read after all parameters that it rests on were committed
  std::string reason;                    // why the error is what it is, where it passes 15%
};

/// What a metric is bound by: prompts, or steps of decoding where both are in it.
Phase phase_of(const std::string& metric);

/// A case of published.json or anchors.json. Throws std::runtime_error naming the field.
PublishedCase published_case(const nlohmann::ordered_json& json);

/// eval/estimate/published.json. Throws std::runtime_error naming file, row and field.
std::vector<PublishedRow> published_rows();
std::vector<PublishedRow> published_from_json(const std::string& text, const std::string& source);

struct CheckedRow {
  PublishedRow row;
  Graded predicted;
  double error = 0;  // predicted / published - 1
  bool inside = false;
  bool own = false;   // another source ran the program, in the same phase, on the same die
  bool open = false;  // batch, accepted drafts or prompt are not published: the range carries theirs as well
  std::string refused;  // why there is no prediction
};

struct ClassSummary {
  std::string kind;
  int rows = 0, sources = 0;
  double median = 0;        // of |error|: the median over sources of their rows' medians
  double inside = 0;        // share of rows
  double inside_votes = 0;  // the same with one vote a source
  int stated = 0;           // rows whose conditions are all published
  double inside_stated = 0;
  double widest = 0;  // largest high / low
  /// Ranges whose width is the spread of the other sources' errors (80% of them, one vote a source): the
  /// share of rows that they hold, and their median width from end to end. 0 with one source.
  double left_out_inside = 0, left_out_factor = 0;
};

/// Published results of one chip, model, format and shape that contradict each other.
struct RepeatedCase {
  std::string what;
  int rows = 0;
  double spread = 0;  // greatest over least
  int held = 0;       // the most of them that one range of kWidestModelRange holds
};

/// Of all rows with a case: those that repeat another one's chips, model, format, phase, batch and prompt
/// (within a factor of 1.25), whatever the program. What no predictor that is not told the program can pass.
std::vector<RepeatedCase> repeated_cases(const std::vector<PublishedRow>& rows);

struct PublishedCheck {
  std::vector<CheckedRow> rows;
  std::vector<ClassSummary> classes;  // "all" last
  std::vector<ClassSummary> own;      // the same of rows whose program another source ran on the die
  std::vector<ClassSummary> later;    // the same of the rows that were read later alone
  std::vector<std::pair<int, std::vector<ClassSummary>>> batches;  // the same of each batch of rows
  std::vector<RepeatedCase> repeated;
};

/// Prediction of one case: the model's range, at most kWidestModelRange wide but for disputed figures, and on
/// top of it what conditions that are not published may change.
Graded predict_published(const PublishedCase& what, const Parameters& parameters);
/// Each row without the reference runs of its own source. `forward`: rows of a batch without those of this
/// and later batches as well, as a batch is predicted before it becomes runs; in classes "decode" and
/// "prompts"; rows of no batch are left out.
PublishedCheck check_published(const std::vector<PublishedRow>& rows, const Parameters& parameters,
                               bool forward = false);
nlohmann::ordered_json published_to_json(const PublishedCheck& check);

}  // namespace heddle::eval
