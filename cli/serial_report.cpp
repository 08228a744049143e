#include "cli/serial_report.hpp"

#include <fmt/format.h>

namespace heddle::cli {

void SerialReport::watch(runtime::OpenOptions* options) {
  watched_ = true;
  options->line = [this](const runtime::LineUse& use) {
    use_ = use;
    progress_->show(fmt::format("{} products on the board, {} over the line", grouped(use.products),
                                byte_size(use.bytes_out + use.bytes_in)));
  };
}

std::optional<double> SerialReport::predicted(std::uint64_t decoded) const {
  const double seconds = use_.seconds() - prefill_.seconds();
  if (decoded == 0 || seconds <= 0) return std::nullopt;
  return static_cast<double>(decoded) / seconds;
}

std::string SerialReport::text(std::uint64_t decoded) const {
  if (!watched_) return "";
  std::string out = fmt::format(
      "\non the board: {} products, {} multiply-accumulates in {} runs of {} cycles; on this computer: all "
      "else\n"
      "over the line: {} bytes there, {} back, {} frames sent again\n",
      grouped(use_.products), grouped(use_.macs), grouped(use_.runs), grouped(use_.cycles),
      grouped(use_.bytes_out), grouped(use_.bytes_in), grouped(use_.sent_again));
  if (const auto speed = predicted(decoded)) {
    out += fmt::format("at {} baud and {} MHz at most {:.3g} tokens a second\n", grouped(use_.baud),
                       use_.clock_mhz, *speed);
  }
  return out;
}

void SerialReport::add(Json* json, std::uint64_t decoded) const {
  if (!watched_) return;
  const auto speed = predicted(decoded);
  (*json)["line"] = {{"products", use_.products},
                     {"board_macs", use_.macs},
                     {"board_runs", use_.runs},
                     {"board_cycles", use_.cycles},
                     {"bytes_out", use_.bytes_out},
                     {"bytes_in", use_.bytes_in},
                     {"frames_sent_again", use_.sent_again},
                     {"baud", use_.baud},
                     {"clock_mhz", use_.clock_mhz},
                     {"tokens_per_second_at_most", speed ? Json(*speed) : Json()}};
}

}  // namespace heddle::cli
