// Straight-line work on a device, written down in any convenient order: the list finds what must wait for
// what from the places that each instruction touches, orders the work over the units (unit_schedule.hpp) and
// gives the tokens.
//
// An instruction depends on an earlier one when both touch the same place and one of them writes, or when
// they use the same port of a bank from different units (isa/instruction.hpp lists the ports). So a list in
// which every instruction reads what earlier ones wrote is correct whatever places it takes; how the places
// are chosen decides only how much of it can run at once.
#pragma once
#include <cstdint>
#include <map>
#include <vector>

#include "compiler/tiles/builder.hpp"
#include "compiler/tiles/unit_schedule.hpp"

namespace heddle::tiles {

/// Rows and columns of a tensor in device memory, in whatever its users count. Tensors are written once.
struct Piece {
  int tensor = -1;
  std::int64_t row0 = 0, row1 = 0, column0 = 0, column1 = 0;
};

class StepList {
 public:
  StepList(const isa::Config& config, const std::string& program);

  /// For regions, and for scalar instructions before the first step.
  Builder& builder() { return builder_; }
  const Program& program() const { return builder_.program(); }
  /// The same place in bytes, for LOAD and STORE.
  Value bytes_of(Value units) const { return builder_.bytes_of(units.region, units.constant); }

  // Each appends an instruction to its unit's stream (numbered over all units, small). Work of one stream
  // stays in order, streams of a unit pass each other. Waits and signals are set here.
  void load(const Dma& op, int stream, const Piece& read = {});
  void store(const Dma& op, int stream, const Piece& written = {});
  void matrix(const MatrixOp& op, int stream);
  void vector(const VectorOp& op, int stream);

  std::size_t size() const { return work_.size(); }
  /// As of schedule_units. Before any of the following.
  void set_share_ahead(int share) { share_ahead_ = share; }
  /// Cycles that the units would take, by the model of unit_costs.hpp.
  std::int64_t predicted_cycles();
  /// The program in the order of the schedule, tokens set. Ends the list.
  Program take();

 private:
  struct Use {
    std::int64_t begin = 0, end = 0;  // units of address
    int step = 0;
    bool write = false;
  };
  struct Written {
    Piece piece;
    int step = 0;
  };

  void add(int stream, const Piece& read, const Piece& written);
  void touch(Memory memory, std::int64_t begin, std::int64_t end, bool write, UnitWork* work);
  void take_ports(Memory memory, std::int64_t begin, std::int64_t end, bool write, UnitWork* work);

  isa::Config config_;
  Builder builder_;
  std::size_t prologue_ = 0;  // operations before the first step
  std::vector<UnitWork> work_;
  std::vector<Use> uses_[kMemories];
  std::map<int, std::map<int, std::pair<int, int>>> ports_;  // port -> stream -> unit and last step
  std::map<int, std::vector<Written>> written_;              // of each tensor
  int share_ahead_ = 0;
  UnitSchedule schedule_;
};

}  // namespace heddle::tiles
