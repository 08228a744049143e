// exp, reciprocal and reciprocal square root of FP32, to the bit of isa/numerics/functions.hpp: a quadratic
// on one of 64 segments of the argument's fraction, evaluated in integers with 26 fraction bits.
//
// Pipeline of 8 stages, one result a cycle. en_i[k] clocks the registers of stage k: en_i[0] is high in the
// cycle in which x_i and function_i (FUNC_EXP, FUNC_RECIPROCAL or FUNC_RSQRT) are present, en_i[k] k cycles
// later; y_o is valid from the cycle after en_i[7]. There is no reset.
module heddle_vector_function (
    input  logic        clk_i,
    input  logic [7:0]  en_i,
    input  logic [1:0]  function_i,
    input  logic [31:0] x_i,
    output logic [31:0] y_o
);
  localparam logic [31:0] LOG2_E = 32'h5C55_1D95;  // log2(e), 30 fraction bits

  // Stage 0: results that need no table; the exponent of the others; x * log2(e) for exp.
  logic is_exp, is_rsqrt;
  assign is_exp = function_i == 2'(heddle_isa_pkg::FUNC_EXP);
  assign is_rsqrt = function_i == 2'(heddle_isa_pkg::FUNC_RSQRT);

  // The product is taken in parts, which meet in the next stage, as those of stages 3 and 5 are: a stage
  // then holds either rows of a multiplier or a long addition.
  logic        exp0_q, negative0_q, sign0_q, special0_q;
  logic [1:0]  table0_q;
  logic [4:0]  shift0_q;
  logic [8:0]  special_value0_q;
  logic [9:0]  exponent0_q;
  logic [22:0] fraction0_q;
  logic [31:0] part0_q, part1_q, part2_q, part3_q;
  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      exp0_q <= is_exp;
      negative0_q <= x_i[31];
      sign0_q <= x_i[31] && !heddle_fp_pkg::is_nan(x_i[30:0]) && !is_exp && !is_rsqrt;
      {special0_q, special_value0_q} <= heddle_vector_pkg::function_special(x_i, is_exp, is_rsqrt);
      table0_q <= is_exp ? 2'd0 : is_rsqrt ? {1'b1, !x_i[23]} : 2'd1;  // odd exponents: even with their bias
      exponent0_q <= heddle_vector_pkg::function_base(x_i[30:23], is_exp, is_rsqrt);
      fraction0_q <= x_i[22:0];
      shift0_q <= 5'(8'd133 - x_i[30:23]);  // 0 to 31 beyond the 24 that every argument needs
      if (is_exp) begin
        part0_q <= {8'd0, 1'b1, x_i[22:0]} * {24'd0, LOG2_E[7:0]};
        part1_q <= {8'd0, 1'b1, x_i[22:0]} * {24'd0, LOG2_E[15:8]};
        part2_q <= {8'd0, 1'b1, x_i[22:0]} * {24'd0, LOG2_E[23:16]};
        part3_q <= {8'd0, 1'b1, x_i[22:0]} * {24'd0, LOG2_E[31:24]};
      end
    end
  end

  // Stage 1: magnitude of exp's argument in fixed point, 23 fraction bits, truncated.
  logic        exp1_q, negative1_q, sign1_q, special1_q;
  logic [1:0]  table1_q;
  logic [8:0]  special_value1_q;
  logic [9:0]  exponent1_q;
  logic [22:0] fraction1_q;
  logic [30:0] magnitude1_q;
  always_ff @(posedge clk_i) begin
    if (en_i[1]) begin
      exp1_q <= exp0_q;
      negative1_q <= negative0_q;
      sign1_q <= sign0_q;
      special1_q <= special0_q;
      special_value1_q <= special_value0_q;
      table1_q <= table0_q;
      exponent1_q <= exponent0_q;
      fraction1_q <= fraction0_q;
      magnitude1_q <= heddle_vector_pkg::function_magnitude(part0_q, part1_q, part2_q, part3_q, shift0_q);
    end
  end

  // Stage 2: the argument with its sign; coefficients of its segment.
  logic [31:0] fixed;
  logic [22:0] fraction;
  logic [27:0] c0_2_q;
  logic [21:0] c1_2_q;
  logic [13:0] c2_2_q;
  assign fixed = negative1_q ? -{1'b0, magnitude1_q} : {1'b0, magnitude1_q};
  assign fraction = exp1_q ? fixed[22:0] : fraction1_q;
  heddle_vector_rom i_rom (
      .clk_i  (clk_i),
      .en_i   (en_i[2]),
      .index_i({table1_q, fraction[22:17]}),
      .c0_o   (c0_2_q),
      .c1_o   (c1_2_q),
      .c2_o   (c2_2_q)
  );

  logic        sign2_q, special2_q;
  logic [8:0]  special_value2_q;
  logic [9:0]  exponent2_q;
  logic [16:0] distance2_q;
  always_ff @(posedge clk_i) begin
    if (en_i[2]) begin
      sign2_q <= sign1_q;
      special2_q <= special1_q;
      special_value2_q <= special_value1_q;
      exponent2_q <= exp1_q ? exponent1_q + {fixed[31], fixed[31:23]} : exponent1_q;
      distance2_q <= fraction[16:0];
    end
  end

  // Stages 3 and 4: slope = c1 + floor(c2 * distance / 2^17). c1 joins above the cut, which changes nothing.
  logic        sign3_q, special3_q;
  logic [8:0]  special_value3_q;
  logic [9:0]  exponent3_q;
  logic [16:0] distance3_q;
  logic [27:0] c0_3_q;
  logic [21:0] c1_3_q;
  logic [22:0] low3_q;
  logic [21:0] high3_q;
  always_ff @(posedge clk_i) begin
    if (en_i[3]) begin
      sign3_q <= sign2_q;
      special3_q <= special2_q;
      special_value3_q <= special_value2_q;
      exponent3_q <= exponent2_q;
      distance3_q <= distance2_q;
      c0_3_q <= c0_2_q;
      c1_3_q <= c1_2_q;
      low3_q <= {9'd0, c2_2_q} * {14'd0, distance2_q[8:0]};
      high3_q <= {8'd0, c2_2_q} * {14'd0, distance2_q[16:9]};
    end
  end

  logic        sign4_q, special4_q;
  logic [8:0]  special_value4_q;
  logic [9:0]  exponent4_q;
  logic [16:0] distance4_q;
  logic [27:0] c0_4_q;
  logic [21:0] slope4_q;
  always_ff @(posedge clk_i) begin
    if (en_i[4]) begin
      sign4_q <= sign3_q;
      special4_q <= special3_q;
      special_value4_q <= special_value3_q;
      exponent4_q <= exponent3_q;
      distance4_q <= distance3_q;
      c0_4_q <= c0_3_q;
      slope4_q <= heddle_vector_pkg::function_slope(c1_3_q, low3_q, high3_q);
    end
  end

  // Stages 5 and 6: value = c0 + floor(slope * distance / 2^17). The slope is signed, the distance is not.
  logic        sign5_q, special5_q;
  logic [8:0]  special_value5_q;
  logic [9:0]  exponent5_q;
  logic [27:0] c0_5_q;
  logic [30:0] low5_q;
  logic [29:0] high5_q;
  always_ff @(posedge clk_i) begin
    if (en_i[5]) begin
      sign5_q <= sign4_q;
      special5_q <= special4_q;
      special_value5_q <= special_value4_q;
      exponent5_q <= exponent4_q;
      c0_5_q <= c0_4_q;
      low5_q <= {{9{slope4_q[21]}}, slope4_q} * {22'd0, distance4_q[8:0]};
      high5_q <= {{8{slope4_q[21]}}, slope4_q} * {22'd0, distance4_q[16:9]};
    end
  end

  logic        sign6_q, special6_q;
  logic [8:0]  special_value6_q;
  logic [9:0]  exponent6_q;
  logic [27:1] value6_q;  // the lowest bit never decides
  always_ff @(posedge clk_i) begin
    if (en_i[6]) begin
      sign6_q <= sign5_q;
      special6_q <= special5_q;
      special_value6_q <= special_value5_q;
      exponent6_q <= exponent5_q;
      value6_q <= heddle_vector_pkg::function_value(c0_5_q, low5_q, high5_q);
    end
  end

  // Stage 7: round half up to 24 bits, pack. 2^25 <= value <= 2^27, so that the fraction of a value that
  // rounds to a power of two is zero and needs no shift.
  always_ff @(posedge clk_i) begin
    if (en_i[7]) begin
      if (special6_q) y_o <= {sign6_q, special_value6_q, 22'd0};
      else y_o <= heddle_vector_pkg::function_packed(sign6_q, exponent6_q, value6_q);
    end
  end
endmodule
