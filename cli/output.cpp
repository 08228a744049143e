#include "cli/output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "cli/interrupt.hpp"

namespace heddle::cli {

namespace fs = std::filesystem;

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::error_code error;
  const fs::file_status status = fs::status(path_, error);
  if (fs::is_directory(status)) throw std::runtime_error(fmt::format("{}: is a directory", path_));
  direct_ = fs::exists(status) && !fs::is_regular_file(status);
  temporary_ = direct_ ? path_ : path_ + ".part";
  std::ofstream file(temporary_, std::ios::binary | (direct_ ? std::ios::app : std::ios::trunc));
  if (!file) {
    throw std::runtime_error(fmt::format("{}: cannot be written: {}", path_, std::strerror(errno)));
  }
  if (!direct_) remove_if_killed(temporary_.c_str());
}

OutputFile::~OutputFile() {
  if (wanted() && !direct_ && !done_) std::remove(temporary_.c_str());
  forget_file(temporary_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  if (wanted()) content_.append(bytes);
}

void OutputFile::write_json(const Json& json) {
  if (wanted()) content_ += json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void OutputFile::commit() {
  if (!wanted()) return;
  std::ofstream file(temporary_, std::ios::binary | (direct_ ? std::ios::app : std::ios::trunc));
  file.write(content_.data(), static_cast<std::streamsize>(content_.size()));
  file.close();
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be written to its end", path_));
  if (!direct_) {
    std::error_code error;
    fs::rename(temporary_, path_, error);
    if (error) throw std::runtime_error(fmt::format("{}: cannot be written: {}", path_, error.message()));
    forget_file(temporary_.c_str());
  }
  done_ = true;
}

std::string Table::text() const {
  std::vector<std::size_t> widths;
  for (const auto& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool left = std::find(left_.begin(), left_.end(), i) != left_.end();
      if (i != 0) line += "  ";
      line += left ? fmt::format("{:<{}}", row[i], widths[i]) : fmt::format("{:>{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

void Progress::show(const std::string& line) {
  check_interrupt();
  if (!stderr_is_terminal()) return;
  const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::steady_clock::now().time_since_epoch())
                               .count();
  if (shown_ && now - last_ < 100) return;
  last_ = now;
  shown_ = true;
  fmt::print(stderr, "\r\033[K{}", line);
  std::fflush(stderr);
}

void Progress::bar(const std::string& what, std::uint64_t done, std::uint64_t all) {
  constexpr int kWidth = 30;
  const int filled =
      all == 0 ? kWidth : static_cast<int>(kWidth * static_cast<double>(done) / static_cast<double>(all));
  show(fmt::format("{} [{}{}] {} / {}", what, std::string(filled, '#'), std::string(kWidth - filled, ' '),
                   grouped(done), grouped(all)));
}

void Progress::say(const std::string& line) {
  if (!stderr_is_terminal()) return;
  clear();
  fmt::print(stderr, "{}\n", line);
}

void Progress::clear() {
  if (!shown_) return;
  shown_ = false;
  fmt::print(stderr, "\r\033[K");
  std::fflush(stderr);
}

bool stdout_is_terminal() { return isatty(STDOUT_FILENO) == 1; }
bool stderr_is_terminal() { return isatty(STDERR_FILENO) == 1; }

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, ",");
  }
  return digits;
}

std::string percent(const std::optional<double>& share) {
  return share ? fmt::format("{:.1f}%", 100.0 * *share) : "-";
}

std::string byte_size(std::uint64_t bytes) {
  const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  int unit = 0;
  while (value >= 1024.0 && unit < 4) {
    value /= 1024.0;
    ++unit;
  }
  const bool whole = value == static_cast<double>(static_cast<std::uint64_t>(value));
  return fmt::format("{:.{}f} {}", value, whole ? 0 : 1, units[unit]);
}

std::string read_text_file(const std::string& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) throw std::runtime_error(fmt::format("{}: is a directory", path));
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(fmt::format("{}: cannot be read: {}", path, std::strerror(errno)));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

}  // namespace heddle::cli
