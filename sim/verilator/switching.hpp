// What heddle_switching.sv counts, kept for the run in progress. One device of a library runs at a time.
#pragma once
#include "isa/device_library.h"

namespace heddle::sim {

/// Forgets what was counted before.
void begin_switching();
/// Calls options.switching, where there is one, for every instance and kind that was counted.
void report_switching(const heddle_run_options& options);

}  // namespace heddle::sim
