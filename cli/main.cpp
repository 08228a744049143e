// The `heddle` program. Exit status: 0, or 1 after `heddle: error: ...`, or 2 when it was called wrongly.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <exception>

#include "cli/commands/commands.hpp"
#include "cli/provenance.hpp"

int main(int argc, char** argv) {
  using namespace heddle::cli;
  CLI::App app("heddle: a language model on an AI accelerator, from its files to its words");
  app.name("heddle");
  app.require_subcommand(1);
  remember_command(argc, argv);
  add_run(app);
  add_bench(app);
  add_build(app);
  add_flash(app);
  add_selftest(app);
  add_compile(app);
  add_disassemble(app);
  add_perplexity(app);
  add_configs(app);
  add_devices(app);
  add_emulate(app);
  add_chips(app);
  add_estimate(app);
  add_baseline(app);
  add_compare(app);
  add_report(app);
  add_reproduce(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RuntimeError& status) {  // of a program that was run for the user
    return status.get_exit_code();
  } catch (const CLI::ParseError& error) {
    app.exit(error);
    return 2;
  } catch (const std::exception& error) {
    std::fflush(stdout);
    fmt::print(stderr, "heddle: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
