// Several chips, equal or not, and the link between them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "eval/chips/chip.hpp"

namespace heddle::eval {

struct System {
  std::string name;
  std::vector<std::string> aliases;
  std::vector<Chip> devices;  // one entry a device
  std::optional<Link> link;   // between them, where it is not the slowest of their own
  std::vector<std::string> notes;
  std::string file;

  /// Whether all devices are the same chip with the same memory.
  bool uniform() const;
  /// Bytes/s one way between devices: the system's link, else the slowest of the devices' own. Empty where a
  /// device has none that is known.
  std::optional<Range> link_each_way() const;
  /// Capacity of each device in bytes, by which unequal devices share layers. Throws std::runtime_error where
  /// one is not known.
  std::vector<double> memory_shares() const;
};

/// `what` is the name or file of a system, or of a chip as load_chip takes it, of which there are then
/// `devices`. Throws std::runtime_error: unknown, malformed, `devices` 0, or other than 1 for a system, which
/// states its own.
System load_system(const std::string& what, std::uint32_t devices = 1);

/// The systems of eval/chips/systems, by name.
std::vector<System> all_systems();

/// A system file's text, checked against eval/chips/schema/system.json.
System system_from_json(const std::string& text, const std::string& source);

}  // namespace heddle::eval
