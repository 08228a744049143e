// A zip archive of files that are stored as they are, uncompressed (PKWARE's APPNOTE.TXT 6.3.10).
#pragma once
#include <string>
#include <vector>

namespace heddle::sim::emulation {

struct ZipFile {
  std::string name;  // path inside the archive
  std::string data;  // under 4 GiB
};

/// The archive's bytes; the same files give the same bytes.
std::string zip(const std::vector<ZipFile>& files);

}  // namespace heddle::sim::emulation
