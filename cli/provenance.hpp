// Where a result comes from, so that `heddle reproduce` can make it again.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "cli/output.hpp"
#include "isa/config_file.hpp"
#include "isa/image.hpp"

namespace heddle::cli {

/// The command line of this process, told once by main.
void remember_command(int argc, char** argv);

/// "heddle 0.1.0, commit ..., contract 2"
std::string version_text();

/// What a result rests on besides the command; what does not apply stays empty.
struct ProvenanceFacts {
  const isa::NamedConfig* config = nullptr;  // its hash, clock and memory
  std::string memory = {};                   // other than the configuration's
  const isa::Image* image = nullptr;         // programs and constants
  std::optional<std::uint64_t> seed = {};
  bool chip_data = false;  // everything in eval/: chips, models, kernels, prices, scenarios
};

/// {"command", "commit", "versions", "hashes", ...}: no time, no host, no folder, so that the same command
/// gives the same file.
Json provenance(const ProvenanceFacts& facts);

/// Paths of the fields in which two results differ, with both values: "cycles: 10 became 12". What depends on
/// the host's speed (wall_seconds, simulated_cycles_per_second), the command line itself and the commit do
/// not count.
std::vector<std::string> differences(const Json& before, const Json& after);

/// The stored command without options that write files, `json` instead. Throws std::runtime_error naming
/// `source` where it has no provenance, or is not of run, bench, estimate or compare.
std::vector<std::string> command_to_repeat(const Json& result, const std::string& json,
                                           const std::string& source);

}  // namespace heddle::cli
