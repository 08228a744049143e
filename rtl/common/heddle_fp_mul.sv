// FP32 multiplier with the rules of isa/numerics/fp32.hpp: round to nearest even, subnormal operands
// count as zero, a result below 2^-126 after rounding is zero of its sign, one canonical NaN.
//
// Pipeline of 3 stages, one product a cycle. en_i[k] clocks the registers of stage k: en_i[0] is high in
// the cycle in which a_i and b_i are present, en_i[k] k cycles later; y_o is valid from the cycle after
// en_i[2] and holds until the next product. The caller shares one valid chain among many multipliers.
// There is no reset: what the pipeline holds before its first enable is never used.
module heddle_fp_mul (
    input  logic        clk_i,
    input  logic [2:0]  en_i,
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    output logic [31:0] y_o
);
  // Stage 0: classes of the operands, and the 24 x 24 product in four parts of 24 x 6.
  logic        sign0_q, nan0_q, infinite0_q, zero0_q;
  logic [8:0]  exponent0_q;
  logic [29:0] part0_q, part1_q, part2_q, part3_q;
  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      sign0_q <= a_i[31] ^ b_i[31];
      nan0_q <= heddle_fp_pkg::mul_invalid(a_i[30:0], b_i[30:0]);
      infinite0_q <= a_i[30:23] == 8'hFF || b_i[30:23] == 8'hFF;
      zero0_q <= a_i[30:23] == 8'd0 || b_i[30:23] == 8'd0;
      exponent0_q <= {1'b0, a_i[30:23]} + {1'b0, b_i[30:23]};
      part0_q <= {6'd0, 1'b1, a_i[22:0]} * {24'd0, b_i[5:0]};
      part1_q <= {6'd0, 1'b1, a_i[22:0]} * {24'd0, b_i[11:6]};
      part2_q <= {6'd0, 1'b1, a_i[22:0]} * {24'd0, b_i[17:12]};
      part3_q <= {6'd0, 1'b1, a_i[22:0]} * {24'd0, 1'b1, b_i[22:18]};
    end
  end

  // Stage 1: the whole product.
  logic        sign1_q, nan1_q, infinite1_q, zero1_q;
  logic [9:0]  exponent1_q;  // of a product in [1, 2), with its bias; two's complement
  logic [26:0] product1_q;   // bit 26 is worth 2
  always_ff @(posedge clk_i) begin
    if (en_i[1]) begin
      sign1_q <= sign0_q;
      nan1_q <= nan0_q;
      infinite1_q <= infinite0_q;
      zero1_q <= zero0_q;
      exponent1_q <= {1'b0, exponent0_q} - 10'd127;
      product1_q <= heddle_fp_pkg::mul_product(part0_q, part1_q, part2_q, part3_q);
    end
  end

  // Stage 2: normalise, round, pack.
  always_ff @(posedge clk_i) begin
    if (en_i[2]) begin
      if (nan1_q) y_o <= heddle_fp_pkg::NAN;
      else if (infinite1_q) y_o <= {sign1_q, 8'hFF, 23'd0};
      else if (zero1_q) y_o <= {sign1_q, 31'd0};
      else
        y_o <= heddle_fp_pkg::round(
            sign1_q, exponent1_q, product1_q[26],
            product1_q[26] ? product1_q[26:3] : product1_q[25:2],
            product1_q[26] ? product1_q[2] : product1_q[1],
            product1_q[0] || (product1_q[26] && product1_q[1])
        );
    end
  end
endmodule
