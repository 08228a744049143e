// LOAD and STORE, Verilated with the buffers, beside a plain model of them: one instruction runs on both, or
// several LOADs that overlap, then memory, buffer, status, counts and every beat on the bus are compared.
#pragma once
#include <cstdio>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "Vheddle_memory_bench.h"
#include "isa/instruction.hpp"
#include "isa/status.hpp"
#include "tests/rtl_memory/bus_model.hpp"
#include "verilated.h"

namespace heddle::test {

constexpr int kColumns = hls::kColumns;
constexpr std::uint32_t kSizes[5] = {hls::kABytes, hls::kWBytes, hls::kCBytes, hls::kVBytes, hls::kSBytes};
inline constexpr const char* kBufferNames = "AWCVS";
constexpr std::uint64_t kReadOnly = 1ull << 63;

struct Window {
  std::uint64_t base = 0, size = 0;
};

/// The Verilated units on a bus model, with a model of what they do.
class Bench {
 public:
  explicit Bench(std::uint64_t seed) : random_(seed), seed_(seed) {
    context_.randReset(2);
    context_.randSeed(static_cast<int>(seed % 1000003 + 1));
    top_ = std::make_unique<Vheddle_memory_bench>(&context_);
    top_->load_start_i = top_->store_start_i = 0;
    top_->abort_i = 0;
    top_->probe_ren_i = 0;
    top_->probe_wen_i = 0;
    bus_.base = 0x123450000000ull + 4096ull * static_cast<std::uint64_t>(random_.range(0, 1000));
    bus_.bytes.resize(256 * 1024);
    for (std::uint8_t& byte : bus_.bytes) byte = static_cast<std::uint8_t>(random_.next() >> 24);
    for (int b = 0; b < 5; ++b) local_[b].resize(kSizes[b]);
    top_->rst_i = 1;
    for (int i = 0; i < 4; ++i) cycle();
    top_->rst_i = 0;
    for (int b = 0; b < 5; ++b) adopt(b);
  }
  ~Bench() { top_->final(); }

  std::uint64_t cycles() const { return cycles_; }

 protected:
  template <class T>
  static std::uint8_t* bytes_of(T& signal) {
    return reinterpret_cast<std::uint8_t*>(&signal);
  }

  void cycle() {
    bus_.drive(random_);
    top_->rd_req_ready_i = bus_.rd_req_ready;
    top_->rd_valid_i = bus_.rd_valid;
    top_->rd_last_i = bus_.rd_last;
    top_->rd_error_i = bus_.rd_error;
    std::memcpy(bytes_of(top_->rd_data_i), bus_.rd_data, kBus);
    top_->wr_req_ready_i = bus_.wr_req_ready;
    top_->wr_ready_i = bus_.wr_ready;
    top_->wr_done_i = bus_.wr_done;
    top_->wr_error_i = bus_.wr_error;
    top_->clk_i = 0;
    top_->eval();
    if (!top_->rst_i) {
      bus_.accept({top_->rd_req_valid_o != 0, top_->wr_req_valid_o != 0, top_->wr_valid_o != 0,
                   top_->wr_last_o != 0, top_->rd_req_addr_o, top_->wr_req_addr_o, top_->rd_req_beats_o,
                   top_->wr_req_beats_o, bytes_of(top_->wr_data_o), bytes_of(top_->wr_strb_o)});
    }
    top_->clk_i = 1;
    top_->eval();
    ++cycles_;
  }

