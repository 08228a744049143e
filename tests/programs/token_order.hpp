// Tokens between the units of a random program: finds for each new instruction what it must come after, and
// sets the masks. One semaphore for each ordered pair of units, signals and waits always in pairs.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

#include "compiler/emit/race_footprint.hpp"
#include "tests/programs/random_source.hpp"

namespace heddle::tests {

constexpr int kScalarActor = isa::kUnits;
constexpr int kActors = isa::kUnits + 1;

class TokenOrder {
 public:
  struct Masks {
    std::uint64_t pc;
    std::uint16_t wait, signal;
  };
  TokenOrder(const isa::Config& config, RandomSource& random) : config_(config), random_(random) {
    start_epoch();
  }

  /// Adds an instruction at `pc`, ordered after every earlier one that it conflicts with.
  void add(int unit, std::uint64_t pc, emit::Footprint footprint);
  /// Orders the scalar unit after a recent instruction; the mask of a WAIT, or zero when there is none.
  std::uint16_t scalar_wait();
  /// Everything before is over: semaphores are dealt out anew.
  void start_epoch();
  bool epoch_is_empty() const { return nodes_in_epoch_ == 0; }
  const std::vector<Masks>& masks() const { return masks_; }

 private:
  using Clock = std::array<std::size_t, kActors>;
  struct Node {
    emit::Footprint footprint;
    Clock clock;
    std::size_t masks;
  };
  std::uint16_t bit(int from, int to) const {
    return static_cast<std::uint16_t>(
        1u << semaphore_[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)]);
  }
  /// `to` waits for the `count`-th instruction of `from`.
  void connect(int from, std::size_t count, int to, Clock& clock);

  const isa::Config& config_;
  RandomSource& random_;
  std::vector<Masks> masks_;
  std::array<std::vector<Node>, isa::kUnits> nodes_;
  std::array<Clock, kActors> clock_;
  std::array<std::array<std::size_t, kActors>, kActors> last_signal_;
  std::array<std::array<int, kActors>, kActors> semaphore_;
  std::size_t nodes_in_epoch_ = 0;
};

}  // namespace heddle::tests
