#include "tests/programs/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <numeric>

#include "compiler/emit/race_footprint.hpp"
#include "isa/status.hpp"
#include "tests/programs/memory_map.hpp"
#include "tests/programs/random_source.hpp"

namespace heddle::tests {

RunResult run_program(Library& library, const RandomProgram& program, std::uint64_t seed) {
  RandomSource random(seed ^ 0x5EEDull);
  heddle_run_options options = {};
  options.cycle_limit = 20'000'000;
  options.memory_latency =
      static_cast<std::uint32_t>(random.pick<std::uint64_t>({1, 2, 8 + random.below(60), random.below(200)}));
  options.stall_permille =
      static_cast<std::uint32_t>(random.pick<std::uint64_t>({0, 0, 50, random.below(600)}));
  options.stall_seed = random.bits();
  RunResult result;
  result.memory = program.memory;
  result.record = library.run(result.memory, program.arguments, options);
  isa::CompletionRecord* const in_memory =
      reinterpret_cast<isa::CompletionRecord*>(result.memory.data() + program.arguments.record);
  for (int i = 0; i < isa::kCounters; ++i) {
    if (!isa::kCounterInfo[i].functional) result.record.counters[i] = in_memory->counters[i] = 0;
  }
  return result;
}

std::vector<emit::RaceEvent> program_events(const RandomProgram& program) {
  const std::uint64_t code = program.arguments.program + sizeof(isa::ProgramHeader);
  const auto read_word = [&](std::uint64_t address) {
    std::uint32_t word;
    std::memcpy(&word, program.memory.data() + address, sizeof word);
    return word;
  };
  return emit::walk_program({program.memory.data() + code, program.code_bytes}, program.arguments, read_word);
}

std::string check_program(const isa::Config& config, const RandomProgram& program, const RunResult& result) {
  std::string text;
  const std::vector<emit::RaceEvent> events = program_events(program);
  for (const emit::Race& race : emit::check_races(config, events)) {
    text += race.text + "\n  " + print_event(events[race.first]) + "\n  " + print_event(events[race.second]) +
            "\n";
  }
  if (result.record.status != isa::kStatusOk) {
    text += fmt::format("the device reports \"{}\" at pc {}\n", isa::status_text(result.record.status),
                        result.record.pc);
  }
  const isa::CompletionRecord* in_memory =
      reinterpret_cast<const isa::CompletionRecord*>(result.memory.data() + program.arguments.record);
  if (std::memcmp(in_memory, &result.record, sizeof result.record) != 0)
    text += "the record in memory is not the one reported\n";
  return text;
}

std::string first_difference(const isa::Config& config, const RandomProgram& program, const RunResult& a,
                             const RunResult& b) {
  if (a.record.status != b.record.status || a.record.pc != b.record.pc) {
    return fmt::format("status \"{}\" at pc {} against \"{}\" at pc {}", isa::status_text(a.record.status),
                       a.record.pc, isa::status_text(b.record.status), b.record.pc);
  }
  const auto differ = std::mismatch(a.memory.begin(), a.memory.end(), b.memory.begin());
  if (differ.first != a.memory.end()) {
    const std::uint64_t address = static_cast<std::uint64_t>(differ.first - a.memory.begin());
    const std::size_t count = static_cast<std::size_t>(std::inner_product(
        a.memory.begin(), a.memory.end(), b.memory.begin(), 0ull, std::plus<>(), std::not_equal_to<>()));
    std::uint32_t word_a, word_b;
    std::memcpy(&word_a, &a.memory[address & ~3ull], 4);
    std::memcpy(&word_b, &b.memory[address & ~3ull], 4);
    std::string text =
        fmt::format("{} bytes differ, the first at {:#x}: {:02x} against {:02x} (word {:08x} against {:08x})",
                    count, address, *differ.first, *differ.second, word_a, word_b);
    if (address >= memory_map::kRecord && address < memory_map::kRecord + sizeof(isa::CompletionRecord)) {
      const std::uint64_t counter = (address - memory_map::kRecord - 16) / 8;
      if (counter < isa::kCounters) {
        text += fmt::format("\n  in the completion record: counter {}, {} against {}",
                            isa::kCounterInfo[counter].name, a.record.counters[counter],
                            b.record.counters[counter]);
      }
      return text;
    }
    const std::vector<emit::RaceEvent> events = program_events(program);
    for (auto event = events.rbegin(); event != events.rend(); ++event) {
      if (event->kind != emit::RaceEvent::kTile || event->unit != isa::kUnitStore) continue;
      const emit::Footprint footprint =
          emit::footprint_of(config, event->unit, event->instruction, event->base);
      for (const emit::Access& access : footprint.accesses) {
        if (access.memory != emit::Memory::kDevice) continue;
        for (const emit::ByteRange& range : access.ranges()) {
          if (address < range.begin || address >= range.end) continue;
          return text + "\n  last written by " + print_event(*event);
        }
      }
    }
    return text + "\n  which no STORE writes";
  }
  for (int i = 0; i < isa::kCounters; ++i) {
    if (a.record.counters[i] != b.record.counters[i]) {
      return fmt::format("counter {}: {} against {}", isa::kCounterInfo[i].name, a.record.counters[i],
                         b.record.counters[i]);
    }
  }
  return "";
}

std::string print_event(const emit::RaceEvent& event) {
  std::string text = emit::describe_event(event);
  if (event.kind != emit::RaceEvent::kTile) return text;
  text += ":";
  for (int i = isa::kHalfWait; i < isa::kTileHalves; ++i) {
    if (i == isa::kHalfPatches || i == isa::kHalfPatches + 1 || event.instruction.half[i] == 0) continue;
    text += fmt::format(" h{}={:#x}", i, event.instruction.half[i]);
  }
  if (event.base != 0) text += fmt::format(" base={:#x}", event.base);
  return text;
}

}  // namespace heddle::tests
