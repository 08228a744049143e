// Products of 8-bit matrices on a machine without float unit, as the smallest boards are (docs/boards.md).
#pragma once
#include <cstdint>
#include <vector>

#include "isa/device_library.h"
#include "runtime/device/device.hpp"

namespace heddle::runtime {

/// Takes one allocation of the device, which it borrows, with the first product. Not for several threads.
class BoardProducts {
 public:
  /// Throws DeviceError when the device has a float unit.
  explicit BoardProducts(Device& board);
  ~BoardProducts();
  BoardProducts(const BoardProducts&) = delete;
  BoardProducts& operator=(const BoardProducts&) = delete;

  /// Cuts it into pieces that fit the board's memories, and adds up the pieces along k. Throws DeviceError:
  /// the line's, or a run of the board that failed.
  void multiply(const heddle_product& product);
  std::uint64_t runs() const { return runs_; }
  std::uint64_t cycles() const { return cycles_; }  // of the board's runs

 private:
  struct Piece {
    std::uint32_t m0, n0, k0, m, n, k;  // n and k: padded to whole tiles
  };
  void run(const heddle_product& product, const Piece& piece);
  /// Writes what is not there already.
  void place(std::uint32_t offset, std::vector<std::uint8_t> bytes, std::vector<std::uint8_t>* there);
  std::vector<std::uint8_t> program_of(const Piece& piece) const;

  Device& board_;
  isa::Config config_;
  std::uint64_t base_ = 0;
  bool placed_ = false;
  std::vector<std::uint8_t> code_, activations_, weights_;  // as they stand on the board
  std::uint64_t runs_ = 0, cycles_ = 0;
};

}  // namespace heddle::runtime
