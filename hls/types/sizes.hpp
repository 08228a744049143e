// Sizes of this device, derived from the generated constants of its configuration.
#pragma once
#include <cstdint>

#include "heddle_config.hpp"
#include "isa/config.hpp"
#include "isa/instruction.hpp"
#include "isa/numerics/reduction.hpp"

namespace heddle {
namespace hls {

constexpr std::uint32_t kBlockBytes = kColumns * isa::kBytesPerWord;  // one block of V, C, S, accumulators
constexpr std::uint32_t kABlocks = kABytes / kColumns;
constexpr std::uint32_t kWWordBytes = kWeightRows * kColumns;
constexpr std::uint32_t kWWords = kWBytes / kWWordBytes;
constexpr std::uint32_t kTileWords = kRows / kWeightRows;           // a plain tile
constexpr std::uint32_t kTransposedWords = kColumns / kWeightRows;  // a tile of `columns` keys
constexpr std::uint32_t kCBlocks = kCBytes / kBlockBytes;
constexpr std::uint32_t kVBlocks = kVBytes / kBlockBytes;
constexpr std::uint32_t kVBankBlocks = kVBlocks / isa::kVectorBanks;
constexpr std::uint32_t kSBlocks = kSBytes / kBlockBytes;
constexpr std::uint32_t kSWords = kSBytes / isa::kBytesPerWord;
constexpr std::uint32_t kAccRows = kAccBytes / kBlockBytes;

// Parts that this device was built without (isa/config.hpp).
constexpr bool kHasFloat = (kParts & isa::kPartFloat) != 0;
constexpr bool kHasScalar = (kParts & isa::kPartScalar) != 0;
constexpr bool kHasTokens = (kParts & isa::kPartTokens) != 0;

// VECTOR works on segments of a row: as many columns as share a reduction tree, whole blocks of every array.
constexpr int kSegment = isa::kReductionBlock;
constexpr int kSegmentBlocks = kSegment / kColumns;

// DMA works on bursts of as many beats as AXI4 allows without crossing 4 KiB on the narrowest bus.
constexpr int kBurstBeats = 64;
constexpr int kBurstBytes = kBurstBeats * kBusBytes;

static_assert(kRows <= kColumns, "a tile's rows lie in one block of A");
static_assert(kRows % kWeightRows == 0, "a plain tile is whole words");
static_assert(kColumns % kWeightRows == 0, "a transposed tile is whole words");
static_assert(kSegment % kColumns == 0, "a segment is whole blocks");
static_assert(kLanes <= kColumns, "a block takes whole passes of the lanes");
static_assert(kABlocks <= 65536 && kWWords <= 65536 && kVBlocks <= 65536 && kCBlocks <= 65536 &&
                  kSWords <= 65536 && kAccRows <= 65536,
              "addresses are 16 bits");
static_assert(isa::kSemaphores == 16, "masks are one half");

}  // namespace hls
}  // namespace heddle
