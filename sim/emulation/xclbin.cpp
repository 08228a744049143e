#include "sim/emulation/xclbin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace heddle::sim::emulation {
namespace {

#pragma pack(push, 1)
struct Prefix {
  char magic[8] = {'x', 'c', 'l', 'b', 'i', 'n', '2', '\0'};
  std::int32_t signature_length = -1;
  std::uint8_t reserved[28];
  std::uint8_t key_block[256];
  std::uint64_t unique_id = 0;
  // The header proper.
  std::uint64_t length = 0;  // bytes of the file
  std::uint64_t timestamp = 0;
  std::uint64_t feature_rom_timestamp = 0;
  std::uint16_t version_patch = 466;  // of the runtime whose layout this is: 2.13.466
  std::uint8_t version_major = 2;
  std::uint8_t version_minor = 13;
  std::uint16_t mode = 0;
  std::uint16_t action_mask = 0;
  std::uint8_t interface_uuid[16] = {};
  char platform[64] = {};
  std::uint8_t uuid[16] = {};
  char debug_bin[16] = {};
  std::uint32_t sections = 0;
  std::uint32_t padding = 0;
};
struct SectionHeader {
  std::uint32_t kind = 0;
  char name[16] = {};
  std::uint32_t padding = 0;
  std::uint64_t offset = 0;  // from the start of the file
  std::uint64_t size = 0;
};
struct Clock {  // clock_freq
  std::uint16_t mhz = 0;
  std::uint8_t type = 0;  // 1: CT_DATA, the clock of kernels; 2: CT_KERNEL, a second one
  std::uint8_t unused[5] = {};
  char name[128] = {};
};
#pragma pack(pop)
static_assert(sizeof(Clock) == 136, "layout of clock_freq");
static_assert(sizeof(Prefix) == 456 && sizeof(SectionHeader) == 40, "layout of axlf");

constexpr std::uint64_t kAlignment = 8;      // of section data
constexpr std::uint32_t kMostSections = 64;  // more is damage

std::uint64_t aligned(std::uint64_t offset) { return (offset + kAlignment - 1) / kAlignment * kAlignment; }

std::uint64_t fnv(std::uint64_t hash, const std::string& text) {
  for (const unsigned char c : text) hash = (hash ^ c) * 0x100000001B3ull;
  return hash;
}

template <typename Plain>
std::string bytes_of(const Plain& plain) {
  return {reinterpret_cast<const char*>(&plain), sizeof plain};
}

/// The hash in the first tag <kernel ... hash="..."> of the metadata.
std::string kernel_hash(const std::string& xml) {
  const std::size_t begin = xml.find("<kernel ");
  const std::string tag = begin == std::string::npos ? "" : xml.substr(begin, xml.find('>', begin) - begin);
  constexpr std::string_view kAttribute = " hash=\"";
  const std::size_t value = tag.find(kAttribute);
  if (value == std::string::npos) return {};
  const std::size_t from = value + kAttribute.size();
  return tag.substr(from, tag.find('"', from) - from);
}

/// Of the clock of kernels; 0: none is named.
std::uint32_t data_clock(const std::string& section) {
  std::uint16_t count = 0;
  if (section.size() < sizeof count) return 0;
  std::memcpy(&count, section.data(), sizeof count);
  for (std::size_t i = 0; i < count && sizeof count + (i + 1) * sizeof(Clock) <= section.size(); ++i) {
    Clock clock;
    std::memcpy(&clock, section.data() + sizeof count + i * sizeof clock, sizeof clock);
    if (clock.type == 1) return clock.mhz;
  }
  return 0;
}

}  // namespace

