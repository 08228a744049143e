#include "compiler/tiles/flow.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bitset>
#include <map>
#include <optional>
#include <stdexcept>

#include "compiler/tiles/text.hpp"

namespace heddle::tiles {
namespace {

constexpr int kSemaphoreMost = 255;
// More than any program that the compiler writes; keeps edited text from running away.
constexpr std::size_t kMostStates = 256;

using Fact = std::array<int, 3>;  // branch, registers

/// The tokens of a tile instruction that stands in the queue of its unit.
struct Queued {
  std::uint16_t wait = 0, signal = 0;
  bool operator==(const Queued&) const = default;
};

/// What is known at one point of one path.
struct State {
  std::array<int, isa::kSemaphores> tokens{};
  std::array<std::vector<Queued>, isa::kUnits> queues;   // what waits for signals to come
  std::map<int, std::optional<std::int64_t>> registers;  // written ones; their value where it is a constant
  std::map<Fact, bool> facts;                            // branches taken, with registers not written since
  bool operator==(const State&) const = default;
};
using States = std::vector<State>;

class Flow {
 public:
  Flow(const Program& program, std::size_t queue_depth) : program_(program), queue_depth_(queue_depth) {}
  void run() {
    const States last = block(program_.body, {State{}});
    current_ = nullptr;
    for (const State& state : last) check_queues(state);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    const std::string text = current_ != nullptr ? print(program_, *current_) : "at its end";
    throw std::runtime_error(
        fmt::format("tile program {}: {}\n  {}", program_.name, what, text.substr(0, text.find('\n'))));
  }
  const std::string& name(int reg) const {
    return program_.registers[static_cast<std::size_t>(reg - 1)].name;
  }
  static std::string semaphore(int s) {
    const char* text = semaphore_name(s);
    return text != nullptr ? text : std::to_string(s);
  }

  States block(const std::vector<Operation>& operations, States states) {
    for (const Operation& op : operations) {
      current_ = &op;
      States next;
      for (State& state : states) {
        for (State& after : operation(op, std::move(state))) {
          if (std::find(next.begin(), next.end(), after) == next.end()) next.push_back(std::move(after));
        }
      }
      current_ = &op;
      if (next.size() > kMostStates) fail("too many branches that depend on each other");
      states = std::move(next);
    }
    return states;
  }

  States operation(const Operation& op, State state) {
    switch (op.kind) {
      case Kind::kTile:
        dispatch(op, state);
        for (const FieldSetting& setting : op.fields) read(setting.value.reg, state);
        return {std::move(state)};
      case Kind::kScalar:
        take(op, state);
        scalar(op, state);
        return {std::move(state)};
      case Kind::kIf:
        return branch(op, std::move(state));
      case Kind::kLoop:
        return counted(op, std::move(state));
      case Kind::kRepeat:
        return repeated(op, std::move(state));
    }
    return {};
  }

  /// The first semaphore of a mask that has no token; -1 when there is none.
  static int missing(std::uint16_t wait, const State& state) {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if ((wait >> s & 1) != 0 && state.tokens[s] == 0) return s;
    }
    return -1;
  }

  void exchange(const Queued& item, State& state) const {
    for (int s = 0; s < isa::kSemaphores; ++s) {
      if ((item.wait >> s & 1) != 0) --state.tokens[s];
      if ((item.signal >> s & 1) != 0 && ++state.tokens[s] > kSemaphoreMost)
        fail(fmt::format("semaphore {} may pass {}", semaphore(s), kSemaphoreMost));
    }
  }

