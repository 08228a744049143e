// What was written keeps the rules of fair comparison: each ratio is taken again from the figures beside it.
#include <fmt/format.h>

#include <cmath>

#include "eval/common/schema.hpp"
#include "eval/compare/compare.hpp"

namespace heddle::eval {
namespace {

const Json& entry_of(const Json& chips, const std::string& chip) {
  for (const Json& entry : chips) {
    if (entry.at("chip") == chip) return entry;
  }
  throw UnfairComparison("a ratio names '" + chip + "', which is not compared");
}

/// One ratio of a comparison, or of one of its views.
class RatioCheck {
 public:
  RatioCheck(const Json& comparison, const Json& ratio, const Json* view)
      : ratio_(ratio),
        view_(view),
        what_(ratio.at("what")),
        of_(entry_of(comparison.at("chips"), ratio.at("of"))),
        over_(entry_of(comparison.at("chips"), ratio.at("over"))) {}

  void run() const {
    if (!ratio_.contains("value")) return;  // it was refused, and says why
    for (const char* beside : {"grade", "labels", "verdict"}) {
      if (!ratio_.contains(beside)) fail(fmt::format("no {}", beside));
    }
    const bool energy = what_.starts_with("joules") || what_.starts_with("usd") || what_.starts_with("watts");
    if (energy && !ratio_.contains("boundary")) fail("no boundary");
    if (what_.starts_with("usd") && ratio_.at("boundary") != "wall") fail("money is counted at the wall");
    terms();
    figures();
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw UnfairComparison(fmt::format("{} of {} over {}: {}", what_, ratio_.at("of").get<std::string>(),
                                       ratio_.at("over").get<std::string>(), why));
  }
  void need(bool differs, const char* label) const {
    if (differs && !ratio_.at("labels").get<Labels>().contains(label))
      fail(fmt::format("the label '{}' is missing", label));
  }

  void terms() const {
    const Json &a = of_.at("terms"), &b = over_.at("terms");
    for (const char* same : {"model", "prompt", "output"}) {
      if (a.at(same) != b.at(same)) fail(fmt::format("{} differs", same));
    }
    const auto format_bits = [](const Json& t, const char* key) {
      return bits(parse_format(t.at(key).get<std::string>()));
    };
    need(std::abs(a.at("weight_bits").get<double>() - b.at("weight_bits").get<double>()) > kScaleBits,
         "weights");
    need(format_bits(a, "activations") != format_bits(b, "activations"), "activations");
    need(format_bits(a, "cache") != format_bits(b, "cache"), "cache");
    need(a.at("emulated") != b.at("emulated"), "emulated");
    need(point(of_).at("batch") != point(over_).at("batch"), "batch");
  }

  /// Costs are those of each chip's best batch where it has one.
  bool best() const { return what_.ends_with("_at_best_batch") || what_.starts_with("usd"); }
  const Json& point(const Json& entry) const {
    return entry.at(best() && !entry.at("best_batch").is_null() ? "best_batch" : "batch_1");
  }

  /// The figure that the ratio is made of: energies at the ratio's boundary.
  const Json& figure(const Json& entry) const {
    if (view_ != nullptr) return entry_of(view_->at("chips"), entry.at("chip")).at(what_);
    std::string key = what_.substr(0, what_.find("_at_best_batch"));
    if (best() && key == "tokens_per_second") key += "_group";
    const Json& found = point(entry).at(key);
    return key == "joules_per_token" ? found.at(ratio_.at("boundary").get<std::string>()) : found;
  }

  void figures() const {
    const Graded a = graded(figure(of_)), b = graded(figure(over_));
    need(a.grade != b.grade, "grades");
    if (name(worse(a.grade, b.grade)) != ratio_.at("grade").get<std::string>())
      fail("its grade is not the worse of both");
    const Range quotient = a.range / b.range;
    const auto same = [](double x, double y) { return std::abs(x - y) <= 1e-9 * std::abs(y); };
    if (!same(ratio_.at("value"), quotient.value) || !same(ratio_.at("low"), quotient.low) ||
        !same(ratio_.at("high"), quotient.high))
      fail("it is not the quotient of the figures at its boundary, with both errors");
    const Verdict order = compare(a.range, b.range);
    const bool more_is_better = what_.starts_with("tokens_per_second");
    const std::string verdict = order == Verdict::kUndecided                     ? "undecided"
                                : (order == Verdict::kGreater) == more_is_better ? "better"
                                                                                 : "worse";
    if (verdict != ratio_.at("verdict")) fail("its verdict is not what the ranges say: " + verdict);
  }

  static Graded graded(const Json& f) {
    return {{f.at("value"), f.at("low"), f.at("high")}, parse_grade(f.at("grade").get<std::string>())};
  }

  const Json& ratio_;
  const Json* view_;  // null: of the comparison as built
  std::string what_;
  const Json &of_, &over_;
};

}  // namespace

void check_comparison_json(const nlohmann::ordered_json& json) {
  for (const Json& entry : json.at("chips")) {
    // A speed comes with the program that serves and with what its format costs.
    if (entry.contains("refused")) continue;
    for (const char* beside : {"software", "software_versions", "perplexity_increase", "batch_1"}) {
      if (!entry.contains(beside))
        throw UnfairComparison(fmt::format("{}: no {}", entry.at("chip").get<std::string>(), beside));
    }
  }
  for (const Json& r : json.at("ratios")) RatioCheck(json, r, nullptr).run();
  // Views scale both sides, and keep the rules.
  for (const Json& view : json.at("views")) {
    for (const Json& r : view.at("ratios")) RatioCheck(json, r, &view).run();
  }
}

}  // namespace heddle::eval
