#include <fmt/format.h>

#include <cstdint>

#include "isa/generate/writers.hpp"
#include "isa/numerics/functions.hpp"

namespace heddle::isa::generate {

std::string function_rom() {
  std::string out =
      "// Generated from isa/numerics by heddle_generate; do not edit.\n"
      "// Coefficients of the quadratics behind exp, reciprocal and reciprocal square root: in the cycle\n"
      "// after en_i those of row index_i, held until the next.\n"
      "module heddle_vector_rom (\n"
      "    input  logic        clk_i,\n"
      "    input  logic        en_i,\n"
      "    input  logic [7:0]  index_i,\n"
      "    output logic [27:0] c0_o,  // unsigned\n"
      "    output logic [21:0] c1_o,  // two's complement\n"
      "    output logic [13:0] c2_o   // unsigned\n"
      ");\n"
      "  logic [63:0] row_q;\n"
      "  assign {c0_o, c1_o, c2_o} = row_q;\n"
      "\n"
      "  always_ff @(posedge clk_i) begin\n"
      "    if (en_i) begin\n"
      "      case (index_i)\n";
  for (int i = 0; i < 256; ++i) {
    const Quadratic& q = kFunctionTable[i];
    const std::uint64_t row = static_cast<std::uint64_t>(q.c0) << 36 | (static_cast<std::uint64_t>(q.c1) & 0x3FFFFF) << 14 |
                              static_cast<std::uint64_t>(q.c2);
    const std::string label = i == 255 ? "default" : fmt::format("8'd{}", i);
    out += fmt::format("        {}: row_q <= 64'h{:016X};\n", label, row);
  }
  return out + "      endcase\n    end\n  end\nendmodule\n";
}

}  // namespace heddle::isa::generate
