// Energy of runs and benchmarks: its options, and what it rests on.
#pragma once
#include <CLI/App.hpp>
#include <optional>
#include <string>

#include "cli/output.hpp"
#include "eval/energy/counted.hpp"
#include "eval/energy/switching.hpp"
#include "isa/image.hpp"
#include "runtime/host/measure.hpp"
#include "runtime/host/timeline.hpp"

namespace heddle::cli {

/// --node: process of our machine, nm.
void add_node_option(CLI::App& command, double* node);

/// What the runs of `timeline` did, instruction by instruction; none where none was recorded.
std::optional<eval::CountedWork> work_of(const runtime::Timeline& timeline, const isa::Image& image,
                                         const runtime::Counters& counters);

/// Unit by unit what switched in the RTL, what the model of energy counted, how far they are apart, and what
/// share of the operands' bits toggled.
std::string switching_table(const eval::SwitchingCounts& rtl, const eval::CountedWork& model);
/// [{"unit", "what", "rtl", "model", "difference", "toggled"}]
Json switching_json(const eval::SwitchingCounts& rtl, const eval::CountedWork& model);

}  // namespace heddle::cli
