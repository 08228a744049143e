#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include "eval/common/names.hpp"
#include "eval/common/schema.hpp"
#include "eval/work/model.hpp"
#include "isa/data_directory.hpp"

namespace heddle::eval {
namespace {

namespace fs = std::filesystem;

// A bare config.json, or a file with name, source and config.
Model read_model(const fs::path& path, const std::string& name) {
  const std::string text = read_text(path.string());
  const Json json = parse_json(text, path.string());
  if (!json.is_object() || !json.contains("config")) return model_from_config(text, name, path.string());
  static const Json schema = read_schema("eval/work/schema/model.json");
  check_schema(json, schema, path.string());
  Model model = model_from_config(json["config"].dump(), json["name"], path.string());
  model.aliases = json.value("aliases", std::vector<std::string>{});
  model.source = json["source"];
  return model;
}

std::vector<Model> read_all() {
  std::vector<Model> models;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(isa::data_directory() / "eval" / "work" / "models")) {
    if (entry.path().extension() == ".json") models.push_back(read_model(entry.path(), ""));
  }
  std::sort(models.begin(), models.end(), [](const Model& a, const Model& b) { return a.name < b.name; });
  return models;
}

// "models/QwQ-32B/" and "models/QwQ-32B/config.json" are both called QwQ-32B.
std::string directory_name(const fs::path& directory) {
  const fs::path clean = fs::absolute(directory).lexically_normal();
  return (clean.has_filename() ? clean : clean.parent_path()).filename().string();
}

}  // namespace

std::vector<Model> all_models() {
  static const std::vector<Model> models = read_all();
  return models;
}

Model load_model(const std::string& what) {
  const std::vector<Model> models = all_models();
  if (!looks_like_path(what)) {
    if (const Model* model = find_by_name(models, what)) return *model;
  }
  const fs::path path = what;
  if (fs::is_directory(path)) {
    Model model = read_model(path / "config.json", directory_name(path));
    if (model.source.empty()) model.source = model.file;
    return model;
  }
  if (fs::is_regular_file(path)) {
    Model model = read_model(
        path, path.filename() == "config.json" ? directory_name(path.parent_path()) : path.stem().string());
    if (model.source.empty()) model.source = model.file;
    return model;
  }
  throw std::runtime_error(
      fmt::format("model '{}' is neither known (near it are {}) nor a Hugging Face directory or JSON file",
                  what, fmt::join(nearest_names(models, what, 3), ", ")));
}

}  // namespace heddle::eval
