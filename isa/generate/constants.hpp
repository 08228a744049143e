// Every constant of the contract that the SystemVerilog package and the reference page carry.
// Values come from the headers; only names are listed here.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace heddle::isa::generate {

struct Constant {
  std::string name;     // as in C++: kOpLoad
  std::uint64_t value;
  int bits;             // width in SystemVerilog; 0: int
};

struct Group {
  std::string title;
  std::vector<Constant> constants;
};

/// All constants, grouped as the reference page shows them.
std::vector<Group> contract_constants();

/// kMatrixAAddr -> MATRIX_A_ADDR: every capital starts a word.
std::string upper_snake(const std::string& name);

}  // namespace heddle::isa::generate
