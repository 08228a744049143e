// LOAD's and STORE's common part: the fields of an instruction and the bursts of its rows, in the cycles of
// rtl/memory/heddle_dma_decode.sv and heddle_dma_bursts.sv.
#pragma once
#include <cstdint>

#include "isa/config.hpp"
#include "isa/instruction.hpp"
#include "isa/status.hpp"
#include "sim/fast/windows.hpp"

namespace heddle::sim::fast {

struct DmaFields {
  bool refused = false, empty = false;
  std::uint32_t rows = 0, row_bytes = 0, mem_stride = 0, local_addr = 0, local_stride = 0, local_bytes = 0;
  std::uint64_t address = 0;
};

inline DmaFields decode_dma(const isa::Config& config, const isa::TileInstruction& x, std::uint64_t base,
                            bool store) {
  const std::uint16_t* half = x.half;
  const std::uint32_t flags = half[isa::kHalfFlags];
  const std::uint32_t sizes[isa::kBuffers] = {config.a_bytes, config.w_bytes, config.c_bytes, config.v_bytes,
                                              config.s_bytes};
  DmaFields f;
  f.rows = half[isa::kDmaRows];
  f.row_bytes = isa::get32(half, isa::kDmaRowBytes);
  f.address = (base + isa::get32(half, isa::kDmaMemOffset)) & kAddressMask;
  f.mem_stride = isa::get32(half, isa::kDmaMemStride);
  f.local_addr = isa::get32(half, isa::kDmaLocalAddr);
  f.local_stride = isa::get32(half, isa::kDmaLocalStride);
  f.empty = f.rows == 0 || f.row_bytes == 0;
  const std::uint32_t buffer = flags & 15u;
  const bool reachable =
      buffer < isa::kBuffers && !(store && (buffer == isa::kBufferW || buffer == isa::kBufferC));
  if (buffer < isa::kBuffers) f.local_bytes = sizes[buffer];
  bool reserved = (flags >> 9) != 0;
  for (int h = isa::kDmaLocalStride + 2; h < isa::kTileHalves; ++h) reserved |= half[h] != 0;
  const std::uint32_t mask = config.bus_bytes - 1;
  const bool rotated = ((static_cast<std::uint32_t>(f.address) ^ f.local_addr) & mask) != 0 ||
                       (f.rows > 1 && ((f.mem_stride ^ f.local_stride) & mask) != 0);
  f.refused = reserved || !reachable || (!f.empty && rotated);
  return f;
}

/// A row a cycle is checked, a burst a cycle is asked for. Call fields in this order in a cycle: request(),
/// then step().
class DmaBursts {
 public:
  DmaBursts(const isa::Config& config, bool store) : store_(store), max_beats_(config.dma_burst_beats()) {
    while (1u << bus_bits_ < config.bus_bytes) ++bus_bits_;
  }

  void reset() {
    rows_ = row_valid_ = burst_valid_ = false;
    status_ = isa::kStatusOk;
  }
  void start(const DmaFields& fields) {
    fields_ = fields;
    rows_ = true;
    status_ = isa::kStatusOk;
    left_ = fields.rows;
    address_ = fields.address;
    local_ = fields.local_addr;
    bytes_ = 0;
  }

  bool idle() const { return !rows_ && !row_valid_ && !burst_valid_; }
  std::uint32_t status() const { return status_; }
  std::uint32_t bytes() const { return bytes_; }

  /// Whether a burst asks for the bus in this cycle, unless the unit holds it back.
  bool request() const { return burst_valid_ && complete(); }
  std::uint64_t request_address() const { return burst_beat_ << bus_bits_; }
  std::uint32_t request_beats() const { return burst_beats_; }

  /// Whether a burst asks for the bus and nothing moves before it gets it.
  bool settled() const { return (row_valid_ || !rows_) && request(); }

