// Instructions as text that reads back to the same bytes.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace heddle::emit {

/// One line an instruction: "  pc: name field=value ...". Fields that are zero are left out, a patched field
/// is written value+register. Quads that are no instruction are written as data.
std::string disassemble_code(std::span<const std::uint8_t> code,
                             const std::vector<std::string>& operations = {});

/// The code of such text. Throws std::runtime_error naming `source` and line.
std::vector<std::uint8_t> assemble_text(const std::string& text, const std::string& source);

}  // namespace heddle::emit
