// Random VECTOR instructions: legal ones, whose streams, destinations and scalars keep the overlap rules of
// isa/instruction.hpp, and now and then one that is illegal in a single respect.
#pragma once
#include <random>
#include <string>

#include "tests/rtl_vector/vector_model.hpp"

namespace heddle::rtl_vector {

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed) {}

  /// True with probability 1 / n.
  bool one_in(int n) { return random_() % static_cast<std::uint64_t>(n) == 0; }
  int between(int low, int high) {
    return low + static_cast<int>(random_() % static_cast<std::uint64_t>(high - low + 1));
  }

  /// FP32 bits: mostly moderate values, so that sums stay finite; in wild mode every class of number.
  std::uint32_t value(bool wild) {
    const auto word = static_cast<std::uint32_t>(random_());
    if (!wild) return (word & 0x807FFFFFu) | (static_cast<std::uint32_t>(between(120, 131)) << 23);
    switch (between(0, 7)) {
      case 0:
        return word;
      case 1:
        return word & 0x80000000u;
      case 2:
        return word & 0x807FFFFFu;  // subnormal
      case 3:
        return (word & 0x80000000u) | 0x7F800000u;  // infinity
      case 4:
        return one_in(8) ? 0x7F800000u | word : word & 0x80FFFFFFu;
      default:
        return (word & 0x807FFFFFu) | (static_cast<std::uint32_t>(between(100, 150)) << 23);
    }
  }

  void fill(Memories& m) {
    const int wild = one_in(3) ? 5 : 1 << 30;
    for (auto& x : m.v) x = value(one_in(wild));
    for (auto& x : m.s) x = value(one_in(wild));
    for (auto& x : m.a) x = static_cast<std::uint8_t>(random_());
  }

  /// Renews some words, so that results of earlier instructions do not take over.
  void stir(Memories& m) {
    const bool wild = one_in(4);
    for (int k = 0; k < 2000; ++k) {
      m.v[random_() % m.v.size()] = value(wild && one_in(4));
      m.s[random_() % m.s.size()] = value(wild && one_in(4));
      m.a[random_() % m.a.size()] = static_cast<std::uint8_t>(random_());
    }
  }

  Fields next() {
    for (;;) {
      Fields i;
      operations(i);
      if (!shape(i) || !addresses(i)) continue;
      if (one_in(12)) spoil(i);
      return i;
    }
  }

 private:
  void operations(Fields& i) {
    int selects[4];
    for (int& select : selects) select = one_in(2) ? isa::kSelNone : between(0, isa::kSelImm1);
    int flags = 0, a_space = between(0, 3), u_space = between(0, 1);
    if (one_in(3)) a_space = isa::kSpaceV;
    if (one_in(6)) {
      for (int& select : selects) select = isa::kSelNone;
      flags |= 1;
    } else {
      if (one_in(3)) flags |= 2;
      if (one_in(2)) flags |= between(0, 3) << 10;
    }
    flags |= between(0, 3) << 2 | between(0, 3) << 4 | between(0, 1) << 6 | between(0, 1) << 13;
    int destination = between(0, 3);
    if (one_in(2)) {
      flags |= between(1, 3) << 7;
      if (destination == isa::kDestS) destination = isa::kDestNone;
    }
    bool uses_u = (flags & 1) != 0;
    for (int select : selects) uses_u = uses_u || select == isa::kSelU;
    if (uses_u && a_space == isa::kSpaceS) u_space = isa::kSpaceV;
    i.half[isa::kHalfOpcode] = isa::kOpVector;
    i.half[isa::kHalfFlags] = static_cast<std::uint16_t>(flags);
    i.half[isa::kVectorSelects] = static_cast<std::uint16_t>(selects[0] | selects[1] << 3 | selects[2] << 6 |
                                                             selects[3] << 9 | a_space << 12 | u_space << 14);
    i.half[isa::kVectorDest] = static_cast<std::uint16_t>(destination);
    isa::set32(i.half, isa::kVectorImm0, value(one_in(4)));
    isa::set32(i.half, isa::kVectorImm1, value(one_in(4)));
  }

  bool shape(Fields& i) {
    static const int kWidths[] = {1, 2, 3, 255, 256, 257, 511, 512, 513, 514, 640, 769, 1025};
    int columns;
    switch (between(0, 4)) {
      case 0:
        columns = between(1, 2 * kColumns + 1);
        break;
      case 1:
        columns = std::max(1, between(1, 4) * kColumns + between(-1, 1));
        break;
      case 2:
        columns = kWidths[between(0, sizeof kWidths / sizeof kWidths[0] - 1)];
        break;
      case 3:
        columns = between(1, 700);
        break;
      default:
        columns = between(1, 64);
    }
    const int rows = one_in(4) ? between(1, 40) : between(1, 6), outer = one_in(3) ? between(1, 4) : 1;
    i.half[isa::kVectorColumns] = static_cast<std::uint16_t>(columns);
    i.half[isa::kVectorRows] = static_cast<std::uint16_t>(rows);
    i.half[isa::kVectorOuter] = static_cast<std::uint16_t>(outer);
    if (one_in(60)) i.half[between(isa::kVectorColumns, isa::kVectorOuter)] = 0;
    i.half[isa::kVectorMaskLimit] = static_cast<std::uint16_t>(between(-20, columns + 10));
    return i.blocks() * rows * outer <= 1200;
  }

  /// Strides and a base that keep base + o*outer + r*row + b*block within [low, high). When `apart`, no
  /// address comes twice. False when the shape does not fit.
  bool place(Fields& i, int base, int row_field, int outer_field, int block_stride, bool apart, int blocks,
             std::int64_t low, std::int64_t high) {
    const int span = 1 + (blocks - 1) * std::abs(block_stride);
    const int down = block_stride < 0 ? span - 1 : 0;
    for (int attempt = 0; attempt < 8; ++attempt) {
      int row = apart ? span + (one_in(2) ? 0 : between(0, 3)) : between(0, span + 2);
      if (one_in(4)) row = -row;
      int outer = apart ? std::abs(row) * i.rows() + (one_in(2) ? 0 : between(0, 5)) : between(0, 2 * span);
      if (one_in(4)) outer = -outer;
      if (place_with(i, base, row_field, outer_field, row, outer, span, down, low, high)) return true;
    }
    return !apart && place_with(i, base, row_field, outer_field, 0, 0, span, down, low, high);
  }

  bool place_with(Fields& i, int base, int row_field, int outer_field, int row, int outer, int span, int down,
                  std::int64_t low, std::int64_t high) {
    const std::int64_t rows = (std::max(i.rows(), 1) - 1) * std::int64_t{row};
    const std::int64_t outers = (std::max(i.outer(), 1) - 1) * std::int64_t{outer};
    const std::int64_t least = std::min<std::int64_t>(rows, 0) + std::min<std::int64_t>(outers, 0) - down;
    const std::int64_t most =
        std::max<std::int64_t>(rows, 0) + std::max<std::int64_t>(outers, 0) + span - 1 - down;
    if (most - least >= high - low) return false;
    const std::int64_t room = high - low - (most - least) - 1;
    i.half[base] =
        static_cast<std::uint16_t>(low - least + static_cast<std::int64_t>(random_() % (room + 1)));
    i.half[row_field] = static_cast<std::uint16_t>(row);
    i.half[outer_field] = static_cast<std::uint16_t>(outer);
    return true;
  }

  /// Streams get a bank of V each, quarters of S and halves of A, in random order.
  bool addresses(Fields& i) {
    int banks[4] = {0, 1, 2, 3}, quarters[4] = {0, 1, 2, 3};
    std::shuffle(banks, banks + 4, random_);
    std::shuffle(quarters, quarters + 4, random_);
    const int half_of_a = between(0, 1);
    const auto region = [&](int space, int which, std::int64_t* low, std::int64_t* high) {
      const std::int64_t size = space == isa::kSpaceV   ? kVBankBlocks
                                : space == isa::kSpaceS ? kSBlocks / 4
                                                        : kABlocks / 2;
      const int at = space == isa::kSpaceV   ? banks[which]
                     : space == isa::kSpaceS ? quarters[which]
                     : which == 0            ? half_of_a
                                             : 1 - half_of_a;
      *low = at * size;
      *high = *low + size;
    };
    const int blocks = std::max(i.blocks(), 1);
    const int destination_space[] = {isa::kSpaceV, isa::kSpaceV, isa::kSpaceA, isa::kSpaceS};
    const int d_space = destination_space[i.destination()];
    const bool in_place = i.destination() != isa::kDestNone && d_space == i.a_space() && one_in(2);
    std::int64_t low, high;
    region(i.a_space(), 0, &low, &high);
    if (i.a_space() != isa::kSpaceConst && !place(i, isa::kVectorAAddr, isa::kVectorARowStride,
                                                  isa::kVectorAOuterStride, 1, in_place, blocks, low, high)) {
      return false;
    }
    region(i.u_space(), 1, &low, &high);
    if (!place(i, isa::kVectorUAddr, isa::kVectorURowStride, isa::kVectorUOuterStride, 1, false, blocks, low,
               high)) {
      return false;
    }
    if (in_place) {
      i.half[isa::kVectorDAddr] = i.half[isa::kVectorAAddr];
      i.half[isa::kVectorDRowStride] = i.half[isa::kVectorARowStride];
      i.half[isa::kVectorDOuterStride] = i.half[isa::kVectorAOuterStride];
      i.half[isa::kVectorDBlockStride] = 1;
    } else if (i.destination() != isa::kDestNone) {
      // S: the quarter of stream A when A is elsewhere and U is not there.
      const int which = d_space == isa::kSpaceA ? 1 : 2;
      region(d_space, which, &low, &high);
      const int stride = one_in(3) ? between(-3, 3) : 1;
      i.half[isa::kVectorDBlockStride] = static_cast<std::uint16_t>(stride);
      if (!place(i, isa::kVectorDAddr, isa::kVectorDRowStride, isa::kVectorDOuterStride, stride, false,
                 blocks, low, high)) {
        return false;
      }
    }
    // Row scalars share their strides; a result's word must not be a scalar of a later row. With destination
    // S they are read only, from a quarter that the destination leaves alone.
    const std::int64_t quarter = kSWords / 4;
    const std::int64_t start = quarters[3] * quarter, third = quarter / 3;
    if (!place(i, isa::kVectorS0Addr, isa::kVectorSRowStride, isa::kVectorSOuterStride, 1, false, 1, 0,
               third))
      return false;
    int parts[3] = {0, 1, 2};
    std::shuffle(parts, parts + 3, random_);
    const std::uint16_t offset = i.half[isa::kVectorS0Addr];
    const int fields[3] = {isa::kVectorS0Addr, isa::kVectorS1Addr, isa::kVectorRedAddr};
    for (int k = 0; k < 3; ++k)
      i.half[fields[k]] = static_cast<std::uint16_t>(start + parts[k] * third + offset);
    return true;
  }

  /// Makes one thing wrong, or at least different; the model decides whether it is legal still.
  void spoil(Fields& i) {
    const auto set_select = [&](int value) {
      const int place = between(0, 3);
      i.half[isa::kVectorSelects] &= static_cast<std::uint16_t>(~(7 << (3 * place)));
      i.half[isa::kVectorSelects] |= static_cast<std::uint16_t>(value << (3 * place));
    };
    switch (between(0, 11)) {
      case 0:
        i.half[isa::kHalfFlags] |= static_cast<std::uint16_t>(1 << between(14, 15));
        break;
      case 1:
        i.half[isa::kHalfFlags] |= static_cast<std::uint16_t>(1 << 9);
        break;  // reductions 4-7
      case 2:
        i.half[isa::kHalfFlags] |= static_cast<std::uint16_t>(1 << 12);
        break;  // functions 4-7
      case 3:
        set_select(between(6, 7));
        break;
      case 4:
        i.half[isa::kVectorSelects] |= 0x8000;
        break;  // U in A or CONST
      case 5:
        i.half[isa::kVectorDest] |= static_cast<std::uint16_t>(1 << between(2, 15));
        break;
      case 6:  // ROPE with company
        i.half[isa::kHalfFlags] |= 1;
        if (one_in(2)) i.half[isa::kHalfFlags] |= 2;
        break;
      case 7:
        i.half[isa::kVectorAAddr] = edge(i.a_space());
        break;
      case 8:
        i.half[isa::kVectorUAddr] = edge(i.u_space());
        break;
      case 9:
        if (i.destination() != isa::kDestS)
          i.half[isa::kVectorDAddr] = edge(i.destination() == isa::kDestA ? isa::kSpaceA : isa::kSpaceV);
        break;
      case 10:
        i.half[one_in(2) ? isa::kVectorS0Addr : isa::kVectorRedAddr] =
            static_cast<std::uint16_t>(kSWords - static_cast<std::uint32_t>(between(-2, 6)));
        break;
      default:  // both streams in one bank
        i.half[isa::kVectorUAddr] = i.half[isa::kVectorAAddr];
    }
    hazard_free(i);
  }

  std::uint16_t edge(int space) {
    const std::uint32_t size = space == isa::kSpaceV ? kVBlocks : space == isa::kSpaceS ? kSBlocks : kABlocks;
    return static_cast<std::uint16_t>(size - static_cast<std::uint32_t>(between(-2, 12)));
  }

  // A moved address may bring streams together, whose outcome isa/ leaves open: then nothing is written to
  // where streams and scalars are read, unless the instruction fails before.
  void hazard_free(Fields& i) {
    Memories scratch;
    if (Model::run(i, scratch) != isa::kStatusOk) return;
    i.half[isa::kVectorDest] = isa::kDestNone;
    i.half[isa::kHalfFlags] &= static_cast<std::uint16_t>(~(7 << 7));
  }

  std::mt19937_64 random_;
};

inline std::string describe(const Fields& i) {
  std::string text = "columns " + std::to_string(i.columns()) + " rows " + std::to_string(i.rows()) +
                     " outer " + std::to_string(i.outer()) + " flags " +
                     std::to_string(i.half[isa::kHalfFlags]) + "\n  halves";
  char word[16];
  for (std::uint16_t half : i.half) {
    std::snprintf(word, sizeof word, " %04X", half);
    text += word;
  }
  return text;
}

}  // namespace heddle::rtl_vector
