#include "tests/programs/generator.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/programs/instructions.hpp"
#include "tests/programs/loop_body.hpp"
#include "tests/programs/memory_map.hpp"
#include "tests/programs/scalar_noise.hpp"
#include "tests/programs/token_order.hpp"

namespace heddle::tests {
namespace {

class Generator {
 public:
  Generator(const isa::Config& config, std::uint64_t seed)
      : config_(config),
        random_(seed),
        memory_(memory_map::initial(random_)),
        arguments_(memory_map::start_arguments(random_, 64)),
        scratch_(config, random_),
        maker_(config, random_, scratch_),
        tokens_(config, random_),
        scalar_(code_, random_, arguments_, memory_) {}

  RandomProgram make(int limit) {
    RandomProgram program;
    const int items = static_cast<int>(random_.between(8, 40));
    program.items = limit < 0 ? items : std::min(limit, items);
    for (int i = 0; i < program.items; ++i) {
      program.item_pc.push_back(code_.pc());
      item();
    }
    program.item_pc.push_back(code_.pc());
    epilogue();
    for (const TokenOrder::Masks& masks : tokens_.masks())
      code_.set_masks(masks.pc, masks.wait, masks.signal);
    const std::vector<std::uint8_t> bytes = code_.program(config_);
    if (bytes.size() > memory_map::kProgramEnd - memory_map::kProgram)
      throw std::runtime_error("a random program is too long");
    std::copy(bytes.begin(), bytes.end(),
              memory_.begin() + static_cast<std::ptrdiff_t>(memory_map::kProgram));
    for (std::uint64_t& size : arguments_.window_size) {  // the program's window, now that its size is known
      if ((size & ~isa::kWindowReadOnly) == 64) size = ((bytes.size() + 63) & ~63ull) | isa::kWindowReadOnly;
    }
    program.code_bytes = bytes.size() - sizeof(isa::ProgramHeader);
    program.memory = std::move(memory_);
    program.arguments = arguments_;
    return program;
  }

 private:
  void item() {
    const std::uint64_t kind = random_.below(100);
    if (kind < 72) {
      const int unit = random_.pick<int>({isa::kUnitLoad, isa::kUnitStore, isa::kUnitMatrix, isa::kUnitMatrix,
                                          isa::kUnitVector, isa::kUnitVector, isa::kUnitVector});
      if (const std::optional<Draft> draft = maker_.make(unit, false)) {
        fill_for(emit::footprint_of(config_, unit, draft->instruction, 0));
        put(*draft);
      }
    } else if (kind < 86) {
      scalar_.add();
    } else if (kind < 90) {
      if (const std::uint16_t mask = tokens_.scalar_wait()) code_.wait(mask);
    } else if (kind < 92) {
      fence();
    } else {
      loop();
    }
  }

  void fence() {
    code_.fence();
    tokens_.start_epoch();
  }

  // LOADs constants into whatever `footprint` reads and nobody has written.
  void fill_for(const emit::Footprint& footprint) {
    for (const auto& [memory, range] : scratch_.unwritten(footprint)) put(maker_.fill(memory, range));
  }

  void put(const Draft& draft) {
    emit::Footprint footprint = emit::footprint_of(config_, draft.unit, draft.instruction, 0);
    scratch_.mark_written(footprint);
    maker_.used(draft);
    const std::uint64_t pc = scalar_.append_patched(draft.instruction);
    tokens_.add(draft.unit, pc, std::move(footprint));
  }

