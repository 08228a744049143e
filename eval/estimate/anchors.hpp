// Reference runs of programs on chips, and what they say about like estimates.
#pragma once
#include <string>
#include <vector>

#include "eval/estimate/published.hpp"

namespace heddle::eval {

/// The die and the architecture of a chip; runs on relatives say something about it.
struct Relatives {
  std::string chip, die, architecture;
};

/// eval/estimate/anchors.json: runs beside those of published.json, and the chips' relations.
struct AnchorFile {
  std::vector<Relatives> chips;
  std::vector<PublishedRow> runs;
  int batches = 0;  // of published.json whose rows are runs as well: a later one is a test of them
};
/// Throws std::runtime_error naming file, entry and field.
AnchorFile anchors_from_json(const std::string& text, const std::string& source);

/// The published rows up to AnchorFile::batches, and the file's runs.
std::vector<PublishedRow> all_runs(const AnchorFile& file, std::vector<PublishedRow> published);

/// all_runs() of anchors.json and published.json, those of one stream, over what the committed parameters
/// predict.
const ReferenceRuns& reference_runs();
/// Of these rows: those that are a step of decoding or a prompt of a program on chips of one kind. Others are
/// left out.
std::vector<ReferenceRun> runs_of(const std::vector<PublishedRow>& rows, const Parameters& parameters);

/// What of a request other runs may share.
Likeness likeness_of(const EstimateRequest& request, const Software& software, Phase phase);

/// Whether reference runs say something about a request: a program of GPUs, devices of one kind that share
/// every sequence, experts where the rest is.
bool can_be_anchored(const EstimateRequest& request, const Software& software);

/// Whether a source other than the case's left-out one ran its program, in its phase, on its die.
bool run_elsewhere(const PublishedCase& what);

/// Scales prefill and decode by what reference runs say: their time, range and, where the program was run on
/// the die, their grade. Users beyond kMaxGemvRows fade it out: their kernels are others.
void anchor(Estimate& estimate, const ReferenceRuns& runs);

}  // namespace heddle::eval
