#include "runtime/drivers/serial/products_driver.hpp"

#include <fmt/format.h>

#include <utility>

#include "runtime/device/checked.hpp"
#include "runtime/drivers/library/library_driver.hpp"
#include "runtime/drivers/serial/board_products.hpp"
#include "runtime/drivers/serial/simulated_board.hpp"

namespace heddle::runtime {
namespace {

/// Board, line, and what they did; shared with the callback of the golden model.
class Line {
 public:
  explicit Line(const ProductsOptions& options)
      : options_(options),
        simulated_(options.port.empty()
                       ? std::make_unique<serial::SimulatedBoard>(serial::simulated_board_program())
                       : nullptr),
        serial_(open_serial(isa::load_config(options.board), {port(), options.baud})),
        products_(*serial_) {
    use_.baud = options.baud;
    use_.clock_mhz = serial_->info().config.clock_mhz;
  }

  std::string port() const { return simulated_ ? simulated_->port() : options_.port; }
  std::string name() const { return fmt::format("{}{}", simulated_ ? "a simulated " : "", options_.board); }

  void multiply(const heddle_product& product) {
    products_.multiply(product);
    const serial::LinkCounts counts = serial_->link_counts();
    ++use_.products;
    use_.macs += std::uint64_t{product.m} * product.k * product.n;
    use_.runs = products_.runs();
    use_.cycles = products_.cycles();
    use_.bytes_out = counts.bytes_out;
    use_.bytes_in = counts.bytes_in;
    use_.exchanges = counts.exchanges;
    use_.sent_again = counts.sent_again;
    if (options_.line) options_.line(use_);
  }

 private:
  ProductsOptions options_;
  std::unique_ptr<serial::SimulatedBoard> simulated_;
  std::unique_ptr<SerialDevice> serial_;
  BoardProducts products_;
  LineUse use_;
};

}  // namespace

bool can_simulate_board(std::string* reason) {
  if (!serial::simulated_board_program().empty()) return true;
  if (reason != nullptr) {
    *reason =
        "no board is simulated: give the --port of a board, or install what is missing (apt-get install "
        "verilator) and build again";
  }
  return false;
}

std::unique_ptr<Device> open_with_products(const isa::NamedConfig& config, const ProductsOptions& options) {
  std::string reason;
  if (options.port.empty() && !can_simulate_board(&reason)) throw DeviceError(reason);
  const auto line = std::make_shared<Line>(options);
  if (options.message) {
    options.message(
        fmt::format("serial: 8-bit products of matrices run on {} at {}; it has no float unit: the rest of a "
                    "machine like {} is this computer",
                    line->name(), line->port(), config.name));
  }
  LibraryOptions library;
  library.driver = "serial";
  library.cycle_limit = options.cycle_limit;
  library.progress = options.progress;
  library.products = [line](const heddle_product& product) { line->multiply(product); };
  return open_library(options.library, config, library);
}

}  // namespace heddle::runtime
