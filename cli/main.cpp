// The `heddle` program. Exit status: 0, or 1 after `heddle: error: ...`, or 2 when it was called wrongly, or
// 130 after Ctrl-C.
#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <exception>
#include <string>

#include "cli/commands/commands.hpp"
#include "cli/interrupt.hpp"
#include "cli/provenance.hpp"
#include "cli/usage.hpp"

int main(int argc, char** argv) {
  using namespace heddle::cli;
  CLI::App app("heddle: a language model on an AI accelerator, from its files to its words");
  app.name("heddle");
  app.require_subcommand(1);
  remember_command(argc, argv);
  watch_interrupts();
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
  app.set_version_flag("--version", version_text(), "print version, commit and the contract's version");
  refuse_wrapped_numbers(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::RuntimeError& status) {  // of a program that was run for the user
    return status.get_exit_code();
  } catch (const CLI::ParseError& error) {
    const std::string unknown = unknown_subcommand(app);
    unknown.empty() ? app.exit(error) : app.exit(CLI::ValidationError(unknown));
    return 2;
  } catch (const Interrupted&) {
    return end_of_interrupt();
  } catch (const std::exception& error) {
    if (const int status = end_of_interrupt()) return status;  // a child's failure, say, is its consequence
    std::fflush(stdout);
    fmt::print(stderr, "heddle: error: {}\n", error.what());
    return 1;
  }
  return 0;
}
