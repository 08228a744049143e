// Wrong calls: what CLI11 lets pass, and what it says in a way that helps nobody.
#pragma once
#include <CLI/App.hpp>
#include <string>

namespace heddle::cli {

/// Ends the program with status 2 and this message.
[[noreturn]] void wrong_usage(const std::string& message);

/// Checks of an option's number, for help and for the message.
CLI::Validator positive();
CLI::Validator not_negative();

/// Refuses negative and too large numbers for every whole number without a sign, of all subcommands: they
/// would wrap around.
void refuse_wrapped_numbers(CLI::App& app);

/// When a subcommand is missing: what stands there instead, and which there are. Else, or where nothing does,
/// empty.
std::string unknown_subcommand(const CLI::App& app);

}  // namespace heddle::cli