  /// Contents of a buffer as its readers see it, every reader in turn.
  std::vector<std::uint8_t> contents(int buffer) {
    std::vector<std::uint8_t> result(kSizes[buffer]);
    const int width = buffer == 0 ? kColumns : buffer == 1 ? hls::kWeightRows * kColumns : 4 * kColumns;
    for (std::uint32_t block = 0; block < kSizes[buffer] / width; ++block) {
      std::uint8_t* to = &result[block * width];
      top_->probe_block_i = static_cast<std::uint16_t>(block);
      const int reader = random_.range(0, 3);
      if (buffer == 4 && reader > 0) {
        for (int n = 0; n < kColumns; ++n) {
          top_->probe_block_i = static_cast<std::uint16_t>(block * kColumns + n);
          top_->probe_ren_i = static_cast<std::uint16_t>(64 << reader);
          cycle();
          std::memcpy(to + 4 * n,
                      reader == 1   ? &top_->probe_s0_o
                      : reader == 2 ? &top_->probe_s1_o
                                    : &top_->probe_sm_o,
                      4);
        }
        continue;
      }
      top_->probe_ren_i = static_cast<std::uint16_t>(buffer == 0   ? 1 << reader % 2
                                                     : buffer == 1 ? 4
                                                     : buffer == 2 ? 8
                                                     : buffer == 3 ? 16 << reader % 2
                                                                   : 64);
      cycle();
      const std::uint8_t* const from =
          buffer == 0   ? (reader % 2 ? bytes_of(top_->probe_a1_o) : bytes_of(top_->probe_a0_o))
          : buffer == 1 ? bytes_of(top_->probe_w_o)
          : buffer == 2 ? bytes_of(top_->probe_c_o)
          : buffer == 3 ? (reader % 2 ? bytes_of(top_->probe_v1_o) : bytes_of(top_->probe_v0_o))
                        : bytes_of(top_->probe_s_o);
      std::memcpy(to, from, width);
    }
    top_->probe_ren_i = 0;
    return result;
  }
  void adopt(int buffer) { local_[buffer] = contents(buffer); }

  bool fail(int index, const isa::TileInstruction& instruction, std::uint64_t base, bool store,
            const std::string& what) {
    std::printf("seed %llu, instruction %d, %s: %s\n base=%llx", static_cast<unsigned long long>(seed_),
                index, store ? "STORE" : "LOAD", what.c_str(), static_cast<unsigned long long>(base));
    for (int h = isa::kHalfFlags; h < isa::kTileHalves; ++h) std::printf(" h%d=%u", h, instruction.half[h]);
    std::printf("\n");
    for (const Window& window : windows_) {
      std::printf(" window %llx + %llx\n", static_cast<unsigned long long>(window.base),
                  static_cast<unsigned long long>(window.size));
    }
    return false;
  }

  bool allowed(std::uint64_t address, std::uint64_t bytes, bool write) const {
    for (const Window& window : windows_) {
      const std::uint64_t size = window.size & ~kReadOnly;
      if (write && (window.size & kReadOnly) != 0) continue;
      if (address >= window.base && address + bytes <= window.base + size) return true;
    }
    return false;
  }

  /// What an instruction does to memory and buffers as they are.
  struct Expected {
    std::uint32_t status = isa::kStatusOk;
    bool moved = true;  // there are rows to move, to or from `buffer`
    bool bus_error = false;
    int buffer = 0;
    std::uint64_t bytes = 0;  // that the unit reports
    std::vector<std::uint8_t> memory, local;
    std::vector<bool> memory_free, local_free;  // undefined after an error
    std::set<std::uint64_t> beats;              // that may be touched
  };

