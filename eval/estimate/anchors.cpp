#include "eval/estimate/anchors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "eval/chips/chips.hpp"
#include "eval/common/schema.hpp"
#include "eval/estimate/step.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

/// Nine of ten runs of a normal spread lie within so many standard deviations.
constexpr double kNineOfTen = 1.645;
/// By how much a range lies towards slow, as a logarithm: hosts, power limits and old builds lose more often
/// than anything gains, of prompts more than of decoding (docs/estimates.md).
constexpr struct { double prompts, decode; } kTowardsSlow = {0.03, 0.015};
/// Runs that take less than this share of the uncertainty away say nothing.
constexpr double kLeastSaid = 0.1;

const AnchorFile& anchor_file() {
  static const AnchorFile file = [] {
    const std::string path = (isa::data_directory() / "eval" / "estimate" / "anchors.json").string();
    return anchors_from_json(read_text(path), path);
  }();
  return file;
}

Relatives relatives_of(const std::string& chip) {
  for (const Relatives& each : anchor_file().chips) {
    if (each.chip == chip) return each;
  }
  return {chip, chip, ""};
}

const Software& software_of(const EstimateRequest& request) {
  return find_software(request.software.empty() ? default_software(request.chips.front()) : request.software);
}

/// `towards_slow`: see kTowardsSlow. `share`: of the correction that counts; in part it moves a range, whole
/// it also says how wide one is.
void anchor_step(StepEstimate& step, Correction said, double share, double towards_slow) {
  const Range plain = step.seconds.range;
  said.log_ratio *= share;
  step.anchored = said;
  if (share < 1) {
    step.seconds.range = plain * Range(std::exp(-said.log_ratio));
    return;
  }
  const double value = plain.value * std::exp(-said.log_ratio);
  const double below = std::log(plain.value / plain.low), above = std::log(plain.high / plain.value);
  const double most = std::log(kWidestModelRange), all = below + above;
  const double half =
      std::min(most / 2, std::hypot(kNineOfTen * said.deviation, std::log(kDeploymentSpread)));
  // Disputed figures of a chip stay on top, unless the program was run on it.
  const double beyond = said.own || all <= most ? 0 : (all - most) / all;
  step.seconds.range = {value, value * std::exp(towards_slow - half - beyond * below),
                        value * std::exp(towards_slow + half + beyond * above)};
  if (said.own && step.seconds.grade == Grade::kExtrapolated) step.seconds.grade = Grade::kAnchored;
}

}  // namespace

AnchorFile anchors_from_json(const std::string& text, const std::string& source) {
  const Json json = parse_json(text, source);
  AnchorFile out;
  std::string where;
  const auto field = [](const Json& entry, const char* name) {
    if (!entry.contains(name) || !entry.at(name).is_string() || entry.at(name).get<std::string>().empty()) {
      throw std::runtime_error(fmt::format("field '{}' is missing or no text", name));
    }
    return entry.at(name).get<std::string>();
  };
  try {
    where = "the file";
    if (!json.contains("batches") || !json.at("batches").is_number_unsigned()) {
      throw std::runtime_error("field 'batches' is missing or no number of a batch");
    }
    out.batches = json.at("batches").get<int>();
    where = "chips";
    for (const Json& entry : json.at("chips")) {
      where = entry.value("chip", std::string("chips"));
      out.chips.push_back({field(entry, "chip"), field(entry, "die"), field(entry, "architecture")});
    }
    for (const Json& entry : json.at("anchors")) {
      where = entry.value("name", std::string("anchors"));
      PublishedRow row;
      row.name = field(entry, "name");
      row.source = field(entry, "source");
      row.kind = "one_stream";
      if (!entry.contains("value") || !entry.at("value").is_number() || !(entry.at("value") > 0)) {
        throw std::runtime_error("field 'value' is no positive number");
      }
      row.value = entry.at("value").get<double>();
      if (!entry.contains("case")) throw std::runtime_error("field 'case' is missing");
      row.what = published_case(entry.at("case"));
      if (row.what->request.software.empty()) throw std::runtime_error("field 'software' is missing");
      find_software(row.what->request.software);
      out.runs.push_back(std::move(row));
    }
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}: {}", source, where, error.what()));
  }
  return out;
}

