#include "cli/provenance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <stdexcept>

#include "heddle_commit.hpp"
#include "isa/data_directory.hpp"
#include "isa/version.hpp"

namespace heddle::cli {
namespace {

namespace fs = std::filesystem;

std::vector<std::string>& command_line() {
  static std::vector<std::string> words;
  return words;
}

/// FNV-1a, as the configuration's hash.
class Hash {
 public:
  template <typename Bytes>
  void add(const Bytes& bytes) {
    for (const auto byte : bytes) {
      value_ ^= static_cast<std::uint8_t>(byte);
      value_ *= 0x100000001B3ULL;
    }
  }
  std::string text() const { return fmt::format("{:016x}", value_); }

 private:
  std::uint64_t value_ = 0xCBF29CE484222325ULL;
};

std::string hash_of_data() {
  const fs::path root = isa::data_directory() / "eval";
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  Hash hash;
  for (const fs::path& file : files) {
    hash.add(fs::relative(file, root).generic_string());
    hash.add(read_text_file(file.string()));
  }
  return hash.text();
}

const std::set<std::string> kOfTheHost = {"wall_seconds", "simulated_cycles_per_second", "command", "commit"};

void compare(const Json& a, const Json& b, const std::string& path, std::vector<std::string>* out) {
  const auto shown = [](const Json& j) {
    std::string text = j.dump(-1, ' ', false, Json::error_handler_t::replace);
    constexpr std::size_t kMost = 60;
    return text.size() > kMost ? text.substr(0, kMost) + "..." : text;
  };
  if (a.is_object() && b.is_object()) {
    for (const auto& [key, value] : a.items()) {
      const std::string name = path.empty() ? key : path + "." + key;
      if (kOfTheHost.contains(key)) continue;
      if (!b.contains(key)) {
        out->push_back(name + ": is missing now");
      } else {
        compare(value, b.at(key), name, out);
      }
    }
    for (const auto& [key, value] : b.items()) {
      if (!a.contains(key) && !kOfTheHost.contains(key))
        out->push_back((path.empty() ? key : path + "." + key) + ": is new");
    }
  } else if (a.is_array() && b.is_array()) {
    if (a.size() != b.size()) {
      out->push_back(fmt::format("{}: {} entries became {}", path, a.size(), b.size()));
      return;
    }
    for (std::size_t i = 0; i < a.size(); ++i) compare(a[i], b[i], fmt::format("{}[{}]", path, i), out);
  } else if (a != b) {
    out->push_back(fmt::format("{}: {} became {}", path, shown(a), shown(b)));
  }
}

}  // namespace

void remember_command(int argc, char** argv) { command_line().assign(argv + 1, argv + argc); }

std::string version_text() {
  return fmt::format("heddle {}, commit {}, contract {}", HEDDLE_VERSION, HEDDLE_COMMIT, isa::kIsaVersion);
}

Json provenance(const ProvenanceFacts& facts) {
  Json out = {{"command", command_line()},
              {"commit", HEDDLE_COMMIT},
              {"versions",
               {{"heddle", HEDDLE_VERSION}, {"contract", isa::kIsaVersion}, {"compiler", HEDDLE_COMPILER}}}};
  Json hashes = Json::object();
  if (facts.config != nullptr) {
    const isa::Config& config = facts.config->config;
    hashes["config"] = fmt::format("{:016x}", isa::config_hash(config));
    // What the hash of a configuration leaves out.
    out["clock_mhz"] = config.clock_mhz;
    out["memory"] = facts.memory.empty() ? std::string(config.memory) : facts.memory;
    out["weight_buffers"] = config.weight_buffers;
    out["fused_attention"] = config.fused_attention;
  }
  if (facts.image != nullptr) {
    Hash hash;
    hash.add(facts.image->constants);
    hashes["program"] = hash.text();
  }
  if (facts.chip_data) hashes["chip_data"] = hash_of_data();
  out["hashes"] = hashes;
  if (facts.seed) out["seed"] = *facts.seed;
  return out;
}

std::vector<std::string> differences(const Json& before, const Json& after) {
  std::vector<std::string> out;
  // What it rests on first: it explains the rest.
  if (before.contains("provenance") && after.contains("provenance"))
    compare(before.at("provenance"), after.at("provenance"), "provenance", &out);
  Json a = before, b = after;
  a.erase("provenance");
  b.erase("provenance");
  compare(a, b, "", &out);
  return out;
}

std::vector<std::string> command_to_repeat(const Json& result, const std::string& json,
                                           const std::string& source) {
  if (!result.is_object() || !result.contains("provenance") || !result.at("provenance").contains("command"))
    throw std::runtime_error(source + ": field 'provenance.command' is missing: written by another version?");
  const Json& stored = result.at("provenance").at("command");
  std::vector<std::string> words;
  for (const Json& word : stored) {
    if (!word.is_string())
      throw std::runtime_error(source + ": field 'provenance.command' must be a list of words");
    words.push_back(word);
  }
  const std::set<std::string> known = {"run", "bench", "estimate", "compare"};
  if (words.empty() || !known.contains(words[0])) {
    throw std::runtime_error(
        fmt::format("{}: field 'provenance.command' begins with '{}'; reproduce repeats run, "
                    "bench, estimate and compare",
                    source, words.empty() ? "" : words[0]));
  }
  const std::set<std::string> writing = {"--json", "--trace", "--waveform", "--dump-memory", "--search-log"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string option = words[i].substr(0, words[i].find('='));
    if (!writing.contains(option)) {
      out.push_back(words[i]);
    } else if (option == words[i]) {
      ++i;  // its value
    }
  }
  out.push_back("--json");
  out.push_back(json);
  return out;
}

}  // namespace heddle::cli