  Expected expect(const isa::TileInstruction& instruction, std::uint64_t base, bool store) {
    const std::uint16_t* const h = instruction.half;
    const int flags = h[isa::kHalfFlags], rows = h[isa::kDmaRows];
    const std::uint32_t row_bytes = isa::get32(h, isa::kDmaRowBytes),
                        mem_stride = isa::get32(h, isa::kDmaMemStride);
    const std::uint32_t local_addr = isa::get32(h, isa::kDmaLocalAddr);
    const std::uint32_t local_stride = isa::get32(h, isa::kDmaLocalStride);
    const std::uint64_t address = (base + isa::get32(h, isa::kDmaMemOffset)) & 0xFFFFFFFFFFFFull;
    Expected e;
    e.buffer = flags & 15;
    if (flags >> 9 != 0 || e.buffer > 4 || (store && (e.buffer == 1 || e.buffer == 2)))
      e.status = isa::kStatusIllegal;
    for (int i = 18; i < 32; ++i) e.status = h[i] != 0 ? isa::kStatusIllegal : e.status;
    if (e.status == isa::kStatusOk && rows != 0 && row_bytes != 0) {
      if ((address ^ local_addr) % kBus != 0 || (rows > 1 && (mem_stride ^ local_stride) % kBus != 0))
        e.status = isa::kStatusIllegal;
    } else {
      e.moved = false;
    }
    e.moved = e.moved && e.status == isa::kStatusOk;
    e.memory = bus_.bytes;
    if (e.moved) e.local = local_[e.buffer];
    e.local_free.resize(e.local.size());
    e.memory_free.resize(e.memory.size());
    for (int r = 0; e.moved && r < rows; ++r) {
      const std::uint64_t at = (address + static_cast<std::uint64_t>(r) * mem_stride) & 0xFFFFFFFFFFFFull;
      const std::uint32_t to = local_addr + static_cast<std::uint32_t>(r) * local_stride;
      if (!allowed(at, row_bytes, store)) {
        e.status = isa::kStatusWindow;
      } else if (static_cast<std::uint64_t>(to) + row_bytes > e.local.size()) {
        e.status = isa::kStatusIllegal;
      }
      if (e.status != isa::kStatusOk) break;
      for (std::uint64_t beat = at / kBus * kBus; beat < at + row_bytes; beat += kBus) {
        e.beats.insert(beat);
        e.bus_error = e.bus_error || bus_.is_bad(beat);
      }
      for (std::uint32_t b = 0; b < row_bytes; ++b) {
        const std::uint64_t m = at + b - bus_.base;
        if (m >= e.memory.size()) continue;
        if (store) {
          e.memory[m] = e.local[to + b];
          e.memory_free[m] = true;
        } else {
          e.local[to + b] = e.memory[m];
          e.local_free[to + b] = true;
        }
      }
    }
    if (e.bus_error) e.status = isa::kStatusBus;
    e.bytes = e.status == isa::kStatusOk ? static_cast<std::uint64_t>(rows) * row_bytes : 0;
    return e;
  }

  void drive(const isa::TileInstruction& instruction, std::uint64_t base) {
    std::memcpy(bytes_of(top_->instr_i), instruction.half, sizeof instruction.half);
    top_->base_i = base;
    for (int w = 0; w < 4; ++w) {
      std::memcpy(bytes_of(top_->windows_base_i) + 8 * w, &windows_[w].base, 8);
      std::memcpy(bytes_of(top_->windows_size_i) + 8 * w, &windows_[w].size, 8);
    }
  }

  /// Runs it on the model and on the unit, and compares. abort_after: cycles, 0 for never.
  bool execute(int index, const isa::TileInstruction& instruction, std::uint64_t base, bool store,
               int abort_after) {
    const Expected expected = expect(instruction, base, store);
    drive(instruction, base);
    bus_.touched.clear();
    (store ? top_->store_start_i : top_->load_start_i) = 1;
    const std::uint64_t start = cycles_;
    bool done = false, aborted = false;
    while (!done) {
      cycle();
      top_->load_start_i = top_->store_start_i = 0;
      if (abort_after != 0 && cycles_ - start >= static_cast<std::uint64_t>(abort_after))
        top_->abort_i = aborted = true;
      if (top_->load_done_o && store) return fail(index, instruction, base, store, "the other unit is done");
      if (top_->store_done_o && !store)
        return fail(index, instruction, base, store, "the other unit is done");
      done = top_->load_done_o || top_->store_done_o;
      if (!bus_.complaint.empty()) return fail(index, instruction, base, store, bus_.complaint);
      if (cycles_ - start > 100000)
        return fail(index, instruction, base, store, "not done after 100,000 cycles");
    }
    last_cycles_ = cycles_ - start;
    top_->abort_i = 0;
    if (!bus_.idle()) return fail(index, instruction, base, store, "done while the bus is busy");

    const std::uint32_t got = store ? top_->store_status_o : top_->load_status_o;
    const std::uint32_t got_bytes = store ? top_->store_bytes_o : top_->load_bytes_o;
    if (got != expected.status && !aborted) {
      return fail(index, instruction, base, store,
                  "status " + std::to_string(got) + ", not " + std::to_string(expected.status));
    }
    if (got_bytes != expected.bytes && !aborted)
      return fail(index, instruction, base, store, "bytes " + std::to_string(got_bytes));
    for (std::uint64_t beat : bus_.touched) {
      if (expected.beats.count(beat) == 0)
        return fail(index, instruction, base, store, "touches memory that no row holds");
    }
    const bool partial = aborted || expected.bus_error;
    for (std::size_t i = 0; i < expected.memory.size(); ++i) {
      if (expected.memory[i] != bus_.bytes[i] && !(partial && expected.memory_free[i])) {
        return fail(index, instruction, base, store, "memory differs at offset " + std::to_string(i));
      }
    }
    if (!expected.moved || store) return true;
    const std::vector<std::uint8_t> now = contents(expected.buffer);
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (expected.local[i] != now[i] && !(partial && expected.local_free[i])) {
        return fail(
            index, instruction, base, store,
            std::string("buffer ") + kBufferNames[expected.buffer] + " differs at byte " + std::to_string(i));
      }
    }
    local_[expected.buffer] = now;
    return true;
  }

