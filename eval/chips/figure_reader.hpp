// Figures of chip and system files: units, sources, and what a schema cannot say about them.
#pragma once
#include <optional>
#include <string>

#include "eval/chips/chip.hpp"
#include "eval/chips/units.hpp"
#include "eval/common/schema.hpp"

namespace heddle::eval {

/// Reads figures of a document that the schema has passed. Both arguments must outlive the reader.
class FigureReader {
 public:
  FigureReader(const Json& document, const std::string& source) : document_(document), source_(source) {}

  /// `entry`, in base units. Throws std::runtime_error naming the file and `path`: low above high, the value
  /// outside of them, a source that the document's 'sources' does not list.
  Figure figure(const Json& entry, const std::string& path, const Unit& unit) const;
  /// The figure under `key` with its own unit; empty where it is null or left out.
  std::optional<Figure> optional_figure(const Json& parent, const std::string& key,
                                        const std::string& path) const;
  /// The same as a link, with its direction.
  std::optional<Link> optional_link(const Json& parent, const std::string& key,
                                    const std::string& path) const;

 private:
  [[noreturn]] void fail(const std::string& path, const std::string& text) const;

  const Json& document_;
  const std::string& source_;
};

}  // namespace heddle::eval
