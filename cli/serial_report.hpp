// What a run on a small board behind a serial line sent over it, for people and for machines.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "cli/output.hpp"
#include "runtime/drivers/registry/registry.hpp"

namespace heddle::cli {

class SerialReport {
 public:
  explicit SerialReport(Progress* progress) : progress_(progress) {}
  /// Follows the line of a device that is opened with these options, which must not outlive this, and shows
  /// it as progress.
  void watch(runtime::OpenOptions* options);
  /// What comes from now on is of decoding.
  void prefill_done() { prefill_ = use_; }
  /// Board's share of the products, traffic, and the tokens a second that the line and the board's clock
  /// allow; empty where nothing was watched. `decoded`: tokens since prefill_done.
  std::string text(std::uint64_t decoded) const;
  /// The same as `line`.
  void add(Json* json, std::uint64_t decoded) const;

 private:
  /// Tokens a second when each takes as long as the line and the board did on average; none before any.
  std::optional<double> predicted(std::uint64_t decoded) const;

  Progress* progress_;
  bool watched_ = false;
  runtime::LineUse use_, prefill_;
};

}  // namespace heddle::cli
