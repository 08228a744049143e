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
  localparam logic [30:0] LOG2_E = 31'h5C55_1D95;  // log2(e), 30 fraction bits

  // Stage 0: results that need no table; the exponent of the others; x * log2(e) for exp.
  logic is_exp, is_rsqrt, nan, infinite, zero;
  assign is_exp = function_i == 2'(heddle_isa_pkg::FUNC_EXP);
  assign is_rsqrt = function_i == 2'(heddle_isa_pkg::FUNC_RSQRT);
  assign nan = x_i[30:23] == 8'hFF && x_i[22:0] != 23'd0;
  assign infinite = x_i[30:23] == 8'hFF;
  assign zero = x_i[30:23] == 8'd0;

  logic       special;
  logic [8:0] special_value;  // exponent and highest fraction bit
  always_comb begin
    special = 1'b1;
    special_value = 9'h000;
    if (nan) begin
      special_value = {8'hFF, 1'b1};
    end else if (is_exp) begin
      if (x_i[30:23] >= 8'd134) special_value = x_i[31] ? 9'h000 : {8'hFF, 1'b0};  // |x| >= 128
      else if (x_i[30:23] < 8'd102) special_value = {8'd127, 1'b0};                // |x| < 2^-25
      else special = 1'b0;
    end else if (zero) begin
      special_value = {8'hFF, 1'b0};
    end else if (is_rsqrt && x_i[31]) begin
      special_value = {8'hFF, 1'b1};
    end else begin
      special = infinite;
    end
  end

  // Exponent of the result with its bias, before the fraction is known (two's complement); exp adds to it.
  logic [8:0] exponent;
  logic [9:0] exponent_rsqrt;
  assign exponent = {1'b0, x_i[30:23]} - 9'd127;
  assign exponent_rsqrt = 10'd127 - {{2{exponent[8]}}, exponent[8:1]};

  // The product is taken in halves, which meet in the next stage, as those of stages 3 and 5 are: a stage
  // then holds either rows of a multiplier or a long addition.
  logic        exp0_q, negative0_q, sign0_q, special0_q;
  logic [1:0]  table0_q;
  logic [4:0]  shift0_q;
  logic [8:0]  special_value0_q;
  logic [9:0]  exponent0_q;
  logic [22:0] fraction0_q;
  logic [39:0] low0_q;
  logic [38:0] high0_q;
  always_ff @(posedge clk_i) begin
    if (en_i[0]) begin
      exp0_q <= is_exp;
      negative0_q <= x_i[31];
      sign0_q <= x_i[31] && !nan && !is_exp && !is_rsqrt;
      special0_q <= special;
      special_value0_q <= special_value;
      table0_q <= is_exp ? 2'd0 : is_rsqrt ? {1'b1, exponent[0]} : 2'd1;
      exponent0_q <= is_exp ? 10'd127 : is_rsqrt ? exponent_rsqrt : 10'd254 - {2'd0, x_i[30:23]};
      fraction0_q <= x_i[22:0];
      shift0_q <= 5'(8'd133 - x_i[30:23]);  // 0 to 31 beyond the 24 that every argument needs
      if (is_exp) begin
        low0_q <= {16'd0, 1'b1, x_i[22:0]} * {24'd0, LOG2_E[15:0]};
        high0_q <= {15'd0, 1'b1, x_i[22:0]} * {24'd0, LOG2_E[30:16]};
      end
    end
  end

  // Stage 1: magnitude of exp's argument in fixed point, 23 fraction bits, truncated.
  logic [54:0] product;
  assign product = {15'd0, low0_q} + {high0_q, 16'd0};

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
      magnitude1_q <= product[54:24] >> shift0_q;
    end
  end

  // Stage 2: the argument with its sign; coefficients of its segment.
  logic [31:0] fixed;
  logic [22:0] fraction;
  logic [27:0] c0;
  logic [21:0] c1;
  logic [13:0] c2;
  assign fixed = negative1_q ? -{1'b0, magnitude1_q} : {1'b0, magnitude1_q};
  assign fraction = exp1_q ? fixed[22:0] : fraction1_q;
  heddle_vector_rom i_rom (
      .index_i({table1_q, fraction[22:17]}),
      .c0_o   (c0),
      .c1_o   (c1),
      .c2_o   (c2)
  );

  logic        sign2_q, special2_q;
  logic [8:0]  special_value2_q;
  logic [9:0]  exponent2_q;
  logic [16:0] distance2_q;
  logic [27:0] c0_2_q;
  logic [21:0] c1_2_q;
  logic [13:0] c2_2_q;
  always_ff @(posedge clk_i) begin
    if (en_i[2]) begin
      sign2_q <= sign1_q;
      special2_q <= special1_q;
      special_value2_q <= special_value1_q;
      exponent2_q <= exp1_q ? exponent1_q + {fixed[31], fixed[31:23]} : exponent1_q;
      distance2_q <= fraction[16:0];
      c0_2_q <= c0;
      c1_2_q <= c1;
      c2_2_q <= c2;
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

  logic [38:0] slope;
  assign slope = {c1_3_q, 17'd0} + {16'd0, low3_q} + {8'd0, high3_q, 9'd0};

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
      slope4_q <= slope[38:17];
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

  logic [44:0] value;
  assign value = {c0_5_q, 17'd0} + {{14{low5_q[30]}}, low5_q} + {{6{high5_q[29]}}, high5_q, 9'd0};

  logic        sign6_q, special6_q;
  logic [8:0]  special_value6_q;
  logic [9:0]  exponent6_q;
  logic [27:0] value6_q;
  always_ff @(posedge clk_i) begin
    if (en_i[6]) begin
      sign6_q <= sign5_q;
      special6_q <= special5_q;
      special_value6_q <= special_value5_q;
      exponent6_q <= exponent5_q;
      value6_q <= value[44:17];
    end
  end

  // Stage 7: round half up to 24 bits, pack. 2^25 <= value <= 2^27, so that the fraction of a value that
  // rounds to a power of two is zero and needs no shift.
  logic        wide, carry;
  logic [24:0] rounded;
  logic [9:0]  exponent_final;
  assign wide = value6_q[27:26] != 2'd0;
  assign rounded = wide ? value6_q[27:3] + {24'd0, value6_q[2]} : value6_q[26:2] + {24'd0, value6_q[1]};
  assign carry = rounded[24];
  assign exponent_final = exponent6_q + {9'd0, carry} - {9'd0, !wide};

  always_ff @(posedge clk_i) begin
    if (en_i[7]) begin
      if (special6_q) y_o <= {sign6_q, special_value6_q, 22'd0};
      else if (exponent_final[9] || exponent_final == 10'd0) y_o <= {sign6_q, 31'd0};
      else if (exponent_final[8:0] >= 9'd255) y_o <= {sign6_q, 8'hFF, 23'd0};
      else y_o <= {sign6_q, exponent_final[7:0], rounded[22:0]};
    end
  end

  logic unused;
  assign unused = ^{product[23:0], rounded[23], slope[16:0], value[16:0], value6_q[0]};
endmodule