  struct Load {
    isa::TileInstruction instruction;
    std::uint64_t base;
  };

  /// LOADs that are started as soon as the one before them is taken, `gap_permille` of the cycles later; up
  /// to the first that fails. cycles: from the first start to the last end.
  bool execute_overlapping(const std::vector<Load>& loads, int gap_permille) {
    std::vector<Expected> expected;
    bool bus_error = false;
    for (const Load& load : loads) {
      if (!expected.empty() && expected.back().status != isa::kStatusOk && !bus_error) break;
      expected.push_back(expect(load.instruction, load.base, false));
      Expected& e = expected.back();
      bus_error = bus_error || e.bus_error;
      if (bus_error) {  // what follows may have started
        e.status = isa::kStatusBus;
        e.bytes = 0;
      }
      if (e.moved) local_[e.buffer] = e.local;
    }
    const auto failed = [&](std::size_t i, const std::string& what) {
      return fail(static_cast<int>(i), loads[i].instruction, loads[i].base, false, what + " (overlapping)");
    };
    std::size_t started = 0, done = 0;
    bool may_start = true, stop = false;
    const std::uint64_t begin = cycles_;
    while (done < started || (started < expected.size() && !stop)) {
      const bool start = may_start && !stop && started < expected.size() && !random_.chance(gap_permille);
      if (start) {
        drive(loads[started].instruction, loads[started].base);
        may_start = false;
      }
      top_->load_start_i = start;
      cycle();
      top_->load_start_i = 0;
      if (start) ++started;
      if (top_->load_taken_o) may_start = true;
      if (top_->load_done_o) {
        if (done == started) return failed(started - 1, "done more often than started");
        const Expected& e = expected[done];
        if (top_->load_status_o != e.status)
          return failed(
              done, "status " + std::to_string(top_->load_status_o) + ", not " + std::to_string(e.status));
        if (top_->load_bytes_o != e.bytes) return failed(done, "bytes " + std::to_string(top_->load_bytes_o));
        stop = e.status != isa::kStatusOk;
        ++done;
      }
      if (!bus_.complaint.empty()) return failed(done, bus_.complaint);
      if (cycles_ - begin > 100000) return failed(done, "not done after 100,000 cycles");
    }
    last_cycles_ = cycles_ - begin;
    if (!bus_.idle()) return failed(done - 1, "done while the bus is busy");
    for (int b = 0; b < 5; ++b) {
      const std::vector<std::uint8_t> now = contents(b);
      if (now != local_[b] && !bus_error)
        return failed(done - 1, std::string("buffer ") + kBufferNames[b] + " differs");
      local_[b] = now;
    }
    return true;
  }

  Random random_;
  std::uint64_t seed_, cycles_ = 0, last_cycles_ = 0;
  VerilatedContext context_;
  std::unique_ptr<Vheddle_memory_bench> top_;
  BusModel bus_;
  std::vector<Window> windows_ = std::vector<Window>(4);
  std::vector<std::uint8_t> local_[5];
};

}  // namespace heddle::test