std::string serialize(const Xclbin& xclbin) {
  Prefix prefix;
  std::memset(prefix.reserved, 0xFF, sizeof prefix.reserved);
  std::memset(prefix.key_block, 0xFF, sizeof prefix.key_block);
  prefix.mode = static_cast<std::uint16_t>(xclbin.mode);
  if (xclbin.platform.size() >= sizeof prefix.platform) {
    throw std::runtime_error(fmt::format("xclbin: the platform's name '{}' is too long", xclbin.platform));
  }
  std::memcpy(prefix.platform, xclbin.platform.data(), xclbin.platform.size());
  prefix.sections = static_cast<std::uint32_t>(xclbin.sections.size());

  std::vector<SectionHeader> headers;
  std::uint64_t offset = aligned(sizeof prefix + sizeof(SectionHeader) * xclbin.sections.size());
  std::uint64_t hash[2] = {0xCBF29CE484222325ull, 0x84222325CBF29CE4ull};
  for (const Section& section : xclbin.sections) {
    SectionHeader header;
    header.kind = static_cast<std::uint32_t>(section.kind);
    header.offset = offset;
    header.size = section.data.size();
    offset = aligned(offset + header.size);
    headers.push_back(header);
    for (std::uint64_t& part : hash) part = fnv(part, section.data);
  }
  prefix.length = offset;
  prefix.unique_id = hash[0];
  std::memcpy(prefix.uuid, hash, sizeof hash);

  std::string out = bytes_of(prefix);
  for (const SectionHeader& header : headers) out += bytes_of(header);
  for (std::size_t i = 0; i < headers.size(); ++i) {
    out.resize(headers[i].offset, '\0');
    out += xclbin.sections[i].data;
  }
  out.resize(prefix.length, '\0');
  return out;
}

XclbinSummary inspect_xclbin(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    throw std::runtime_error(fmt::format("{}: no such file", path));
  }
  const std::uint64_t size = std::filesystem::file_size(path, error);
  std::ifstream in(path, std::ios::binary);
  if (error || !in) throw std::runtime_error(fmt::format("{}: cannot be read", path));
  Prefix prefix;
  const std::string magic(prefix.magic, sizeof prefix.magic);
  in.read(reinterpret_cast<char*>(&prefix), sizeof prefix);
  if (in.gcount() < static_cast<std::streamsize>(magic.size()) ||
      std::string(prefix.magic, magic.size()) != magic) {
    throw std::runtime_error(fmt::format("{}: is no xclbin", path));
  }
  if (!in || prefix.length > size) {
    throw std::runtime_error(
        fmt::format("{}: is truncated: {} bytes of {}", path, size, in ? prefix.length : sizeof prefix));
  }
  if (prefix.sections > kMostSections) {
    throw std::runtime_error(fmt::format("{}: is damaged: {} sections", path, prefix.sections));
  }
  SectionHeader metadata, clocks;
  for (std::uint32_t i = 0; i < prefix.sections; ++i) {
    SectionHeader header;
    if (!in.read(reinterpret_cast<char*>(&header), sizeof header) || header.offset > size ||
        header.size > size - header.offset) {
      throw std::runtime_error(fmt::format("{}: is damaged: section {} lies outside the file", path, i));
    }
    if (header.kind == static_cast<std::uint32_t>(SectionKind::kEmbeddedMetadata)) metadata = header;
    if (header.kind == static_cast<std::uint32_t>(SectionKind::kClockFrequencies)) clocks = header;
  }
  XclbinSummary summary;
  summary.mode = static_cast<XclbinMode>(prefix.mode);
  summary.platform.assign(prefix.platform, strnlen(prefix.platform, sizeof prefix.platform));
  std::copy_n(prefix.uuid, summary.uuid.size(), summary.uuid.begin());
  const auto contents = [&](const SectionHeader& section) {
    std::string text(section.size, '\0');
    in.seekg(static_cast<std::streamoff>(section.offset));
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    return text;
  };
  summary.kernel_hash = kernel_hash(contents(metadata));
  summary.clock_mhz = data_clock(contents(clocks));
  return summary;
}

}  // namespace heddle::sim::emulation
