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
  logic        swap, a_special, b_special, a_nan, b_nan;
  logic [31:0] larger;
  logic [30:0] smaller;
  logic [7:0]  distance;
  assign swap = a_i[30:0] < b_i[30:0];
  assign larger = swap ? b_i : a_i;
  assign smaller = swap ? a_i[30:0] : b_i[30:0];
  // Both differences are taken beside the comparison, so that they do not wait for it.
  assign distance = swap ? b_i[30:23] - a_i[30:23] : a_i[30:23] - b_i[30:23];
  assign a_special = a_i[30:23] == 8'hFF;
  assign b_special = b_i[30:23] == 8'hFF;
  assign a_nan = a_special && a_i[22:0] != 23'd0;
  assign b_nan = b_special && b_i[22:0] != 23'd0;

  logic        sign0_q, subtract0_q, nan0_q, infinite0_q;
  logic [7:0]  exponent0_q;
  logic [23:0] big0_q, small0_q;
  logic [4:0]  shift0_q;
  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      sign0_q <= larger[31];
      subtract0_q <= a_i[31] ^ b_i[31];
      nan0_q <= a_nan || b_nan || (a_special && b_special && (a_i[31] ^ b_i[31]));
      infinite0_q <= a_special || b_special;
      exponent0_q <= larger[30:23];
      big0_q <= larger[30:23] == 8'd0 ? 24'd0 : {1'b1, larger[22:0]};
      small0_q <= smaller[30:23] == 8'd0 ? 24'd0 : {1'b1, smaller[22:0]};
      shift0_q <= distance > 8'd27 ? 5'd27 : distance[4:0];  // 27: nothing but sticky remains
    end
  end

  // Stage 1: align the smaller operand; three more bits (guard, round, sticky) are enough.
  logic [50:0] shifted;
  assign shifted = {small0_q, 27'd0} >> shift0_q;

  logic        sign1_q, subtract1_q, nan1_q, infinite1_q;
  logic [7:0]  exponent1_q;
  logic [23:0] big1_q;
  logic [26:0] small1_q;
  always_ff @(posedge clk_i) begin
    if (en_i[1]) begin
      sign1_q <= sign0_q;
      subtract1_q <= subtract0_q;
      nan1_q <= nan0_q;
      infinite1_q <= infinite0_q;
      exponent1_q <= exponent0_q;
      big1_q <= big0_q;
      small1_q <= {shifted[50:25], shifted[24:0] != 25'd0};
    end
  end

  // Stage 2: the sum, and beside it the place of its leading one, from the operands. Of a difference the
  // first digit that is followed by no -1 marks the place, or the one above it: stage 3 corrects that.
  // A sum of like signs leads at the carry or just below it.
  logic [27:0] sum;
  logic [26:0] minuend, above, below, leads;
  logic [4:0]  zeros;
  assign minuend = {big1_q, 3'd0};
  assign sum = {1'b0, minuend} + ({1'b0, small1_q} ^ {28{subtract1_q}}) + {27'd0, subtract1_q};
  assign above = minuend & ~small1_q;  // digit +1
  assign below = ~minuend & small1_q;  // digit -1
  assign leads = (above | below) & ~{below[25:0], 1'b0};
  heddle_fp_zeros i_zeros (
      .x_i    ({!subtract1_q, leads, 4'hF}),
      .zeros_o(zeros)
  );

  logic        sign2_q, nan2_q, infinite2_q, zero2_q;
  logic [7:0]  exponent2_q;
  logic [4:0]  zeros2_q;
  logic [27:0] sum2_q;
  always_ff @(posedge clk_i) begin
    if (en_i[2]) begin
      // An exact zero is +0 unless both operands were -0.
      sign2_q <= (subtract1_q && sum == 28'd0) ? 1'b0 : sign1_q;
      nan2_q <= nan1_q;
      infinite2_q <= infinite1_q;
      zero2_q <= sum == 28'd0;
      exponent2_q <= exponent1_q;
      zeros2_q <= zeros;
      sum2_q <= sum;
    end
  end

  // Stage 3: normalise, round, pack. A sum below 2^-126 is exact, so that flushing it here is the rule.
  logic [27:0] coarse, normal;
  logic        round_up, carry;
  logic [22:0] fraction;
  logic [9:0]  base, exponent;  // two's complement
  logic        underflow, overflow;
  assign coarse = sum2_q << zeros2_q;
  assign normal = coarse[27] ? coarse : {coarse[26:0], 1'b0};
  assign round_up = normal[3] && (normal[2:0] != 3'd0 || normal[4]);
  assign carry = round_up && normal[27:4] == 24'hFFFFFF;  // it leaves a fraction of zeros
  assign fraction = normal[26:4] + {22'd0, round_up};
  assign base = {2'd0, exponent2_q} - {5'd0, zeros2_q};
  assign exponent = base + {8'd0, coarse[27] && carry, coarse[27] ^ carry};
  assign underflow = exponent[9] || exponent == 10'd0;
  assign overflow = !exponent[9] && exponent[8:0] >= 9'd255;

  always_ff @(posedge clk_i) begin
    if (en_i[3]) begin
      if (nan2_q) y_o <= 32'h7FC0_0000;
      else if (infinite2_q) y_o <= {sign2_q, 8'hFF, 23'd0};
      else if (zero2_q || underflow) y_o <= {sign2_q, 31'd0};
      else if (overflow) y_o <= {sign2_q, 8'hFF, 23'd0};
      else y_o <= {sign2_q, exponent[7:0], fraction};
    end
  end
endmodule
