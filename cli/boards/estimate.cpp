#include "cli/boards/estimate.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "isa/data_directory.hpp"

namespace heddle::cli {
namespace {

struct Kind {
  const char *name, *title;
  double Resources::*member;
};
constexpr Kind kKinds[] = {{"luts", "LUT", &Resources::luts},
                           {"flip_flops", "flip-flop", &Resources::flip_flops},
                           {"dsps", "DSP48E2", &Resources::dsps},
                           {"bram36", "block RAM, 36 Kb", &Resources::bram36},
                           {"urams", "UltraRAM, 288 Kb", &Resources::urams}};

}  // namespace

Estimate read_estimate(const VitisBoard& board) {
  const std::string path = (isa::data_directory() / "boards" / board.name / "estimate.json").string();
  if (!std::filesystem::is_regular_file(path)) {
    throw std::runtime_error(
        fmt::format("{}: is not there: {} {} writes it", path, Estimate().command, board.name));
  }
  const Json json = read_json_file(path);
  Estimate estimate;
  try {
    for (const Kind& kind : kKinds) estimate.used.*kind.member = json.at("used").at(kind.name);
    estimate.hash = json.at("hash");
    estimate.config_hash = json.at("config_hash");
    estimate.tool = json.at("tool");
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(
        fmt::format("{}: {}: {} writes it anew", path, error.what(), Estimate().command));
  }
  if (estimate.config_hash !=
      fmt::format("{:016x}", isa::config_hash(isa::load_config(board.config).config))) {
    throw std::runtime_error(
        fmt::format("{}: is of another version of configuration {}: {} {} writes it anew", path, board.config,
                    estimate.command, board.name));
  }
  return estimate;
}

bool is_stale(const VitisBoard& board, const Estimate& estimate) {
  return estimate.hash != kernel_hash(board);
}

bool fits(const VitisBoard& board, const Estimate& estimate) {
  for (const Kind& kind : kKinds) {
    if (estimate.used.*kind.member > (1 - kSpare) * board.region.*kind.member) return false;
  }
  return true;
}

std::string estimate_text(const VitisBoard& board, const Estimate& estimate) {
  Table table({"cell", "used", board.device_name, board.region_name, "used of it"});
  for (const Kind& kind : kKinds) {
    const double used = estimate.used.*kind.member, region = board.region.*kind.member;
    table.add({kind.title, fmt::format("{}", used), fmt::format("{}", board.device.*kind.member),
               fmt::format("{}", region), fmt::format("{:.0f}%", 100 * used / region)});
  }
  return fmt::format("{}, configuration {}\n\n{}\n{}: {} with {:.0f}% to spare\nestimate: {}; device: {}\n{}",
                     board.title, board.config, table.text(), board.region_name,
                     fits(board, estimate) ? "fits" : "DOES NOT FIT", 100 * kSpare, estimate.tool,
                     board.device_source,
                     is_stale(board, estimate)
                         ? fmt::format("the RTL or the configuration changed since: `{} {}` renews it\n",
                                       estimate.command, board.name)
                         : "");
}

Json estimate_json(const VitisBoard& board, const Estimate& estimate) {
  Json cells = Json::array();
  for (const Kind& kind : kKinds) {
    cells.push_back({{"cell", kind.name},
                     {"used", estimate.used.*kind.member},
                     {"device", board.device.*kind.member},
                     {"region", board.region.*kind.member}});
  }
  return {{"board", board.name},
          {"config", board.config},
          {"cells", cells},
          {"fits", fits(board, estimate)},
          {"stale", is_stale(board, estimate)},
          {"tool", estimate.tool}};
}

}  // namespace heddle::cli
