// Functions of the pipeline stages of the vector unit, called where the stage's enable is high.
package heddle_vector_pkg;
  // Whether no table is needed, and then exponent and highest fraction bit of the result.
  function automatic logic [9:0] function_special(input logic [31:0] x, input logic exponential,
                                                  input logic rsqrt);
    if (heddle_fp_pkg::is_nan(x[30:0])) function_special = {1'b1, 8'hFF, 1'b1};
    else if (exponential && x[30:23] >= 8'd134) function_special = {1'b1, {8{!x[31]}}, 1'b0};  // |x| >= 128
    else if (exponential) function_special = {x[30:23] < 8'd102, 8'd127, 1'b0};  // 1 below 2^-25
    else if (x[30:23] == 8'd0) function_special = {1'b1, 8'hFF, 1'b0};
    else if (rsqrt && x[31]) function_special = {1'b1, 8'hFF, 1'b1};
    else function_special = {x[30:23] == 8'hFF, 9'd0};
  endfunction

  // Exponent of the result with its bias, before the fraction is known (two's complement); exp adds to it.
  function automatic logic [9:0] function_base(input logic [7:0] exponent, input logic exponential,
                                               input logic rsqrt);
    if (exponential) function_base = 10'd127;
    else if (rsqrt) function_base = 10'd191 - {3'd0, exponent[7:1]} - {9'd0, exponent[0]};  // half, down
    else function_base = 10'd254 - {2'd0, exponent};
  endfunction

  // Magnitude of exp's argument: the product in its fixed point, truncated.
  function automatic logic [30:0] function_magnitude(input logic [31:0] part0, input logic [31:0] part1,
                                                     input logic [31:0] part2, input logic [31:0] part3,
                                                     input logic [4:0] shift);
    logic [54:0] product;
    product = {23'd0, part0} + {15'd0, part1, 8'd0} + {7'd0, part2, 16'd0} + 55'({part3, 24'd0});
    function_magnitude = 31'(product >> 24) >> shift;
  endfunction

  // c1 + floor(c2 * distance / 2^17), from the halves of the product. c1 joins above the cut.
  function automatic logic [21:0] function_slope(input logic [21:0] c1, input logic [22:0] low,
                                                 input logic [21:0] high);
    logic [38:0] sum;
    sum = {c1, 17'd0} + {16'd0, low} + {8'd0, high, 9'd0};
    function_slope = 22'(sum >> 17);
  endfunction

  // c0 + floor(slope * distance / 2^17), likewise; without the lowest bit, which never decides.
  function automatic logic [27:1] function_value(input logic [27:0] c0, input logic [30:0] low,
                                                 input logic [29:0] high);
    logic [44:0] sum;
    sum = {c0, 17'd0} + {{14{low[30]}}, low} + {{6{high[29]}}, high, 9'd0};
    function_value = 27'(sum >> 18);
  endfunction

  // Rounds half up to 24 bits, packs. 2^25 <= x <= 2^27, so that the fraction of a value that rounds to a
  // power of two is zero and needs no shift.
  function automatic logic [31:0] function_packed(input logic sign, input logic [9:0] exponent,
                                                  input logic [27:1] x);
    logic        wide, up, carry;
    logic [24:0] mantissa;
    logic [22:0] fraction;
    logic [9:0]  biased;
    wide = x[27:26] != 2'd0;
    up = wide ? x[2] : x[1];
    mantissa = wide ? x[27:3] : x[26:2];
    carry = mantissa[24] || (up && mantissa[23:0] == 24'hFFFFFF);
    fraction = mantissa[22:0] + {22'd0, up};
    biased = exponent + {9'd0, carry} - {9'd0, !wide};
    if (biased[9] || biased == 10'd0) function_packed = {sign, 31'd0};
    else if (biased[8:0] >= 9'd255) function_packed = {sign, 8'hFF, 23'd0};
    else function_packed = {sign, biased[7:0], fraction};
  endfunction

  // What is reduced is canonical, and a magnitude on request.
  function automatic logic [31:0] reducible(input logic [31:0] x, input logic magnitude);
    reducible = heddle_fp_pkg::canonical(x) & {!magnitude, 31'h7FFF_FFFF};
  endfunction

  // Maximum of values that are canonical already.
  function automatic logic [31:0] greater(input logic [31:0] a, input logic [31:0] b);
    greater = heddle_fp_pkg::order(a) < heddle_fp_pkg::order(b) ? b : a;
  endfunction
endpackage