  void loop() {
    LoopBody body = make_loop(config_, random_, maker_);
    if (body.instructions.empty()) return;
    for (const LoopInstruction& x : body.instructions) {
      for (const emit::Footprint& footprint : x.footprints) fill_for(footprint);
    }
    order_loop(config_, random_, body);
    if (!tokens_.epoch_is_empty()) fence();
    // A register for every step: fields that move alike share one.
    std::vector<std::int32_t> steps;
    for (LoopInstruction& x : body.instructions) {
      for (const MovingField& field : x.moving) {
        if (std::find(steps.begin(), steps.end(), field.step) == steps.end()) steps.push_back(field.step);
      }
    }
    if (steps.size() > 15) return;  // never: six instructions have at most two steps each
    const int first = static_cast<int>(1 + random_.below(16 - steps.size()));
    for (std::size_t i = 0; i < steps.size(); ++i)
      scalar_.set(first + static_cast<int>(i), static_cast<std::int64_t>(random_.bits() >> 20));
    const int counter = static_cast<int>(random_.between(16, 31));
    scalar_.set(counter, body.iterations);
    for (const auto& [semaphore, credits] : body.credits) {
      for (int i = 0; i < credits; ++i) code_.signal(static_cast<std::uint16_t>(1 << semaphore));
    }
    const std::uint64_t top = code_.pc();
    for (const LoopInstruction& x : body.instructions) append_moving(x, steps, first);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const int rd = first + static_cast<int>(i);
      code_.scalar_immediate(isa::kOpAdd, rd, rd, steps[i]);
      scalar_.assume(rd, scalar_.value(rd) + std::int64_t{steps[i]} * body.iterations);
    }
    if (body.fence) code_.fence();
    code_.loop(counter, top);
    scalar_.assume(counter, 0);
    for (const LoopInstruction& x : body.instructions) {
      for (const emit::Footprint& footprint : x.footprints) scratch_.mark_written(footprint);
      for (const isa::TileInstruction& instance : x.instances) maker_.used({x.draft.unit, instance});
    }
    fence();
    for (const auto& [semaphore, credits] : body.credits) {
      for (int i = 0; i < credits; ++i) code_.wait(static_cast<std::uint16_t>(1 << semaphore));
    }
    if (!body.credits.empty()) fence();  // the scalar unit was their waiter
  }

  // One instruction of a loop: its moving fields come from registers, as they are in the first iteration.
  void append_moving(const LoopInstruction& x, const std::vector<std::int32_t>& steps, int first) {
    isa::TileInstruction instruction = x.draft.instruction;
    std::uint32_t patches = 0;
    for (std::size_t slot = 0; slot < x.moving.size(); ++slot) {
      const MovingField& field = x.moving[slot];
      const int source =
          first + static_cast<int>(std::find(steps.begin(), steps.end(), field.step) - steps.begin());
      const std::uint32_t low = static_cast<std::uint32_t>(static_cast<std::uint64_t>(scalar_.value(source)));
      if (field.wide)
        isa::set32(instruction.half, field.half, isa::get32(instruction.half, field.half) - low);
      else
        instruction.half[field.half] = static_cast<std::uint16_t>(instruction.half[field.half] - low);
      patches |= Assembler::patch(static_cast<int>(slot), field.half, source, field.wide);
    }
    code_.tile(instruction, x.wait, x.signal, patches);
  }

  // Stores every on-chip byte that was written, so that a wrong one does not hide.
  void epilogue() {
    fence();
    std::uint64_t cursor = memory_map::kDump;
    for (const emit::Memory memory : {emit::Memory::kV, emit::Memory::kA, emit::Memory::kS}) {
      for (const emit::ByteRange& range : scratch_.written(memory)) {
        const std::uint64_t bus = config_.bus_bytes;
        const std::uint64_t address = (cursor + bus - 1) / bus * bus + range.begin % bus;
        if (address + (range.end - range.begin) > memory_map::kDumpEnd) break;
        put(maker_.dump(memory, range, address));
        cursor = address + (range.end - range.begin);
      }
    }
    code_.halt();
  }

  const isa::Config& config_;
  RandomSource random_;
  std::vector<std::uint8_t> memory_;
  isa::StartArguments arguments_;
  Scratch scratch_;
  InstructionMaker maker_;
  TokenOrder tokens_;
  Assembler code_;
  ScalarNoise scalar_;
};

}  // namespace

RandomProgram generate_program(const isa::Config& config, std::uint64_t seed, int items) {
  return Generator(config, seed).make(items);
}

}  // namespace heddle::tests
