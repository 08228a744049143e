#include "isa/image.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "isa/config_file.hpp"
#include "isa/version.hpp"

// A file is the magic, the length of the JSON header (64 bits, little endian), the header, the constants.

namespace heddle::isa {
namespace {

using Json = nlohmann::ordered_json;
constexpr char kMagic[8] = {'H', 'E', 'D', 'D', 'L', 'E', 'I', '1'};

Json to_json(const Binding& b) {
  return {{"name", b.name}, {"dtype", b.dtype}, {"shape", b.shape}, {"row_stride", b.row_stride}, {"offset", b.offset}, {"bytes", b.bytes}};
}

Json to_json(const ImageModel& m) {
  return {{"name", m.name},
          {"architecture", m.architecture},
          {"vocab_size", m.vocab_size},
          {"context", m.context},
          {"hidden_size", m.hidden_size},
          {"layers", m.layers},
          {"parameters", m.parameters},
          {"macs_per_token", m.macs_per_token},
          {"macs_per_context", m.macs_per_context}};
}

void from_json_into(const Json& j, ImageModel& m) {
  m.name = j.at("name");
  m.architecture = j.at("architecture");
  m.vocab_size = j.at("vocab_size");
  m.context = j.at("context");
  m.hidden_size = j.at("hidden_size");
  m.layers = j.at("layers");
  m.parameters = j.at("parameters");
  m.macs_per_token = j.at("macs_per_token");
  m.macs_per_context = j.at("macs_per_context");
}

void require(bool condition, const std::string& path, const std::string& what) {
  if (!condition) throw std::runtime_error(fmt::format("{}: {}", path, what));
}

}  // namespace

const Binding& Image::binding(const std::string& name) const {
  for (const Binding& b : bindings) {
    if (b.name == name) return b;
  }
  throw std::runtime_error(fmt::format("the compiled model {} has no buffer '{}'", model.name, name));
}

const ImageProgram& Image::program(const std::string& name) const {
  for (const ImageProgram& p : programs) {
    if (p.name == name) return p;
  }
  throw std::runtime_error(fmt::format("the compiled model {} has no program '{}'", model.name, name));
}

void write_image(const std::string& path, const Image& image) {
  Json header;
  header["version"] = kIsaVersion;
  header["config"] = Json::parse(config_to_json(image.config));
  header["config_hash"] = config_hash(image.config);
  header["model"] = to_json(image.model);
  header["readonly_bytes"] = image.readonly_bytes;
  header["arena_bytes"] = image.arena_bytes;
  header["constant_bytes"] = image.constants.size();
  header["programs"] = Json::array();
  for (const ImageProgram& p : image.programs) {
    header["programs"].push_back({{"name", p.name}, {"offset", p.offset}, {"bytes", p.bytes}});
  }
  header["bindings"] = Json::array();
  for (const Binding& b : image.bindings) header["bindings"].push_back(to_json(b));
  header["operations"] = image.operations;
  const std::string text = header.dump();
  const std::uint64_t length = text.size();

  const std::string temporary = path + ".part";
  {
    std::ofstream out(temporary, std::ios::binary);
    out.write(kMagic, sizeof kMagic);
    out.write(reinterpret_cast<const char*>(&length), sizeof length);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
    out.write(reinterpret_cast<const char*>(image.constants.data()), static_cast<std::streamsize>(image.constants.size()));
    out.flush();
    if (!out) {
      out.close();
      std::remove(temporary.c_str());
      throw std::runtime_error(fmt::format("{}: cannot be written", path));
    }
  }
  std::error_code error;
  std::filesystem::rename(temporary, path, error);
  if (error) {
    std::remove(temporary.c_str());
    throw std::runtime_error(fmt::format("{}: cannot be written: {}", path, error.message()));
  }
}

Image read_image(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  require(static_cast<bool>(in), path, "cannot be read");
  const auto size = static_cast<std::uint64_t>(in.tellg());
  in.seekg(0);
  char magic[sizeof kMagic] = {};
  std::uint64_t length = 0;
  in.read(magic, sizeof magic);
  in.read(reinterpret_cast<char*>(&length), sizeof length);
  require(static_cast<bool>(in) && std::memcmp(magic, kMagic, sizeof kMagic) == 0, path, "not a compiled heddle model");
  require(length <= size - sizeof magic - sizeof length, path, "truncated: the header is longer than the file");
  std::string text(length, '\0');
  in.read(text.data(), static_cast<std::streamsize>(length));

  Image image;
  try {
    const Json header = Json::parse(text);
    const std::uint32_t version = header.at("version");
    require(version == kIsaVersion, path, fmt::format("compiled for version {} of the contract, this is version {}; compile it again", version, kIsaVersion));
    image.config = config_from_json(header.at("config").dump(), path);
    require(header.at("config_hash").get<std::uint64_t>() == config_hash(image.config), path, "its configuration does not match its hash; compile it again");
    from_json_into(header.at("model"), image.model);
    image.readonly_bytes = header.at("readonly_bytes");
    image.arena_bytes = header.at("arena_bytes");
    const std::uint64_t constant_bytes = header.at("constant_bytes");
    require(constant_bytes == size - sizeof magic - sizeof length - length, path, "truncated: constants are missing");
    require(constant_bytes == image.readonly_bytes && image.readonly_bytes <= image.arena_bytes, path, "sizes disagree");
    for (const Json& p : header.at("programs")) {
      image.programs.push_back({p.at("name"), p.at("offset"), p.at("bytes")});
      const ImageProgram& last = image.programs.back();
      require(last.bytes <= image.readonly_bytes && last.offset <= image.readonly_bytes - last.bytes, path, fmt::format("program '{}' lies outside of the constants", last.name));
    }
    for (const Json& b : header.at("bindings")) {
      Binding binding;
      binding.name = b.at("name");
      binding.dtype = b.at("dtype");
      binding.shape = b.at("shape").get<std::vector<std::uint64_t>>();
      binding.row_stride = b.at("row_stride");
      binding.offset = b.at("offset");
      binding.bytes = b.at("bytes");
      require(binding.bytes <= image.arena_bytes && binding.offset <= image.arena_bytes - binding.bytes, path, fmt::format("buffer '{}' lies outside of the arena", binding.name));
      image.bindings.push_back(std::move(binding));
    }
    image.operations = header.at("operations").get<std::vector<std::string>>();
    image.constants.resize(constant_bytes);
  } catch (const nlohmann::json::exception& error) {
    throw std::runtime_error(fmt::format("{}: its header is damaged: {}", path, error.what()));
  }
  in.read(reinterpret_cast<char*>(image.constants.data()), static_cast<std::streamsize>(image.constants.size()));
  require(static_cast<bool>(in), path, "cannot be read to its end");
  return image;
}

}  // namespace heddle::isa
