#include "compiler/tiles/extent.hpp"

#include <algorithm>

#include "compiler/tiles/arithmetic.hpp"

namespace heddle::tiles {
namespace {

class Finder {
 public:
  Finder(const isa::Config& config, const Program& program, const Operation& op)
      : config_(config), program_(program), op_(op) {}

  std::vector<Extent> find() {
    switch (op_.opcode) {
      case isa::kOpMatrix:
        matrix();
        break;
      case isa::kOpVector:
        vector();
        break;
      default:
        dma();
        break;
    }
    return std::move(extents_);
  }

 private:
  /// Largest value of a field; known_ is cleared when nothing is known.
  std::int64_t most(Field field) {
    const Value* value = op_.find(field);
    if (value == nullptr) return 0;
    std::int64_t number = value->constant;
    if (value->reg != 0) {
      const Register& reg = program_.registers[static_cast<std::size_t>(value->reg - 1)];
      if (reg.maximum == 0) known_ = false;
      number += reg.maximum;
    }
    return number;
  }

  struct Step {
    Field count, stride;
  };

  /// An operand at `address` of `length` units, repeated. Nothing when a count is zero.
  void add(Field address, std::int64_t length, std::initializer_list<Step> steps, std::int64_t unit = 1) {
    const Value* value = op_.find(address);
    if (value == nullptr || value->region < 0 || length == 0) return;
    std::int64_t last = most(address);
    for (const Step& step : steps) {
      const std::int64_t count = most(step.count);
      if (count == 0 && known_) return;
      last += (count - 1) * most(step.stride);
    }
    if (known_)
      extents_.push_back({address, value->region, value->constant / unit, ceil_div(last + length, unit)});
    known_ = true;
  }

  void matrix() {
    const bool transposed = most(Field::kTransposed) != 0;
    const std::int64_t k = most(Field::kKTiles), n = most(Field::kNTiles);
    const auto columns = static_cast<std::int64_t>(config_.columns),
               rows = static_cast<std::int64_t>(config_.rows);
    const bool known = known_;
    known_ = true;
    if (!known || k == 0) return;
    const std::int64_t blocks = ceil_div(k * rows, columns);
    add(Field::kMatrixAAddr, (blocks - 1) * most(Field::kMatrixABlock) + 1,
        {{Field::kMatrixRows, Field::kMatrixARow}, {Field::kMatrixOuter, Field::kMatrixAOuter}});
    const std::int64_t tile = transposed ? columns / config_.weight_rows : config_.w_tile_words();
    const std::int64_t k_steps = transposed ? blocks : k;
    add(Field::kWAddr, (k_steps - 1) * most(Field::kWK) + tile,
        {{Field::kNTiles, Field::kWN}, {Field::kMatrixOuter, Field::kWOuter}});
    if (most(Field::kLast) == 0 || n == 0) return;
    add(Field::kCAddr, n, {{Field::kMatrixOuter, Field::kCOuter}});
    add(Field::kMatrixSAddr, 1,
        {{Field::kMatrixRows, Field::kMatrixSRow}, {Field::kMatrixOuter, Field::kMatrixSOuter}});
    add(Field::kMatrixDAddr, n,
        {{Field::kMatrixRows, Field::kMatrixDRow}, {Field::kMatrixOuter, Field::kMatrixDOuter}});
  }

  void vector() {
    const std::int64_t blocks = ceil_div(most(Field::kColumns), static_cast<std::int64_t>(config_.columns));
    const bool known = known_;
    known_ = true;
    if (!known || blocks == 0) return;
    const auto space_of = [&](Field field) {
      const Value* value = op_.find(field);
      return value == nullptr || value->region < 0
                 ? Memory::kV
                 : program_.regions[static_cast<std::size_t>(value->region)].memory;
    };
    // Streams in S count blocks; regions of S count words.
    const auto stream = [&](Field address, std::int64_t length, std::initializer_list<Step> steps) {
      const std::size_t before = extents_.size();
      add(address, length, steps);
      if (extents_.size() == before || space_of(address) != Memory::kS) return;
      extents_.back().begin *= static_cast<std::int64_t>(config_.columns);
      extents_.back().end *= static_cast<std::int64_t>(config_.columns);
    };
    stream(Field::kAAddr, blocks,
           {{Field::kVectorRows, Field::kARow}, {Field::kVectorOuter, Field::kAOuter}});
    stream(Field::kUAddr, blocks,
           {{Field::kVectorRows, Field::kURow}, {Field::kVectorOuter, Field::kUOuter}});
    if (most(Field::kDestField) != isa::kDestNone) {
      stream(Field::kDAddr, (blocks - 1) * most(Field::kDBlock) + 1,
             {{Field::kVectorRows, Field::kDRow}, {Field::kVectorOuter, Field::kDOuter}});
    }
    for (const Field scalar : {Field::kS0Addr, Field::kS1Addr, Field::kRedAddr}) {
      add(scalar, 1, {{Field::kVectorRows, Field::kSRow}, {Field::kVectorOuter, Field::kSOuter}});
    }
  }

  void dma() {
    const Value* address = op_.find(Field::kLocalAddr);
    if (address == nullptr || address->region < 0) return;
    const Memory memory = program_.regions[static_cast<std::size_t>(address->region)].memory;
    const std::int64_t bytes = most(Field::kRowBytes);
    if (!known_) {
      known_ = true;
      return;
    }
    add(Field::kLocalAddr, bytes, {{Field::kDmaRows, Field::kLocalStride}}, unit_bytes(config_, memory));
  }

  const isa::Config& config_;
  const Program& program_;
  const Operation& op_;
  bool known_ = true;
  std::vector<Extent> extents_;
};

}  // namespace

std::int64_t resolve_constant(const isa::Config& config, const Program& program,
                              const FieldSetting& setting) {
  const Value& value = setting.value;
  if (value.region < 0) return value.constant;
  const Region& region = program.regions[static_cast<std::size_t>(value.region)];
  std::int64_t base = region.base;
  const FieldType type = field_info(setting.field).type;
  if (type == FieldType::kAddressBytes) {
    base *= unit_bytes(config, region.memory);
  } else if (type == FieldType::kAddressStream && region.memory == Memory::kS) {
    base /= config.columns;  // streams count blocks
  }
  return base + value.constant;
}

std::vector<Extent> extents_of(const isa::Config& config, const Program& program, const Operation& op) {
  return Finder(config, program, op).find();
}

}  // namespace heddle::tiles