  /// Where settled() holds, and the row goes on behind the burst that follows: step() of the cycle in which
  /// the bus takes a burst, after which settled() holds again. Returns false, and does nothing, elsewhere.
  bool next_of_row() {
    const std::uint32_t room = max_beats_ - static_cast<std::uint32_t>(row_beat_ & (max_beats_ - 1));
    if (!row_valid_ || row_left_ <= room) return false;
    burst_beat_ = row_beat_;
    burst_beats_ = room;
    burst_rows_ = 1;
    row_beat_ += room;
    row_left_ -= room;
    return true;
  }

  /// The end of the cycle. `asked`: a burst asks for the bus; `taken`: and gets it. Returns whether anything
  /// changed.
  bool step(const Windows& windows, bool stop, bool asked, bool taken) {
    const bool whole = complete();
    const bool take = row_valid_ && (taken || !burst_valid_ || !whole);
    const std::uint32_t room = max_beats_ - static_cast<std::uint32_t>(row_beat_ & (max_beats_ - 1));
    const bool piece_last = row_left_ <= room;
    const std::uint32_t piece = piece_last ? row_left_ : room;
    const bool row_take = rows_ && (!row_valid_ || (take && piece_last));
    if (!take && !row_take && !taken && !stop) return false;

    if (take) {
      if (burst_valid_ && !whole) {
        burst_beats_ += piece;
        ++burst_rows_;
      } else {
        burst_beat_ = row_beat_;
        burst_beats_ = piece;
        burst_rows_ = 1;
      }
    }
    if (stop) {
      rows_ = row_valid_ = false;
      burst_valid_ = asked && !taken;
    } else {
      if (take)
        burst_valid_ = true;
      else if (taken)
        burst_valid_ = false;
      if (take && piece_last) row_valid_ = false;
    }
    if (row_take) {
      if (!stop) check_row(windows);
      row_beat_ = address_ >> bus_bits_;
      row_left_ = static_cast<std::uint32_t>(
          (std::uint64_t{fields_.row_bytes} + (address_ & ((1u << bus_bits_) - 1)) + (1u << bus_bits_) - 1) >>
          bus_bits_);
      --left_;
      address_ = (address_ + fields_.mem_stride) & kAddressMask;
      local_ += fields_.local_stride;
      bytes_ += fields_.row_bytes;
    } else if (take) {
      row_beat_ += piece;
      row_left_ -= piece;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kMaxRows = 16;  // joined in a burst, which would wait for more

  void check_row(const Windows& windows) {
    const bool window_ok = windows.allow(address_, fields_.row_bytes, store_);
    const bool local_ok = std::uint64_t{local_} + fields_.row_bytes <= fields_.local_bytes;
    if (left_ == 1 || !window_ok || !local_ok) rows_ = false;
    if (!window_ok)
      status_ = isa::kStatusWindow;
    else if (!local_ok)
      status_ = isa::kStatusIllegal;
    if (window_ok && local_ok) row_valid_ = true;
  }

  /// The burst cannot grow any more.
  bool complete() const {
    const std::uint32_t end = static_cast<std::uint32_t>(burst_beat_ & (max_beats_ - 1)) + burst_beats_;
    if ((end & max_beats_) != 0 || burst_rows_ == kMaxRows) return true;
    if (!row_valid_) return !rows_;
    return row_beat_ != burst_beat_ + burst_beats_;
  }

  bool store_;
  std::uint32_t max_beats_;  // a power of two
  std::uint32_t bus_bits_ = 0;
  DmaFields fields_;
  bool rows_ = false;  // there are rows to look at
  std::uint32_t left_ = 0, local_ = 0, bytes_ = 0, status_ = isa::kStatusOk;
  std::uint64_t address_ = 0;
  bool row_valid_ = false, burst_valid_ = false;
  std::uint64_t row_beat_ = 0, burst_beat_ = 0;   // numbers of beats in memory
  std::uint32_t row_left_ = 0, burst_beats_ = 0;  // beats
  std::uint32_t burst_rows_ = 0;                  // that the burst has a part of
};

}  // namespace heddle::sim::fast
