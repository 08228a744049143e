#include "sim/emulation/zip.hpp"

#include <zlib.h>

#include <cstdint>

namespace heddle::sim::emulation {
namespace {

constexpr std::uint32_t kVersion = 20;              // needed to extract: 2.0
constexpr std::uint32_t kDate = 0x21;               // 1980-01-01, the format's earliest
constexpr std::uint32_t kUnix = 3 << 8 | kVersion;  // made by: its file modes are in the attributes
constexpr std::uint32_t kMode = 0100755u << 16;     // a regular file that may be executed

void put(std::string* out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) *out += static_cast<char>(value >> (8 * i));
}

// The fields that local and central headers share, from "version needed" to "extra field length".
void put_common(std::string* out, const ZipFile& file, std::uint32_t crc) {
  const auto size = static_cast<std::uint32_t>(file.data.size());
  put(out, kVersion, 2);
  put(out, 0, 2);  // flags
  put(out, 0, 2);  // stored
  put(out, 0, 2);  // time
  put(out, kDate, 2);
  put(out, crc, 4);
  put(out, size, 4);
  put(out, size, 4);
  put(out, static_cast<std::uint32_t>(file.name.size()), 2);
  put(out, 0, 2);
}

}  // namespace

std::string zip(const std::vector<ZipFile>& files) {
  std::string out, directory;
  for (const ZipFile& file : files) {
    const auto crc = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(file.data.data()), file.data.size()));
    const auto offset = static_cast<std::uint32_t>(out.size());
    put(&out, 0x04034B50, 4);
    put_common(&out, file, crc);
    out += file.name + file.data;
    put(&directory, 0x02014B50, 4);
    put(&directory, kUnix, 2);
    put_common(&directory, file, crc);
    put(&directory, 0, 2);  // comment
    put(&directory, 0, 2);  // disk
    put(&directory, 0, 2);  // internal attributes
    put(&directory, kMode, 4);
    put(&directory, offset, 4);
    directory += file.name;
  }
  const auto count = static_cast<std::uint32_t>(files.size());
  const auto start = static_cast<std::uint32_t>(out.size());
  out += directory;
  put(&out, 0x06054B50, 4);
  put(&out, 0, 4);  // disks
  put(&out, count, 2);
  put(&out, count, 2);
  put(&out, static_cast<std::uint32_t>(directory.size()), 4);
  put(&out, start, 4);
  put(&out, 0, 2);  // comment
  return out;
}

}  // namespace heddle::sim::emulation
