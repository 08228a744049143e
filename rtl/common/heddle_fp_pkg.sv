// Pieces of FP32 arithmetic by the rules of isa/numerics/fp32.hpp, shared by the cells and the vector unit.
// They are functions, so that a pipeline stage calls them where its enable is high: a simulator then spends
// nothing on a stage that rests.
package heddle_fp_pkg;
  localparam logic [31:0] NAN = 32'h7FC0_0000;

  function automatic logic is_nan(input logic [30:0] x);
    is_nan = x[30:23] == 8'hFF && x[22:0] != 23'd0;
  endfunction

  // Input rule: a subnormal is zero of its sign, any NaN the canonical one.
  function automatic logic [31:0] canonical(input logic [31:0] x);
    canonical = is_nan(x[30:0]) ? NAN : {x[31:23], x[30:23] == 8'd0 ? 23'd0 : x[22:0]};
  endfunction

  // Key whose unsigned order is that of fp32_order, of a canonical value.
  function automatic logic [31:0] order(input logic [31:0] x);
    order = x[31] ? ~x : {1'b1, x[30:0]};
  endfunction

  // Maximum or minimum; equal operands are equal in every bit once canonical.
  function automatic logic [31:0] extremum(input logic [31:0] a, input logic [31:0] b, input logic minimum);
    logic [31:0] a_value, b_value;
    a_value = canonical(a);
    b_value = canonical(b);
    extremum = ((order(a_value) < order(b_value)) ^ minimum) ? b_value : a_value;
  endfunction

  // Number of leading zeros of a 32-bit word, by binary search; 31 when its upper 31 bits are zero, so that
  // the lowest bit is not asked for.
  function automatic logic [4:0] leading_zeros(input logic [31:1] x);
    logic        none16, none8, none4, none2, none1;
    logic [15:1] half16;
    logic [7:1]  half8;
    logic [3:1]  half4;
    none16 = x[31:16] == 16'd0;
    half16 = none16 ? x[15:1] : x[31:17];
    none8 = half16[15:8] == 8'd0;
    half8 = none8 ? half16[7:1] : half16[15:9];
    none4 = half8[7:4] == 4'd0;
    half4 = none4 ? half8[3:1] : half8[7:5];
    none2 = half4[3:2] == 2'd0;
    none1 = none2 ? !half4[1] : !half4[3];
    leading_zeros = {none16, none8, none4, none2, none1};
  endfunction

  // Rounds a normalised mantissa to nearest even and packs it. `exponent` has its bias and may lie outside
  // 1 to 254, in two's complement; `high` adds one to it.
  function automatic logic [31:0] round(input logic sign, input logic [9:0] exponent, input logic high,
                                        input logic [23:0] mantissa, input logic guard, input logic sticky);
    logic        up, carry;
    logic [22:0] fraction;
    logic [9:0]  rounded;
    up = guard && (sticky || mantissa[0]);
    carry = up && mantissa == 24'hFFFFFF;  // it leaves a fraction of zeros
    fraction = mantissa[22:0] + {22'd0, up};
    rounded = exponent + {8'd0, high && carry, high ^ carry};
    if (rounded[9] || rounded == 10'd0) round = {sign, 31'd0};
    else if (rounded[8:0] >= 9'd255) round = {sign, 8'hFF, 23'd0};
    else round = {sign, rounded[7:0], fraction};
  endfunction

  // To a signed byte: to nearest even, clamped to [-127, 127]; NaN gives 0.
  function automatic logic [7:0] to_int8(input logic [31:0] x);
    logic [3:0]  shift;
    logic [31:0] shifted;
    logic [7:0]  rounded, magnitude;
    // Seven integer bits over guard and sticky. Below 1/4 everything is sticky, zero and subnormals too.
    shift = x[30:23] < 8'd125 ? 4'd8 : 4'(8'd133 - x[30:23]);
    shifted = {1'b1, x[22:0], 8'd0} >> shift;
    rounded = {1'b0, shifted[31:25]} + {7'd0, shifted[24] && (shifted[23:0] != 24'd0 || shifted[25])};
    magnitude = (x[30:23] >= 8'd134 || rounded[7]) ? 8'd127 : rounded;
    to_int8 = is_nan(x[30:0]) ? 8'd0 : x[31] ? -magnitude : magnitude;
  endfunction

  // From a signed byte, exact.
  function automatic logic [31:0] from_int8(input logic [7:0] x);
    logic [7:0] magnitude, half4, half2, normal;
    logic       none4, none2, none1;
    magnitude = x[7] ? -x : x;
    none4 = magnitude[7:4] == 4'd0;
    half4 = none4 ? {magnitude[3:0], 4'd0} : magnitude;
    none2 = half4[7:6] == 2'd0;
    half2 = none2 ? {half4[5:0], 2'd0} : half4;
    none1 = !half2[7];
    normal = none1 ? {half2[6:0], 1'b0} : half2;
    from_int8 = normal[7] ? {x[7], 8'd134 - {5'd0, none4, none2, none1}, normal[6:0], 16'd0} : 32'd0;
  endfunction

  // --- Stages of heddle_fp_mul ---
  function automatic logic mul_invalid(input logic [30:0] a, input logic [30:0] b);
    mul_invalid = is_nan(a) || is_nan(b) ||
                 (a[30:23] == 8'hFF && b[30:23] == 8'd0) || (b[30:23] == 8'hFF && a[30:23] == 8'd0);
  endfunction

  // Bits that can only make the result inexact are gathered in the lowest one.
  function automatic logic [26:0] mul_product(input logic [29:0] part0, input logic [29:0] part1,
                                              input logic [29:0] part2, input logic [29:0] part3);
    logic [47:0] whole;
    whole = {18'd0, part0} + {12'd0, part1, 6'd0} + {6'd0, part2, 12'd0} + {part3, 18'd0};
    mul_product = {whole[47:22], whole[21:0] != 22'd0};
  endfunction

  // --- Stages of heddle_fp_add ---
  function automatic logic add_invalid(input logic [31:0] a, input logic [31:0] b);
    add_invalid = is_nan(a[30:0]) || is_nan(b[30:0]) ||
                  (a[30:23] == 8'hFF && b[30:23] == 8'hFF && (a[31] ^ b[31]));
  endfunction

  // Sign, exponent and mantissa of the larger, mantissa of the smaller, and how far the latter is shifted;
  // 27 leaves nothing but sticky.
  function automatic logic [61:0] add_ordered(input logic [31:0] a, input logic [31:0] b);
    logic        swap;
    logic [31:0] larger;
    logic [30:0] smaller;
    logic [7:0]  distance;
    swap = a[30:0] < b[30:0];
    larger = swap ? b : a;
    smaller = swap ? a[30:0] : b[30:0];
    // Both differences are taken beside the comparison, so that they do not wait for it.
    distance = swap ? b[30:23] - a[30:23] : a[30:23] - b[30:23];
    add_ordered = {larger[31:23], larger[30:23] == 8'd0 ? 24'd0 : {1'b1, larger[22:0]},
                   smaller[30:23] == 8'd0 ? 24'd0 : {1'b1, smaller[22:0]},
                   distance > 8'd27 ? 5'd27 : distance[4:0]};
  endfunction

  // Three bits below the mantissa (guard, round, sticky) are enough.
  function automatic logic [26:0] add_aligned(input logic [23:0] x, input logic [4:0] shift);
    logic [50:0] shifted;
    shifted = {x, 27'd0} >> shift;
    add_aligned = {shifted[50:25], shifted[24:0] != 25'd0};
  endfunction

  // Place of the leading one of a + b or a - b, or of the bit above it. Of a difference the first digit that
  // is followed by no -1 marks it; a sum leads at the carry or just below it.
  function automatic logic [4:0] add_leading(input logic [26:0] a, input logic [26:0] b,
                                             input logic subtract);
    logic [25:0] minus;
    minus = ~a[25:0] & b[25:0];
    add_leading = leading_zeros({!subtract, (a ^ b) & ~{minus, 1'b0}, 3'h7});
  endfunction

  function automatic logic [31:0] add_normalised(input logic sign, input logic [7:0] exponent,
                                                 input logic [27:0] sum, input logic [4:0] zeros);
    logic [27:0] coarse, normal;
    coarse = sum << zeros;
    normal = coarse[27] ? coarse : {coarse[26:0], 1'b0};
    add_normalised = round(sign, {2'd0, exponent} - {5'd0, zeros}, coarse[27], normal[27:4],
                           normal[3], normal[2:0] != 3'd0);
  endfunction

  // --- Stages of heddle_int_to_fp ---
  function automatic logic [36:0] int_measured(input logic [31:0] x);
    logic [31:0] magnitude;
    magnitude = x[31] ? -x : x;
    int_measured = {magnitude, leading_zeros(magnitude[31:1])};
  endfunction

  function automatic logic [31:0] int_rounded(input logic sign, input logic [31:0] magnitude,
                                              input logic [4:0] zeros);
    logic [31:0] normal;
    logic        up, carry;
    logic [22:0] fraction;
    normal = magnitude << zeros;
    up = normal[7] && (normal[6:0] != 7'd0 || normal[8]);
    carry = up && normal[31:8] == 24'hFFFFFF;  // it leaves a fraction of zeros
    fraction = normal[30:8] + {22'd0, up};
    int_rounded = normal[31] ? {sign, 8'd158 - {3'd0, zeros} + {7'd0, carry}, fraction} : 32'd0;
  endfunction
endpackage
