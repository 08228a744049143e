#include "compiler/tiles/program.hpp"

#include <fmt/core.h>

#include <stdexcept>

namespace heddle::tiles {

const char* memory_name(Memory memory) {
  constexpr const char* kNames[kMemories] = {"a", "w", "c", "v", "s", "acc"};
  return kNames[static_cast<int>(memory)];
}

std::uint32_t unit_bytes(const isa::Config& config, Memory memory) {
  switch (memory) {
    case Memory::kA:
      return config.columns;
    case Memory::kW:
      return config.w_word_bytes();
    case Memory::kS:
      return isa::kBytesPerWord;
    default:
      return config.block_bytes();
  }
}

std::uint32_t unit_count(const isa::Config& config, Memory memory) {
  switch (memory) {
    case Memory::kA:
      return config.a_blocks();
    case Memory::kW:
      return config.w_words();
    case Memory::kC:
      return config.c_blocks();
    case Memory::kV:
      return config.v_blocks();
    case Memory::kS:
      return config.s_words();
    default:
      return config.acc_rows();
  }
}

std::uint32_t bank_count(Memory memory) {
  if (memory == Memory::kA) return isa::kActivationBanks;
  if (memory == Memory::kV) return isa::kVectorBanks;
  return memory == Memory::kS ? isa::kScalarBanks : 1;
}

const char* semaphore_name(int semaphore) {
  constexpr const char* kNames[kNamedSemaphores] = {
      "weights_full",    "weights_free", "kv_full",     "kv_free",     "vector_full",
      "parameters_free", "scales_free",  "result",      "mixed",       "operand",
      "cache_rows",      "cache_stored", "logits_full", "logits_free", "rows_stored"};
  return semaphore >= 0 && semaphore < kNamedSemaphores ? kNames[semaphore] : nullptr;
}

const Value* Operation::find(Field field) const {
  for (const FieldSetting& setting : fields) {
    if (setting.field == field) return &setting.value;
  }
  return nullptr;
}

void Operation::set(Field field, Value value) {
  for (FieldSetting& setting : fields) {
    if (setting.field == field) {
      setting.value = value;
      return;
    }
  }
  if (value == Value()) return;  // absent fields are zero
  fields.push_back({field, value});
}

int Module::segment(const std::string& name) const {
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (segments[i].name == name) return static_cast<int>(i);
  }
  throw std::runtime_error(fmt::format("tile program: no segment \"{}\"", name));
}

const Program& Module::program(const std::string& name) const {
  for (const Program& program : programs) {
    if (program.name == name) return program;
  }
  throw std::runtime_error(fmt::format("tile program: no program \"{}\"", name));
}

}  // namespace heddle::tiles
