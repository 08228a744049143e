// heddle_fit_kernels DIR [-o FILE] [--evaluate]: fits eval/kernels/parameters.json to measured kernels.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include "eval/kernels/fit/study.hpp"

namespace {

using heddle::eval::Quality;
using heddle::eval::StudyRow;

std::string cells(const Quality& q) {
  if (q.count == 0) return fmt::format("{:>6} {:>7} {:>7}", 0, "-", "-");
  return fmt::format("{:>6} {:>6.1f}% {:>6.1f}%", q.count, 100 * q.median, 100 * q.p90);
}

void print_rows(const char* title, const std::vector<StudyRow>& rows) {
  fmt::print("\n{}\n{:<14} {:<18} {:<20} {:<22} {:>6} {:>7} {:>7} | streaming: {:>6} {:>7} {:>7}\n", title,
             "chip", "class", "format", "held out by", "count", "median", "p90", "count", "median", "p90");
  for (const StudyRow& row : rows) {
    fmt::print("{:<14} {:<18} {:<20} {:<22} {} |            {}\n", row.chip, row.kind, row.format,
               row.hold_out, cells(row.all), cells(row.streaming));
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("heddle_fit_kernels: fits the kernel latency models to measured kernels");
  std::string folder, output;
  bool evaluate = false;
  app.add_option("DIR", folder, "folder of CSV files in aiconfigurator's columns")->required();
  app.add_option("-o,--output", output, "parameters file to write");
  app.add_flag(
      "--evaluate", evaluate,
      "print errors on held-out shapes and left-out chips (a file written carries them in any case)");
  CLI11_PARSE(app, argc, argv);
  try {
    const heddle::eval::Study study =
        heddle::eval::study_kernels(heddle::eval::read_samples(folder), evaluate || !output.empty(),
                                    [](const std::string& what) { fmt::print(stderr, "{}\n", what); });
    if (!output.empty()) {
      std::ofstream file(output, std::ios::trunc);
      file << heddle::eval::parameters_text(study.parameters);
      if (!file.flush()) throw std::runtime_error(output + ": cannot be written");
    }
    fmt::print("dropped, as they stream over four times the last-level cache faster than the DRAM's peak:\n");
    for (const std::string& line : study.dropped) fmt::print("  {}\n", line);
    print_rows("Errors on shapes held out (five folds over groups)", study.held_out);
    print_rows("Errors on a chip left out, with its die", study.left_out);
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle_fit_kernels: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
