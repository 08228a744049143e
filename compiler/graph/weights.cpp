#include "compiler/graph/weights.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <stdexcept>

#include "compiler/graph/json_text.hpp"

namespace heddle::graph {

namespace fs = std::filesystem;

namespace {

constexpr const char* kSingle = "model.safetensors";
constexpr const char* kIndex = "model.safetensors.index.json";

/// A shard must be a plain file name: an index cannot make us open anything outside of its directory.
void check_shard_name(const std::string& shard, const std::string& index) {
  bool plain = !shard.empty() && shard != "." && shard != "..";
  for (const char c : shard) plain &= c != '/' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  if (!plain) {
    throw std::runtime_error(
        fmt::format("{}: {} is not a file in the model's directory; shards must lie beside the index", index,
                    nlohmann::json(shard).dump()));
  }
}

}  // namespace

WeightStore::WeightStore(const std::string& directory) {
  const std::string single = (fs::path(directory) / kSingle).string();
  const std::string index = (fs::path(directory) / kIndex).string();
  std::error_code ignored;
  if (fs::exists(single, ignored)) {
    main_file_ = kSingle;
    add_file(directory, kSingle);
    return;
  }
  if (!fs::exists(index, ignored)) {
    throw std::runtime_error(fmt::format("{}: neither {} nor {} is there; only safetensors weights are read",
                                         directory, kSingle, kIndex));
  }
  main_file_ = kIndex;
  const nlohmann::json root = read_object(index);
  if (!root.contains("weight_map") || !root["weight_map"].is_object()) {
    throw std::runtime_error(fmt::format("{}: \"weight_map\" is missing or not an object", index));
  }
  std::map<std::string, std::string> listed;
  for (const auto& [tensor, shard] : root["weight_map"].items()) {
    if (!shard.is_string()) {
      throw std::runtime_error(fmt::format("{}: the file of tensor \"{}\" is not a string", index, tensor));
    }
    const auto file = shard.get<std::string>();
    check_shard_name(file, index);
    if (!fs::is_regular_file(fs::path(directory) / file, ignored)) {
      throw std::runtime_error(
          fmt::format("{}: names file \"{}\" for tensor \"{}\", which is missing", index, file, tensor));
    }
    listed[tensor] = file;
  }
  for (const auto& [tensor, file] : listed) {
    if (files_.count(file) == 0) add_file(directory, file);
    const auto owner = owner_.find(tensor);
    if (owner == owner_.end() || owner->second != file) {
      throw std::runtime_error(fmt::format("{}: says that tensor \"{}\" is in \"{}\", which does not hold it",
                                           index, tensor, file));
    }
  }
  for (const auto& [tensor, file] : owner_) {
    if (listed.count(tensor) == 0) {
      throw std::runtime_error(fmt::format("{}: does not list tensor \"{}\" of \"{}\"", index, tensor, file));
    }
  }
}

void WeightStore::add_file(const std::string& directory, const std::string& file) {
  auto opened = std::make_unique<SafetensorsFile>((fs::path(directory) / file).string());
  for (const auto& [tensor, info] : opened->tensors()) {
    const auto [place, fresh] = owner_.emplace(tensor, file);
    if (!fresh) {
      throw std::runtime_error(
          fmt::format("{}: tensor \"{}\" is in \"{}\" as well", opened->path(), tensor, place->second));
    }
  }
  files_.emplace(file, std::move(opened));
}

const TensorInfo* WeightStore::find(const std::string& tensor) const {
  const auto owner = owner_.find(tensor);
  return owner == owner_.end() ? nullptr : &files_.at(owner->second)->tensors().at(tensor);
}

const std::string& WeightStore::file_of(const std::string& tensor) const {
  const auto owner = owner_.find(tensor);
  if (owner == owner_.end()) {
    throw std::runtime_error(fmt::format("{}: no tensor \"{}\"", main_file_, tensor));
  }
  return owner->second;
}

std::vector<std::string> WeightStore::names() const {
  std::vector<std::string> names;
  for (const auto& [tensor, file] : owner_) names.push_back(tensor);
  return names;
}

std::vector<float> WeightStore::read(const std::string& tensor) const {
  return files_.at(file_of(tensor))->read(tensor);
}

}  // namespace heddle::graph