std::vector<PublishedRow> all_runs(const AnchorFile& file, std::vector<PublishedRow> published) {
  std::erase_if(published, [&file](const PublishedRow& row) { return row.batch > file.batches; });
  published.insert(published.end(), file.runs.begin(), file.runs.end());
  return published;
}

bool can_be_anchored(const EstimateRequest& request, const Software& software) {
  const ChipClass kind = request.chips.front().chip_class;
  return request.anchored && request.chips.size() == 1 && request.split != Split::kData &&
         !request.experts_chip && software.name != "roofline" && request.model.attention.causal &&
         (kind == ChipClass::kGpu || kind == ChipClass::kAsic);
}

Likeness likeness_of(const EstimateRequest& request, const Software& software, Phase phase) {
  Likeness out;
  out.phase = phase;
  out.version = software.name;
  out.program = out.version.substr(0, out.version.find(' '));
  const Chip& chip = request.chips.front();
  out.chip = chip.name;
  const Relatives relatives = relatives_of(out.chip);
  out.die = relatives.die, out.architecture = relatives.architecture;
  out.format = name(request.format);
  const std::size_t generation = chip.memory.type.find_first_of("0123456789");
  out.kind = chip.vendor + " " + chip.memory.type.substr(0, generation);
  const bool wide = request.format == Format::kBf16 || request.format == Format::kFp16;
  for (const KernelSet& set : kernel_parameters().sets) {
    const bool called =
        set.software.starts_with(out.program) ||
        (software.library_kernels && wide && set.kind == KernelClass::kGemm && set.format == "bf16");
    out.measured |= called && !set.chip.empty() && relatives_of(set.chip).die == out.die;
  }
  return out;
}

std::vector<ReferenceRun> runs_of(const std::vector<PublishedRow>& rows, const Parameters& parameters) {
  std::vector<ReferenceRun> out;
  for (const PublishedRow& row : rows) {
    if (row.kind != "one_stream" || !row.what) continue;
    PublishedCase what = *row.what;
    const Software& software = software_of(what.request);
    if (!can_be_anchored(what.request, software)) continue;
    what.request.anchored = false;
    const double predicted = predict_published(what, parameters).range.value;
    const Phase phase = phase_of(what.metric);
    const double speed = what.metric == "first_token" ? predicted / row.value : row.value / predicted;
    out.push_back(
        {row.name, row.source, likeness_of(what.request, software, phase), std::log(speed), row.batch});
  }
  return out;
}

const ReferenceRuns& reference_runs() {
  static const ReferenceRuns runs = [] {
    return ReferenceRuns(runs_of(all_runs(anchor_file(), published_rows()), kernel_parameters()));
  }();
  return runs;
}

bool run_elsewhere(const PublishedCase& what) {
  const Software& software = software_of(what.request);
  return can_be_anchored(what.request, software) &&
         reference_runs()
             .judge(likeness_of(what.request, software, phase_of(what.metric)), what.request.left_out_source,
                    what.request.runs_before)
             .own;
}

void anchor(Estimate& estimate, const ReferenceRuns& runs) {
  if (!can_be_anchored(estimate.request, estimate.software)) return;
  const double share =
      std::min(1.0, static_cast<double>(kMaxGemvRows) / static_cast<double>(estimate.request.batch));
  const auto apply = [&](StepEstimate& step, Phase phase) {
    const Likeness like = likeness_of(estimate.request, estimate.software, phase);
    const Correction said = runs.judge(like, estimate.request.left_out_source, estimate.request.runs_before);
    if (said.told >= kLeastSaid)
      anchor_step(step, said, share, phase == Phase::kPrefill ? kTowardsSlow.prompts : kTowardsSlow.decode);
  };
  apply(estimate.prefill, Phase::kPrefill);
  apply(*estimate.decode, Phase::kDecode);
}

}  // namespace heddle::eval
