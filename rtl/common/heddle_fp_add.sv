// FP32 adder with the rules of isa/numerics/fp32.hpp: round to nearest even, subnormal operands count as
// zero, a result below 2^-126 is zero of its sign, x + (-x) is +0, one canonical NaN. To subtract, the
// caller flips the sign of b_i.
//
// Pipeline of 4 stages, one sum a cycle. en_i[k] clocks the registers of stage k: en_i[0] is high in the
// cycle in which a_i and b_i are present, en_i[k] k cycles later; y_o is valid from the cycle after
// en_i[3] and holds until the next sum. There is no reset.
module heddle_fp_add (
    input  logic        clk_i,
    input  logic [3:0]  en_i,
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    output logic [31:0] y_o
);
  // Stage 0: order the operands by magnitude, take the distance of their exponents.
  logic        sign0_q, subtract0_q, nan0_q, infinite0_q;
  logic [7:0]  exponent0_q;
  logic [23:0] large0_q, little0_q;
  logic [4:0]  shift0_q;
  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      {sign0_q, exponent0_q, large0_q, little0_q, shift0_q} <= heddle_fp_pkg::add_ordered(a_i, b_i);
      subtract0_q <= a_i[31] ^ b_i[31];
      nan0_q <= heddle_fp_pkg::add_invalid(a_i, b_i);
      infinite0_q <= a_i[30:23] == 8'hFF || b_i[30:23] == 8'hFF;
    end
  end

  // Stage 1: align the smaller operand.
  logic        sign1_q, subtract1_q, nan1_q, infinite1_q;
  logic [7:0]  exponent1_q;
  logic [23:0] large1_q;
  logic [26:0] little1_q;
  always_ff @(posedge clk_i) begin
    if (en_i[1]) begin
      sign1_q <= sign0_q;
      subtract1_q <= subtract0_q;
      nan1_q <= nan0_q;
      infinite1_q <= infinite0_q;
      exponent1_q <= exponent0_q;
      large1_q <= large0_q;
      little1_q <= heddle_fp_pkg::add_aligned(little0_q, shift0_q);
    end
  end

  // Stage 2: the sum, and beside it the place of its leading one, from the operands; it may be one too high,
  // which stage 3 corrects.
  logic        sign2_q, subtract2_q, nan2_q, infinite2_q;
  logic [7:0]  exponent2_q;
  logic [4:0]  zeros2_q;
  logic [27:0] sum2_q;
  always_ff @(posedge clk_i) begin
    if (en_i[2]) begin
      sign2_q <= sign1_q;
      subtract2_q <= subtract1_q;
      nan2_q <= nan1_q;
      infinite2_q <= infinite1_q;
      exponent2_q <= exponent1_q;
      zeros2_q <= heddle_fp_pkg::add_leading({large1_q, 3'd0}, little1_q, subtract1_q);
      sum2_q <= {1'b0, large1_q, 3'd0} + ({1'b0, little1_q} ^ {28{subtract1_q}}) + {27'd0, subtract1_q};
    end
  end

  // Stage 3: normalise, round, pack. A sum below 2^-126 is exact, so that flushing it is the rule.
  always_ff @(posedge clk_i) begin
    if (en_i[3]) begin
      if (nan2_q) y_o <= heddle_fp_pkg::NAN;
      else if (infinite2_q) y_o <= {sign2_q, 8'hFF, 23'd0};
      else if (sum2_q == 28'd0) y_o <= {sign2_q && !subtract2_q, 31'd0};  // -0 only from two of them
      else y_o <= heddle_fp_pkg::add_normalised(sign2_q, exponent2_q, sum2_q, zeros2_q);
    end
  end
endmodule
