// Finding things by the names that people type.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::eval {

/// Lower case; runs of spaces, '-' and '_' are one space.
std::string normal_name(std::string_view text);
/// Whether the user means a file: it has a '/', or ends with ".json".
bool looks_like_path(std::string_view text);
/// Insertions, deletions and replacements that turn one text into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The entry with this name or alias, or nullptr. Entry has `name` and `aliases`.
template <typename Entry>
const Entry* find_by_name(const std::vector<Entry>& entries, std::string_view what) {
  const std::string wanted = normal_name(what);
  for (const Entry& entry : entries) {
    if (normal_name(entry.name) == wanted) return &entry;
  }
  for (const Entry& entry : entries) {
    for (const std::string& alias : entry.aliases) {
      if (normal_name(alias) == wanted) return &entry;
    }
  }
  return nullptr;
}

/// The names of the `count` entries whose name or alias is nearest to `what`: those that hold it first.
template <typename Entry>
std::vector<std::string> nearest_names(const std::vector<Entry>& entries, std::string_view what,
                                       std::size_t count) {
  const std::string wanted = normal_name(what);
  std::vector<std::pair<std::size_t, std::string>> ranked;
  for (const Entry& entry : entries) {
    std::vector<std::string> names = entry.aliases;
    names.push_back(entry.name);
    std::size_t best = ~std::size_t{0};
    for (const std::string& candidate : names) {
      const std::string normal = normal_name(candidate);
      const bool holds = !wanted.empty() && normal.find(wanted) != std::string::npos;
      best = std::min(best, holds ? 0 : edit_distance(normal, wanted));
    }
    ranked.emplace_back(best, entry.name);
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string> result;
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) result.push_back(ranked[i].second);
  return result;
}

}  // namespace heddle::eval
