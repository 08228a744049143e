// heddle_fit_power FILE.csv [-o FILE]: fits eval/energy/board_power_fit.json to measured board power.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <exception>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "eval/common/schema.hpp"
#include "eval/energy/fit/power_fit.hpp"
#include "eval/energy/technology.hpp"

int main(int argc, char** argv) {
  namespace eval = heddle::eval;
  CLI::App app("heddle_fit_power: fits the power of a GPU's board to kernels");
  std::string input, output, memory = "HBM3e";
  double limit = 700;
  app.add_option("FILE", input, "CSV in aiconfigurator's columns, with power")->required();
  app.add_option("-o,--output", output, "file to write");
  app.add_option("--limit", limit, "of the board, W")->capture_default_str();
  app.add_option("--memory", memory, "whose published joules a bit are taken")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    const auto bit = eval::dram_joules_per_bit(memory);
    if (!bit) throw std::runtime_error(fmt::format("--memory: '{}' has no joules a bit", memory));
    const eval::Range byte = *bit * eval::Range(8);
    const auto samples = eval::parse_power_samples(input, eval::read_text(input));
    const eval::PowerStudy study = eval::study_power(samples, byte, limit);
    const std::string text = eval::power_fit_text(
        study, byte, limit,
        fmt::format("{} kernels of {}: ai-dynamo/aiconfigurator (Apache-2.0), vLLM 0.22.0", samples.size(),
                    std::filesystem::path(input).filename().string()));
    fmt::print("{}", text);
    if (output.empty()) return 0;
    std::ofstream file(output, std::ios::trunc);
    if (!(file << text).flush()) throw std::runtime_error(output + ": cannot be written");
  } catch (const std::exception& error) {
    fmt::print(stderr, "heddle_fit_power: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
