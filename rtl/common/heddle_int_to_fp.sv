// Signed 32-bit integer to FP32, rounded to nearest even (isa/numerics/fp32.hpp, fp32_from_int).
//
// Pipeline of 2 stages, one conversion a cycle. en_i[k] clocks the registers of stage k: en_i[0] is high
// in the cycle in which x_i is present, en_i[1] one cycle later; y_o is valid from the cycle after
// en_i[1] and holds until the next result. There is no reset.
module heddle_int_to_fp (
    input  logic        clk_i,
    input  logic [1:0]  en_i,
    input  logic [31:0] x_i,
    output logic [31:0] y_o
);
  // Stage 0: magnitude and the number of its leading zeros (31 for a magnitude of zero).
  logic        sign_q;
  logic [31:0] magnitude_q;
  logic [4:0]  zeros_q;
  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      sign_q <= x_i[31];
      {magnitude_q, zeros_q} <= heddle_fp_pkg::int_measured(x_i);
    end
  end

  // Stage 1: normalise, round, pack. The leading one is bit 31: 2^(31 - zeros).
  always_ff @(posedge clk_i) begin
    if (en_i[1]) y_o <= heddle_fp_pkg::int_rounded(sign_q, magnitude_q, zeros_q);
  end
endmodule
