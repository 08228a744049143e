#include "tests/rtl_control/unit_models.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "isa/status.hpp"
#include "tests/rtl_control/ports.hpp"

namespace heddle::tests {

void UnitModels::begin_run() {
  started.clear();
  load_bytes = store_bytes = mac_rows = 0;
  expected = memory_.memory;
}

void UnitModels::drive(Vbench& dut) {
  dut.done_i = 0;
  for (int u = 0; u < isa::kUnits; ++u) {
    const Unit none;
    const Unit& unit = u != isa::kUnitLoad ? units_[u] : loads_.empty() ? none : loads_.front();
    set_bits(dut.done_i, u, 1, unit.done);
    set_bits(dut.status_i, 32 * u, 32, unit.done ? unit.status : static_cast<std::uint32_t>(random_()));
  }
  dut.load_taken_i = load_taken_;
  dut.load_bytes_i = loads_.empty() ? 0 : loads_.front().bytes;
  dut.store_bytes_i = units_[isa::kUnitStore].bytes;
  dut.mac_row_i = mac_row_;
  dut.vector_step_i = vector_step_;
  const Unit load = loads_.empty() ? Unit{} : loads_.back();
  dut.load_req_valid_i = load.busy && load.requested < load.requests;
  dut.load_req_addr_i =
      load.address + static_cast<std::uint64_t>(load.requested) * load.beats * hls::kBusBytes;
  dut.load_req_beats_i = static_cast<std::uint16_t>(load.beats);
  const Unit& store = units_[isa::kUnitStore];
  dut.store_sending_i = store.sending;
  dut.store_req_valid_i = store.busy && !store.sending && store.requested < store.requests;
  dut.store_req_addr_i =
      store.address + static_cast<std::uint64_t>(store.requested) * store.beats * hls::kBusBytes;
  dut.store_req_beats_i = static_cast<std::uint16_t>(store.beats);
  dut.store_valid_i = store.sending;
  dut.store_last_i = store.beat + 1 == store.beats;
  if (store.sending && data_.empty()) {
    for (int i = 0; i < hls::kBusBytes; ++i) {
      data_.push_back(static_cast<std::uint8_t>(random_()));
      strobes_.push_back(random_() & 1);
    }
  }
  for (int i = 0; i < hls::kBusBytes && !data_.empty(); ++i) {
    bytes_of(dut.store_data_i)[i] = data_[i];
    set_bits(dut.store_strb_i, i, 1, strobes_[i]);
  }
}

UnitModels::Unit UnitModels::started_unit(Vbench& dut, int u, std::uint64_t cycle) {
  Started entry = {};
  entry.unit = u;
  entry.start_cycle = cycle;
  std::memcpy(&entry.instruction, bytes_of(dut.instr_o) + 64 * u, sizeof entry.instruction);
  if (u < 2) entry.base = get_bits(dut.base_o, 48 * u, 48);
  const std::uint16_t* half = entry.instruction.half;
  Unit unit;
  unit.busy = true;
  unit.index = started.size();
  unit.left = half[kModelDuration] != 0 ? half[kModelDuration] : 1 + static_cast<int>(random_() % longest);
  unit.status = half[kModelStatus];
  if (u < 2) {
    unit.beats = half[kModelBeats];
    unit.requests = unit.beats == 0 ? 0 : half[kModelRequests];
    unit.address = entry.base;
    unit.bytes = static_cast<std::uint32_t>(random_() >> (32 + random_() % 32));
  }
  started.push_back(entry);
  return unit;
}

void UnitModels::start(Vbench& dut, int u, std::uint64_t cycle) {
  if (u == isa::kUnitLoad) {
    EXPECT_TRUE(loads_.empty() || loads_.back().taken) << "LOAD was started before it had taken the last one";
    loads_.push_back(started_unit(dut, u, cycle));
    return;
  }
  EXPECT_FALSE(units_[u].busy) << "unit " << u << " was started while busy";
  units_[u] = started_unit(dut, u, cycle);
}

void UnitModels::sample_load(Vbench& dut) {
  if (dut.load_valid_o) {
    const auto owner = std::find_if(loads_.begin(), loads_.end(),
                                    [](const Unit& unit) { return unit.answered < unit.requested; });
    ASSERT_NE(owner, loads_.end()) << "a response that nobody asked for";
    Unit& unit = *owner;
    const std::uint64_t address = unit.address + unit.received * hls::kBusBytes;
    ++unit.received;
    if (dut.load_error_o) {
      unit.status = isa::kStatusBus;
    } else {
      ASSERT_EQ(std::memcmp(bytes_of(dut.load_data_o), memory_.memory.data() + address, hls::kBusBytes), 0)
          << "LOAD's data at " << address;
    }
    ++unit.beat;
    ASSERT_EQ(dut.load_last_o != 0, unit.beat == unit.beats) << "last beat";
    if (unit.beat == unit.beats) {
      unit.beat = 0;
      ++unit.answered;
    }
  }
  if (dut.load_req_valid_i && dut.load_req_ready_o) {
    ASSERT_FALSE(dut.store_sending_i) << "LOAD reads while STORE sends";
    ++loads_.back().requested;
  }
}

void UnitModels::sample_store(Vbench& dut) {
  Unit& unit = units_[isa::kUnitStore];
  if (dut.store_done_o) {
    ++unit.answered;
    ASSERT_LE(unit.answered, unit.requested) << "an answer that nobody asked for";
    if (dut.store_error_o) unit.status = isa::kStatusBus;
  }
  if (dut.store_valid_i && dut.store_ready_o) {
    const std::uint64_t address =
        unit.address +
        (static_cast<std::uint64_t>(unit.requested - 1) * unit.beats + unit.beat) * hls::kBusBytes;
    for (int i = 0; i < hls::kBusBytes; ++i) {
      if (strobes_[i] && address + i < expected.size()) expected[address + i] = data_[i];
    }
    data_.clear();
    strobes_.clear();
    if (++unit.beat == unit.beats) {
      unit.beat = 0;
      unit.sending = false;
    }
  } else if (dut.store_req_valid_i && dut.store_req_ready_o) {
    ++unit.requested;
    unit.sending = true;
  }
}

void UnitModels::advance(Unit& unit, bool moves, bool abort) {
  if (abort && moves) {
    // What was asked for is seen through, nothing more is asked for.
    unit.requests = unit.requested;
    unit.left = 1;
  }
  if (unit.left == kModelForever) return;
  if (unit.left > 1) --unit.left;
  const bool drained = unit.answered == unit.requests && !unit.sending;
  unit.done = unit.left == 1 && drained;
}

void UnitModels::expect_instruction(Vbench& dut, int u, const Unit& unit) {
  EXPECT_EQ(std::memcmp(bytes_of(dut.instr_o) + 64 * u, &started[unit.index].instruction, 64), 0)
      << "the instruction of unit " << u << " changed while it executes";
}

void UnitModels::sample_loads(Vbench& dut, std::uint64_t cycle) {
  const bool was_taken = load_taken_;
  if (!loads_.empty() && (!loads_.back().taken || was_taken)) {
    expect_instruction(dut, isa::kUnitLoad, loads_.back());
  }
  if (!loads_.empty() && loads_.front().done) {
    started[loads_.front().index].done_cycle = cycle;
    load_bytes += loads_.front().bytes;
    loads_.pop_front();
  }
  for (Unit& unit : loads_) advance(unit, true, dut.abort_o != 0);
  for (std::size_t i = 1; i < loads_.size(); ++i) loads_[i].done = false;  // in order
  load_taken_ = false;
  if (loads_.empty() || loads_.back().taken) return;
  const Unit& newest = loads_.back();
  const bool asked = newest.requested == newest.requests && newest.status == isa::kStatusOk &&
                     loads_.size() < hls::kQueueDepth && dut.abort_o == 0;
  if (newest.done || (asked && random_() % 4 == 0)) load_taken_ = loads_.back().taken = true;
}

void UnitModels::sample(Vbench& dut, std::uint64_t cycle) {
  sample_load(dut);
  sample_store(dut);
  if (mac_row_) ++mac_rows;
  sample_loads(dut, cycle);
  for (int u = 0; u < isa::kUnits; ++u) {
    Unit& unit = units_[u];
    if (unit.busy) expect_instruction(dut, u, unit);
    if (unit.done) {
      unit.done = unit.busy = false;
      started[unit.index].done_cycle = cycle;
      if (u == isa::kUnitStore) store_bytes += unit.bytes;
    } else if (unit.busy) {
      advance(unit, u == isa::kUnitStore, dut.abort_o != 0);
    }
    if (get_bits(dut.start_o, u, 1) != 0) start(dut, u, cycle);
    if (dut.clear_o) unit = {};
  }
  if (dut.clear_o) {
    loads_.clear();
    load_taken_ = false;
  }
  mac_row_ = units_[isa::kUnitMatrix].busy && (random_() & 1) != 0;
  vector_step_ = units_[isa::kUnitVector].busy && (random_() & 1) != 0;
}

}  // namespace heddle::tests
