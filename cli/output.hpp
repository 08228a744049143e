// What the program prints and writes: files that appear whole or not at all, tables, progress.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace heddle::cli {

using Json = nlohmann::ordered_json;

/// A file that is written under a temporary name (FILE.part) and takes its own at commit. Without commit
/// nothing is left behind. Made before long work, so that a path that cannot be written is known at once.
class OutputFile {
 public:
  /// An empty path: no file is wanted, and every call does nothing. Throws std::runtime_error naming the
  /// path.
  explicit OutputFile(std::string path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  bool wanted() const { return !path_.empty(); }
  void write(std::string_view bytes);
  void write_json(const Json& json);
  void commit();

 private:
  std::string path_, temporary_;
  bool direct_ = false;  // a terminal, pipe or device: written as it is
  bool done_ = false;
  std::string content_;
};

/// Columns of text: the first left-aligned, the others right-aligned.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : rows_{std::move(header)} {}
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  /// Aligns column `index` left as well.
  void left(std::size_t index) { left_.push_back(index); }
  std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> left_ = {0};
};

/// One line on stderr that is written over; silent unless stderr is a terminal. Where long work shows how far
/// it is, Ctrl-C ends it: show and bar throw Interrupted.
class Progress {
 public:
  ~Progress() { clear(); }
  void show(const std::string& line);
  /// "what [#####     ] 12 / 34"
  void bar(const std::string& what, std::uint64_t done, std::uint64_t all);
  /// A line that stays.
  void say(const std::string& line);
  void clear();

 private:
  bool shown_ = false;
  std::int64_t last_ = 0;  // milliseconds; the line changes at most ten times a second
};

bool stdout_is_terminal();
bool stderr_is_terminal();

std::string grouped(std::uint64_t number);                // 1,234,567
std::string percent(const std::optional<double>& share);  // 12.3%, or - without a value
std::string byte_size(std::uint64_t bytes);               // 512 KiB, 4 GiB
std::string read_text_file(const std::string& path);      // throws std::runtime_error naming the path

}  // namespace heddle::cli
