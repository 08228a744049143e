// From measured files to parameters with their held-out errors.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "eval/kernels/fit/samples.hpp"
#include "eval/kernels/parameters.hpp"

namespace heddle::eval {

/// The machine that a chip is for a kernel format: peak of the arithmetic's format and bandwidth from the
/// chips' data, processors as published. Throws std::runtime_error when the chip lacks the format.
Machine kernel_machine(const std::string& chip, const std::string& format);
/// Streaming multiprocessors and last-level caches of the measured chips, and chips that share a die.
void add_processors(Parameters& parameters);

/// Errors of one set or one operator class, for the table.
struct StudyRow {
  std::string chip, kind, format, hold_out;
  Quality all, streaming;
};

struct Study {
  Parameters parameters;
  std::vector<StudyRow> held_out;    // by shapes, per chip and operator class (GEMV: at most 16 rows)
  std::vector<StudyRow> left_out;    // by chips
  std::vector<std::string> dropped;  // files with the number of rows that are physically impossible
};

/// Fits everything and measures errors by five folds over groups of shapes, and by leaving out each die.
/// `folds` false: only the parameters. `progress` hears what is being done.
Study study_kernels(std::vector<SampleFile> files, bool folds,
                    const std::function<void(const std::string&)>& progress);

}  // namespace heddle::eval
