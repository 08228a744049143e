#include "tests/tiles/device.hpp"

#include <dlfcn.h>
#include <fmt/core.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <random>
#include <stdexcept>

#include "compiler/emit/race_checker.hpp"
#include "isa/device_library.h"
#include "isa/image_start.hpp"
#include "isa/status.hpp"
#include "sim/library/build.hpp"

namespace heddle::test {

namespace {
constexpr std::uint64_t kArena = 0x10000;
}

isa::NamedConfig config_named(const std::string& name) {
  const std::string tests = std::string(HEDDLE_SOURCE_DIR) + "/tests/";
  for (const std::string& folder : {tests + "configs/", tests + "tiles/configs/"}) {
    const std::string file = folder + name + ".json";
    if (std::filesystem::exists(file)) return isa::load_config(file);
  }
  return isa::load_config(name);
}

struct CompiledModel::Impl {
  isa::Image image;
  std::vector<std::uint8_t> memory;
  void* library = nullptr;
  void* device = nullptr;
  decltype(&heddle_library_close) close = nullptr;
  decltype(&heddle_library_run) run = nullptr;
  isa::CompletionRecord record;
  std::uint64_t sequence = 0;

  template <typename F>
  void load(F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(library, name));
    if (function == nullptr) throw std::runtime_error(fmt::format("device library: no {}", name));
  }
  ~Impl() {
    if (device != nullptr) close(device);
    if (library != nullptr) dlclose(library);
  }
  isa::StartArguments arguments(const std::string& program, const std::vector<std::uint32_t>& tokens,
                                int start, bool all) {
    const isa::Binding& ids = image.binding("token_ids");
    if (tokens.size() * 4 > ids.bytes) throw std::runtime_error("too many tokens");
    std::memcpy(&memory[kArena + ids.offset], tokens.data(), tokens.size() * 4);
    isa::StartArguments out = isa::start_arguments(image, image.program(program), kArena);
    out.argument[isa::kArgumentStart] = static_cast<std::uint64_t>(start);
    out.argument[isa::kArgumentLength] = tokens.size();
    out.argument[isa::kArgumentAllLogits] = all ? 1 : 0;
    out.argument[isa::kArgumentSequence] = sequence;
    return out;
  }
};

CompiledModel::CompiledModel(const isa::NamedConfig& config, isa::Image image)
    : impl_(std::make_unique<Impl>()) {
  impl_->image = std::move(image);
  const std::string path = sim::device_library(config, sim::Design::kHls);
  impl_->library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (impl_->library == nullptr) throw std::runtime_error(dlerror());
  decltype(&heddle_library_open) open = nullptr;
  impl_->load(open, "heddle_library_open");
  impl_->load(impl_->close, "heddle_library_close");
  impl_->load(impl_->run, "heddle_library_run");
  impl_->device = open();
  impl_->memory.assign(kArena + impl_->image.arena_bytes, 0);
  std::memcpy(&impl_->memory[kArena], impl_->image.constants.data(), impl_->image.constants.size());
}

CompiledModel::~CompiledModel() = default;
CompiledModel::CompiledModel(CompiledModel&&) noexcept = default;

const isa::Image& CompiledModel::image() const { return impl_->image; }
const isa::CompletionRecord& CompiledModel::record() const { return impl_->record; }

std::vector<float> CompiledModel::run(const std::string& program, const std::vector<std::uint32_t>& tokens,
                                      int start, bool all, std::size_t rows) {
  const isa::StartArguments arguments = impl_->arguments(program, tokens, start, all);
  const heddle_run_options options{};
  impl_->run(impl_->device, impl_->memory.data(), impl_->memory.size(), &arguments, &options, &impl_->record);
  if (impl_->record.status != isa::kStatusOk) {
    throw std::runtime_error(fmt::format("{} stopped at pc {}: {}", program, impl_->record.pc,
                                         isa::status_text(impl_->record.status)));
  }
  const isa::Binding& logits = impl_->image.binding("logits");
  const std::size_t vocab = impl_->image.model.vocab_size;
  std::vector<float> out(rows * vocab);
  for (std::size_t row = 0; row < rows; ++row) {
    std::memcpy(&out[row * vocab], &impl_->memory[kArena + logits.offset + row * logits.row_stride],
                vocab * 4);
  }
  return out;
}

std::vector<float> CompiledModel::prefill(const std::vector<std::uint32_t>& tokens, int start, bool all) {
  return run("prefill", tokens, start, all, all ? tokens.size() : 1);
}
std::vector<float> CompiledModel::decode(std::uint32_t token, int position) {
  return run("decode", {token}, position, false, 1);
}
std::vector<float> CompiledModel::decode_batch(const std::vector<std::uint32_t>& tokens,
                                               const std::vector<std::uint32_t>& positions) {
  const isa::Binding& binding = impl_->image.binding("positions");
  if (positions.size() != binding.shape[0]) {
    throw std::runtime_error("positions of another batch");
  }
  std::memcpy(&impl_->memory[kArena + binding.offset], positions.data(), positions.size() * 4);
  return run("decode_batch", tokens, 0, false, positions.size());
}
void CompiledModel::use_sequence(int sequence) { impl_->sequence = static_cast<std::uint64_t>(sequence); }

std::string CompiledModel::races(const std::string& name, const std::vector<std::uint32_t>& tokens, int start,
                                 bool all) {
  const isa::StartArguments arguments = impl_->arguments(name, tokens, start, all);
  const isa::ImageProgram& program = impl_->image.program(name);
  const auto word = [&](std::uint64_t address) {
    std::uint32_t value;
    std::memcpy(&value, &impl_->memory.at(address), sizeof value);
    return value;
  };
  const std::span<const std::uint8_t> bytes(&impl_->memory[kArena + program.offset], program.bytes);
  const auto events = emit::walk_program(bytes.subspan(sizeof(isa::ProgramHeader)), arguments, word);
  std::string text;
  for (const emit::Race& race : emit::check_races(impl_->image.config, events)) text += race.text + "\n";
  return text;
}

std::vector<std::uint8_t> CompiledModel::binding_bytes(const std::string& name) const {
  const isa::Binding& binding = impl_->image.binding(name);
  const auto begin = impl_->memory.begin() + static_cast<std::ptrdiff_t>(kArena + binding.offset);
  return {begin, begin + static_cast<std::ptrdiff_t>(binding.bytes)};
}

double cosine(const float* a, const float* b, std::size_t n) {
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < n; ++i) {
    ab += static_cast<double>(a[i]) * b[i];
    aa += static_cast<double>(a[i]) * a[i];
    bb += static_cast<double>(b[i]) * b[i];
  }
  return ab / std::sqrt(aa * bb);
}

std::size_t argmax(const float* values, std::size_t n) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < n; ++i) {
    if (values[i] > values[best]) best = i;
  }
  return best;
}

std::vector<std::uint32_t> random_tokens(std::size_t count, int vocab, std::uint32_t seed) {
  std::mt19937 engine(seed);
  std::vector<std::uint32_t> tokens;
  for (std::size_t i = 0; i < count; ++i) tokens.push_back(engine() % static_cast<std::uint32_t>(vocab));
  return tokens;
}

}  // namespace heddle::test
