// Maximum or minimum in the order of isa/numerics/fp32.hpp (fp32_order): NaN above +infinity, -0 below +0.
// The result is canonical. Combinational.
module heddle_fp_extremum (
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    input  logic        minimum_i,
    output logic [31:0] y_o
);
  logic [31:0] a, b;
  heddle_fp_canonical i_a (
      .x_i        (a_i),
      .magnitude_i(1'b0),
      .y_o        (a)
  );
  heddle_fp_canonical i_b (
      .x_i        (b_i),
      .magnitude_i(1'b0),
      .y_o        (b)
  );

  // Equal operands are equal in every bit, so that either may be taken.
  logic a_below;
  assign a_below = {a[31] ? ~a : {1'b1, a[30:0]}} < {b[31] ? ~b : {1'b1, b[30:0]}};
  assign y_o = (a_below ^ minimum_i) ? b : a;
endmodule