  /// Lets units run as far as their tokens reach.
  void settle(State& state) const {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::vector<Queued>& queue : state.queues) {
        while (!queue.empty() && missing(queue.front().wait, state) < 0) {
          exchange(queue.front(), state);
          queue.erase(queue.begin());
          moved = true;
        }
      }
    }
  }

  void dispatch(const Operation& op, State& state) const {
    const int unit = isa::unit_of(op.opcode);
    std::vector<Queued>& queue = state.queues[static_cast<std::size_t>(unit)];
    if (queue.size() >= queue_depth_) {
      fail(fmt::format("the wait for semaphore {} fills the queue of its unit before its signal",
                       semaphore(missing(queue.front().wait, state))));
    }
    queue.push_back({op.wait, op.signal});
    settle(state);
  }

  void take(const Operation& op, State& state) const {
    if (const int s = missing(op.wait, state); s >= 0)
      fail(fmt::format("the wait for semaphore {} stands before its signal", semaphore(s)));
    exchange({op.wait, op.signal}, state);
    settle(state);
  }

  void check_queues(const State& state) const {
    for (const std::vector<Queued>& queue : state.queues) {
      if (queue.empty()) continue;
      fail(fmt::format("the wait for semaphore {} finds no signal",
                       semaphore(missing(queue.front().wait, state))));
    }
  }

  void read(int reg, const State& state) const {
    if (reg == 0) return;
    if (reg < 0 || reg > static_cast<int>(program_.registers.size())) fail("a register is not declared");
    if (state.registers.count(reg) == 0)
      fail(fmt::format("register {} is read before it is written", name(reg)));
  }

  void write(int reg, State& state, std::optional<std::int64_t> value) const {
    if (reg == 0) return;
    if (reg < 0 || reg > static_cast<int>(program_.registers.size())) fail("a register is not declared");
    // Registers that share its place lose their values.
    const int index = program_.registers[static_cast<std::size_t>(reg - 1)].index;
    const auto shares = [&](int other) {
      return other != 0 && program_.registers[static_cast<std::size_t>(other - 1)].index == index;
    };
    std::erase_if(state.registers, [&](const auto& entry) { return shares(entry.first); });
    std::erase_if(state.facts,
                  [&](const auto& entry) { return shares(entry.first[1]) || shares(entry.first[2]); });
    state.registers[reg] = value;
  }

  void scalar(const Operation& op, State& state) const {
    read(op.ra, state);
    read(op.rb, state);
    std::optional<std::int64_t> value;
    if (op.opcode == isa::kOpAdd && op.ra == 0 && op.has_immediate && op.segment < 0) value = op.immediate;
    write(op.rd, state, value);
  }

  std::optional<bool> known(int opcode, int ra, int rb, const State& state) const {
    for (const bool flipped : {false, true}) {
      const auto found = state.facts.find({flipped ? opposite(opcode) : opcode, ra, rb});
      if (found != state.facts.end()) return found->second != flipped;
    }
    return std::nullopt;
  }

  States branch(const Operation& op, State state) {
    read(op.ra, state);
    read(op.rb, state);
    const std::optional<bool> holds = known(op.opcode, op.ra, op.rb, state);
    States out;
    for (const bool side : {true, false}) {
      if (holds.has_value() && *holds != side) continue;
      State taken = state;
      taken.facts[{op.opcode, op.ra, op.rb}] = side;
      for (State& after : block(side ? op.body : op.otherwise, {std::move(taken)}))
        out.push_back(std::move(after));
    }
    return out;
  }

  /// One pass of a loop's body leaves the tokens as they were.
  void check_pass(const Operation& op, const State& before, const States& after) {
    current_ = &op;
    for (const State& state : after) {
      if (state.queues != before.queues) check_queues(state);
      for (int s = 0; s < isa::kSemaphores; ++s) {
        if (state.tokens[s] == before.tokens[s]) continue;
        fail(fmt::format("a pass of a loop takes semaphore {} from {} to {} tokens", semaphore(s),
                         before.tokens[s], state.tokens[s]));
      }
    }
  }

  /// What holds at the start of every pass: nothing about registers that the body writes.
  void forget(const std::vector<Operation>& body, State& state) const {
    for (const Operation& op : body) {
      if (op.kind == Kind::kScalar || op.kind == Kind::kLoop) {
        const bool known_before = state.registers.count(op.rd) != 0;
        write(op.rd, state, std::nullopt);
        if (!known_before) state.registers.erase(op.rd);
      }
      forget(op.body, state);
      forget(op.otherwise, state);
    }
  }

  States counted(const Operation& op, State state) {
    read(op.rd, state);
    forget(op.body, state);
    write(op.rd, state, std::nullopt);
    const auto pass = [&](bool last) {
      State start = state;
      for (const auto& [reg, value] : state.registers) {
        if (value == 1) start.facts[{isa::kOpBranchNe, op.rd, reg}] = !last;
      }
      return block(op.body, {std::move(start)});
    };
    check_pass(op, state, pass(false));
    States out = pass(true);
    current_ = &op;
    for (State& after : out) {
      read(op.rd, after);
      write(op.rd, after, 0);
    }
    return out;
  }

  States repeated(const Operation& op, State state) {
    forget(op.body, state);
    States out = block(op.body, {state});
    check_pass(op, state, out);
    for (const State& after : out) {
      read(op.ra, after);
      read(op.rb, after);
    }
    return out;
  }

  const Program& program_;
  const std::size_t queue_depth_;
  const Operation* current_ = nullptr;
};

}  // namespace

int opposite(int branch) {
  switch (branch) {
    case isa::kOpBranchEq:
      return isa::kOpBranchNe;
    case isa::kOpBranchNe:
      return isa::kOpBranchEq;
    case isa::kOpBranchLt:
      return isa::kOpBranchGe;
    default:
      return isa::kOpBranchLt;
  }
}

void check_flow(const Program& program, std::size_t queue_depth) { Flow(program, queue_depth).run(); }

}  // namespace heddle::tiles
