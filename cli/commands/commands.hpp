// The subcommands. Each adds itself to the program; its work happens when it is chosen.
#pragma once
#include <CLI/App.hpp>

namespace heddle::cli {

void add_run(CLI::App& app);
void add_bench(CLI::App& app);
void add_build(CLI::App& app);
void add_flash(CLI::App& app);
void add_selftest(CLI::App& app);
void add_compile(CLI::App& app);
void add_disassemble(CLI::App& app);
void add_perplexity(CLI::App& app);
void add_configs(CLI::App& app);
void add_devices(CLI::App& app);
void add_emulate(CLI::App& app);
void add_chips(CLI::App& app);
void add_estimate(CLI::App& app);
void add_baseline(CLI::App& app);
void add_compare(CLI::App& app);
void add_report(CLI::App& app);
void add_reproduce(CLI::App& app);

}  // namespace heddle::cli
