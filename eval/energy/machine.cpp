#include "eval/energy/machine.hpp"

#include <algorithm>
#include <stdexcept>

#include "eval/chips/heddle_chip.hpp"
#include "eval/energy/uncertainty.hpp"

namespace heddle::eval {
namespace {

/// `scripts/synthesize.sh` on tiny (4 x 4, 4 lanes: 350,287 gates and 42,339 flip-flops, of them 13,512 and
/// 384 in cells of the array) and edge (16 x 16, 16 lanes: 1,067,285 gates when tiny had 355,211; 87,430
/// flip-flops, 8,192 of them in cells, when tiny had 43,361: earlier counts): a product of the array costs
/// the same in both, what is left is a straight line of the lanes.
struct Synthesis {
  double per_mac, per_lane, fixed;
};
constexpr double kProductGates = 13512.0 / 16;
constexpr double kTinyRest = 355211 - 13512, kEdgeRest = 1067285 - 256 * kProductGates;  // of one RTL
constexpr double kLaneGates = (kEdgeRest - kTinyRest) / 12, kLaneFlipFlops = (79238.0 - 42977.0) / 12;
constexpr Synthesis kGates = {kProductGates, kLaneGates, 350287 - 13512 - 4 * kLaneGates};
constexpr Synthesis kFlipFlops = {32, kLaneFlipFlops, 42339 - 384 - 4 * kLaneFlipFlops};

constexpr double kShadowFlipFlops = 8;  // of a product: the weight that waits, where there are two buffers

double count(const Synthesis& s, double macs, double lanes) {
  return s.per_mac * macs + s.per_lane * lanes + s.fixed;
}

Range dynamic(const Range& joules, const ArrayMachine& machine) {
  return joules * Range(machine.voltage * machine.voltage);
}

constexpr double kInstructionBytes = 64;

/// Bytes of one bank of each memory.
struct Banks {
  explicit Banks(const isa::Config& config)
      : a(static_cast<double>(config.a_bytes) / isa::kActivationBanks),
        w(config.w_bytes),
        c(config.c_bytes),
        v(static_cast<double>(config.v_bytes) / isa::kVectorBanks),
        s(static_cast<double>(config.s_bytes) / isa::kScalarBanks),
        acc(config.acc_bytes),
        icache(config.icache_bytes) {}
  double a, w, c, v, s, acc, icache;
};

double instructions_of(CounterValues counters) {
  double sum = 0;
  for (const isa::Counter counter :
       {isa::kCounter_scalar_instructions, isa::kCounter_load_instructions, isa::kCounter_store_instructions,
        isa::kCounter_matrix_instructions, isa::kCounter_vector_instructions})
    sum += static_cast<double>(counters[counter]);
  return sum;
}

double seconds_of(CounterValues counters, const isa::Config& config) {
  if (counters[isa::kCounter_cycles] == 0)
    throw std::runtime_error("energy: this target counts no cycles, and without time there is no idle power");
  return static_cast<double>(counters[isa::kCounter_cycles]) / (config.clock_mhz * 1e6);
}

/// Products and sums of FP32 with what is around them. Ranges of one technology go the same way.
Range fp32_joules(const Activity& activity, const Technology& node) {
  const Range& overhead = common_technology().arithmetic_overhead;
  return independent_product({activity.multiplications, node.fp32_mul, overhead}) +
         independent_product({activity.additions, node.fp32_add, overhead});
}

Range sram_joules(const ArrayMachine& machine, const Technology& node, const std::vector<Access>& accesses) {
  Range sum = 0.0;
  for (const Access& access : accesses)
    sum += independent_product({access.bytes, node.sram_byte(access.bank_bytes)});
  return dynamic(independent_product({sum, common_technology().sram_wide_row}), machine);
}

}  // namespace

ArrayMachine machine_of(const isa::Config& config, const std::string& name, double node, double copies) {
  technology(node);  // refuses an unknown one
  ArrayMachine out;
  out.name = name;
  out.node = node;
  out.clock = config.clock_mhz * 1e6;
  const double macs = static_cast<double>(config.rows) * config.columns;
  out.macs_per_cycle = copies * macs;
  out.lanes = copies * config.lanes;
  out.sram_bytes = copies * config.on_chip_bytes();
  out.logic_gates = copies * count(kGates, macs, config.lanes);
  out.flip_flops = copies * count(kFlipFlops, macs, config.lanes);
  if (config.weight_buffers == 1) out.flip_flops -= copies * macs * kShadowFlipFlops;
  out.memory = config.memory;
  // Activations enter by rows, sums are read and written once a row of the array, weights at least as the bus
  // brings them and at most as the port takes them, vectors as two streams in and one out.
  const Banks banks(config);
  const double columns = config.columns * double{isa::kBytesPerWord}, bus_bytes = config.bus_bytes;
  out.ports = {{Range(copies * config.rows), banks.a},
               {Range(copies * 2 * columns), banks.acc},
               {copies * Range(bus_bytes, bus_bytes, config.w_word_bytes()), banks.w},
               {copies * Range(bus_bytes), banks.w},
               {copies * Range(2, 1, 3) * Range(config.lanes * isa::kBytesPerWord), banks.v}};
  const double bus = config.bus_bytes * out.clock;
  out.memory_bandwidth = copies * std::min(bus, memory_bandwidth(config.memory).value_or(bus));
  return out;
}

void add_units(ArrayMachine* machine, double lanes) {
  machine->logic_gates += count(kGates, 0, lanes);
  machine->flip_flops += count(kFlipFlops, 0, lanes);
}

Activity activity_of(CounterValues counters, const isa::Config& config) {
  const auto of = [&](isa::Counter counter) { return static_cast<double>(counters[counter]); };
  Activity out;
  out.seconds = seconds_of(counters, config);
  out.macs = of(isa::kCounter_macs);
  // A lane has three multipliers and three adders; a chain uses from one to all of them.
  out.multiplications = out.additions = Range(2, 1, 3) * Range(of(isa::kCounter_vector_busy) * config.lanes);
  const Banks banks(config);
  const double array_rows = out.macs.value / (static_cast<double>(config.rows) * config.columns);
  const double loaded = of(isa::kCounter_load_bytes), stored = of(isa::kCounter_store_bytes);
  // A loaded weight is read into the array once, or, where a tile serves many chunks, as often as the port
  // allows.
  const double port = std::max(loaded, of(isa::kCounter_matrix_busy) * config.w_word_bytes());
  const Range vectors =
      Range(2, 1, 3) * Range(of(isa::kCounter_vector_busy) * config.lanes * isa::kBytesPerWord);
  const double instructions = instructions_of(counters);
  out.sram = {{Range(array_rows * config.rows), banks.a},
              {Range(array_rows * 2 * config.columns * isa::kBytesPerWord), banks.acc},
              {Range(loaded, loaded, port), banks.w},
              {Range(loaded), banks.w},
              {Range(stored), banks.v},
              {vectors, banks.v},
              {Range(instructions * kInstructionBytes), banks.icache}};
  out.instructions = instructions;
  const double beats = of(isa::kCounter_read_beats) + of(isa::kCounter_write_beats);
  out.dram_bytes = beats > 0 ? beats * config.bus_bytes : loaded + stored;
  return out;
}

Activity activity_of(const CountedWork& work, CounterValues counters, const isa::Config& config) {
  Activity out;
  out.seconds = seconds_of(counters, config);
  out.macs = work[WorkKind::kProducts];
  out.multiplications = work[WorkKind::kMultiplications] + work[WorkKind::kEdgeMultiplications] +
                        2 * work[WorkKind::kFunctions];
  out.additions =
      work[WorkKind::kAdditions] + work[WorkKind::kEdgeConversions] + 2 * work[WorkKind::kFunctions];
  const Banks banks(config);
  const auto traffic = [&](WorkKind read, WorkKind written, double bank) {
    out.sram.push_back({Range(work[read] + work[written]), bank});
  };
  traffic(WorkKind::kReadA, WorkKind::kWriteA, banks.a);
  traffic(WorkKind::kReadW, WorkKind::kWriteW, banks.w);
  traffic(WorkKind::kReadC, WorkKind::kWriteC, banks.c);
  traffic(WorkKind::kReadV, WorkKind::kWriteV, banks.v);
  traffic(WorkKind::kReadS, WorkKind::kWriteS, banks.s);
  traffic(WorkKind::kReadAccumulators, WorkKind::kWriteAccumulators, banks.acc);
  traffic(WorkKind::kReadInstructions, WorkKind::kWriteInstructions, banks.icache);
  out.instructions = instructions_of(counters);
  out.dram_bytes = work[WorkKind::kBusReads] + work[WorkKind::kBusWrites];
  return out;
}

Activity full_load(const ArrayMachine& machine) {
  Activity out;
  out.seconds = 1.0;
  out.macs = machine.macs_per_cycle * machine.clock;
  out.multiplications = out.additions = Range(2, 1, 3) * Range(machine.lanes * machine.clock);
  for (const Port& port : machine.ports)
    out.sram.push_back({port.bytes_per_cycle * Range(machine.clock), port.bank_bytes});
  out.dram_bytes = machine.memory_bandwidth;
  return out;
}

Range MachineEnergy::board() const {
  if (!dram)
    throw std::runtime_error(
        "energy: the memory has no figure in joules a bit, so that only the core has one");
  return core() + *dram + links + regulators;
}

MachineEnergy energy(const ArrayMachine& machine, const Activity& activity) {
  const Technology node = technology(machine.node);
  const CommonTechnology& common = common_technology();
  MachineEnergy out;
  out.array =
      dynamic(independent_product({activity.macs, node.int8_mac, common.arithmetic_overhead}), machine);
  out.vector = dynamic(fp32_joules(activity, node), machine);
  out.sram = sram_joules(machine, node, activity.sram);
  out.control = dynamic(independent_product({activity.instructions, node.instruction}), machine);

  // Static power is a share of the power at full load: s of the whole, s / (1 - s) of the dynamic part.
  const Activity full = full_load(machine);
  const Range full_dynamic =
      dynamic(independent_product({full.macs, node.int8_mac, common.arithmetic_overhead}) +
                  fp32_joules(full, node),
              machine) +
      sram_joules(machine, node, full.sram);
  const Range share = monotone(common.static_share_at_full_load, [](double s) { return s / (1 - s); });
  out.idle = independent_product({full_dynamic, share, activity.seconds});

  const std::optional<Range> bit = dram_joules_per_bit(machine.memory);
  if (bit) out.dram = independent_product({activity.dram_bytes, *bit}) * Range(8);
  out.links = activity.link_bytes.value > 0
                  ? independent_product({activity.link_bytes, common.link_joules_per_bit}) * Range(8)
                  : Range(0.0);
  const Range lost = monotone(common.regulator_efficiency, [](double e) { return 1 / e - 1; });
  out.regulators = (out.core() + out.dram.value_or(Range(0.0)) + out.links) * lost;
  return out;
}

MachineArea area(const ArrayMachine& machine) {
  if (machine.logic_gates <= 0)
    throw std::runtime_error("area of " + machine.name + ": the number of its gates is not known");
  const Technology node = technology(machine.node);
  const CommonTechnology& common = common_technology();
  MachineArea out;
  const Range equivalents = Range(machine.logic_gates) * common.gate_equivalents +
                            Range(machine.flip_flops) * common.flip_flop_equivalents + machine.other_logic;
  out.logic = independent_product(
      {equivalents, node.gate, machine.placed ? reciprocal(common.placement) : Range(1.0)});
  out.sram = independent_product(
      {Range(machine.sram_bytes * 8), node.bitcell, reciprocal(common.sram_array_efficiency)});
  out.phy = phy_area(machine.memory, machine.memory_bandwidth).value_or(Range(0.0));
  return out;
}

}  // namespace heddle::eval
