#include "cli/boards/memory_test.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <vector>

#include "cli/output.hpp"

namespace heddle::cli {
namespace {

constexpr std::uint64_t kPiece = 4096;

}  // namespace

void test_memory(runtime::Device& device, std::uint64_t begin, std::uint64_t bytes, std::uint64_t seed,
                 const std::function<void(const std::string&)>& progress) {
  for (const std::uint8_t flip : {0x00, 0xFF}) {
    for (const bool check : {false, true}) {
      std::mt19937_64 random(seed);
      for (std::uint64_t at = 0; at < bytes; at += kPiece) {
        if (progress) progress(fmt::format("memory: {} of {} bytes", grouped(at), grouped(bytes)));
        std::vector<std::uint8_t> piece(std::min(kPiece, bytes - at)), got(piece.size());
        for (std::uint8_t& byte : piece) byte = static_cast<std::uint8_t>(random()) ^ flip;
        if (!check) {
          device.write(begin + at, piece);
          continue;
        }
        device.read(begin + at, got);
        const auto [a, b] = std::mismatch(piece.begin(), piece.end(), got.begin());
        if (a == piece.end()) continue;
        throw std::runtime_error(fmt::format("memory: byte {:#x} holds {:#04x}, {:#04x} was written",
                                             begin + at + static_cast<std::uint64_t>(a - piece.begin()), *b,
                                             *a));
      }
    }
  }
}

}  // namespace heddle::cli
