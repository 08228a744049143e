#include "cli/usage.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace heddle::cli {
namespace {

/// CLI11's own validators of this kind name the greatest double, all 309 digits of it.
CLI::Validator number(const char* name, const char* wanted, bool (*good)(double)) {
  return CLI::Validator(
      [wanted, good](std::string& text) {
        return good(std::strtod(text.c_str(), nullptr)) ? "" : fmt::format("{} is not {}", text, wanted);
      },
      name);
}

std::string wrapped(const std::string& text) {
  if (text.starts_with('-')) return "must not be negative";
  std::uint64_t ignored = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), ignored);
  return end.ec == std::errc::result_out_of_range ? text + " is too large" : "";
}

}  // namespace

void wrong_usage(const std::string& message) { throw CLI::ValidationError(message); }

CLI::Validator positive() {
  return number("POSITIVE", "positive", [](double value) { return value > 0; });
}

CLI::Validator not_negative() {
  return number("NONNEGATIVE", "zero or more", [](double value) { return value >= 0; });
}

void refuse_wrapped_numbers(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->get_type_name().starts_with("UINT")) option->check(wrapped);
  }
  for (CLI::App* command : app.get_subcommands(nullptr)) refuse_wrapped_numbers(*command);
}

std::string unknown_subcommand(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  const std::vector<std::string> rest = at->remaining();
  if (at->get_require_subcommand_min() == 0 || rest.empty() || rest[0].starts_with('-')) return "";
  std::vector<std::string> names;
  for (const CLI::App* command : at->get_subcommands(nullptr)) names.push_back(command->get_name());
  return fmt::format("unknown subcommand '{}' of {}: there are {}", rest[0], at->get_name(),
                     fmt::join(names, ", "));
}

}  // namespace heddle::cli
