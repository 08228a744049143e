// The float reference: evaluates a graph with its stored weights, keys and values cached between calls.
// Sums are accumulated in double where they are long (norms, softmax) and in float elsewhere.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "compiler/graph/model.hpp"

namespace heddle::graph {

/// Which rows of logits a run returns.
enum class LogitRows { kLast, kAll };

class ReferenceModel {
 public:
  /// Reads all weights. `threads`: at most this many for the large products (results do not depend on it).
  explicit ReferenceModel(const LanguageModel& model, int threads = 1);
  ~ReferenceModel();
  ReferenceModel(ReferenceModel&&) noexcept;
  ReferenceModel& operator=(ReferenceModel&&) noexcept;

  /// Runs tokens at positions start, start + 1, ... and returns logits, row-major, one row of `vocab` floats
  /// for the last token or for each. Positions below start must have been run before; running an earlier
  /// position again overwrites it and forgets those after it. Throws std::runtime_error on an id out of
  /// range, no tokens, positions beyond the context, or a start past the end of the cache.
  std::vector<float> run(const std::vector<std::uint32_t>& tokens, std::int64_t start,
                         LogitRows rows = LogitRows::kLast);
  /// Forgets all positions.
  void reset();
  std::int64_t vocab() const;
  std::int64_t context() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace heddle::graph
