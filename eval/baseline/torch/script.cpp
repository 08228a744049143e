#include "eval/baseline/torch/script.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "eval/baseline/result.hpp"

namespace heddle::eval::torch {
namespace {

void replace(std::string& text, std::string_view mark, const std::string& with) {
  const std::size_t at = text.find(mark);
  if (at == std::string::npos) throw std::logic_error(fmt::format("the script's template lacks {}", mark));
  text.replace(at, mark.size(), with);
}

}  // namespace

std::string script(const std::vector<Workload>& workloads) {
  std::string list;
  for (const Workload& workload : workloads) {
    nlohmann::ordered_json json = workload_to_json(workload);
    json["flops"] = flops(workload);
    json["bytes"] = bytes(workload);
    list += fmt::format("    {},\n", json.dump());
  }
  std::string text(kTemplate);
  replace(text, "@HEDDLE_VERSION@", HEDDLE_VERSION);
  replace(text, "@SCHEMA_VERSION@", std::to_string(kResultsVersion));
  replace(text, "@NORM_EPSILON@", fmt::format("{}", kNormEpsilon));
  replace(text, "@TRIAD_SCALAR@", fmt::format("{}", kTriadScalar));
  replace(text, "    @WORKLOADS@\n", list);
  return text;
}

}  // namespace heddle::eval::torch
