// The container that the Xilinx Runtime loads (axlf, "xclbin2"): a header and sections. Layout: xclbin.h of
// XRT 2.13; all numbers little endian.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace heddle::sim::emulation {

enum class SectionKind : std::uint32_t {
  kBitstream = 0,
  kEmbeddedMetadata = 2,
  kMemTopology = 6,
  kConnectivity = 7,
  kIpLayout = 8,
  kClockFrequencies = 11,
};

struct Section {
  SectionKind kind;
  std::string data;
};

/// What the file was made for.
enum class XclbinMode : std::uint16_t {
  kFlat = 0,
  kPartial = 1,
  kHardwareEmulation = 4,
  kSoftwareEmulation = 5
};

struct Xclbin {
  XclbinMode mode = XclbinMode::kHardwareEmulation;
  std::string platform;  // at most 63 characters
  std::vector<Section> sections;
};

/// The file's bytes. Its UUID is a hash of the contents.
std::string serialize(const Xclbin& xclbin);

/// Reads headers and bounds, so that a damaged file is refused before the runtime sees it. Throws
/// std::runtime_error naming the file and what is wrong. Section data is not copied.
struct XclbinSummary {
  XclbinMode mode;
  std::string platform;
  std::array<std::uint8_t, 16> uuid;
  std::string
      kernel_hash;  // what the metadata give as the kernel's; empty: nothing. embedded_metadata writes it
  std::uint32_t clock_mhz = 0;  // that the kernel's clock (CT_DATA) reached; 0: the file does not say
};
XclbinSummary inspect_xclbin(const std::string& path);

}  // namespace heddle::sim::emulation
