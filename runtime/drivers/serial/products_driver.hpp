// A complete machine of which a small board makes the matrix products (docs/boards.md): programs of any
// configuration run in the golden model, whose array is the board. Results are the golden model's to the bit,
// as sums of products are integers.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "isa/config_file.hpp"
#include "runtime/device/device.hpp"
#include "runtime/drivers/serial/serial_driver.hpp"

namespace heddle::runtime {

/// What went over the line so far, and what the board did.
struct LineUse {
  std::uint64_t products = 0, macs = 0, runs = 0, cycles = 0;  // cycles: of the board
  std::uint64_t bytes_out = 0, bytes_in = 0, exchanges = 0, sent_again = 0;
  std::uint32_t baud = kSerialBaud;
  double clock_mhz = 0;  // of the board
  /// The least that all this takes on a board: ten bits a byte of the line, and the board's cycles. What USB
  /// bridges and this computer add is not in it.
  double seconds() const {
    const double bits = 10.0 * static_cast<double>(bytes_out + bytes_in);
    return bits / baud + (clock_mhz > 0 ? static_cast<double>(cycles) / (clock_mhz * 1e6) : 0);
  }
};

struct ProductsOptions {
  std::string library;         // golden model of the complete machine's configuration
  std::string board = "nano";  // configuration of the board
  std::string port;            // empty: a simulated board
  std::uint32_t baud = kSerialBaud;
  std::uint64_t cycle_limit = 0;  // as LibraryOptions
  std::function<void(std::uint64_t cycles)> progress;
  std::function<void(const std::string& line)> message;  // who does what, for people
  std::function<void(const LineUse&)> line;              // after each product
};

/// Whether there is a simulated board; `reason` says why not.
bool can_simulate_board(std::string* reason);

/// Throws DeviceError like open_serial and open_library.
std::unique_ptr<Device> open_with_products(const isa::NamedConfig& config, const ProductsOptions& options);

}  // namespace heddle::runtime
