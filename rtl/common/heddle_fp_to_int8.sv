// Quantises FP32 to a signed byte (isa/numerics/fp32.hpp, fp32_to_int8): round to nearest even, clamp to
// [-127, 127], NaN gives 0. Combinational.
module heddle_fp_to_int8 (
    input  logic [31:0] x_i,
    output logic [7:0]  y_o
);
  logic [7:0] exponent;
  logic       nan, clamp;
  assign exponent = x_i[30:23];
  assign nan = exponent == 8'hFF && x_i[22:0] != 23'd0;
  assign clamp = exponent >= 8'd134;  // |x| >= 128

  // Seven integer bits over guard and sticky. Below 1/4 everything is sticky, zero and subnormals too.
  logic [3:0]  shift;
  logic [31:0] shifted;
  logic        round_up;
  logic [7:0]  rounded, magnitude;
  assign shift = exponent < 8'd125 ? 4'd8 : 4'(8'd133 - exponent);
  assign shifted = {1'b1, x_i[22:0], 8'd0} >> shift;
  assign round_up = shifted[24] && (shifted[23:0] != 24'd0 || shifted[25]);
  assign rounded = {1'b0, shifted[31:25]} + {7'd0, round_up};
  assign magnitude = (clamp || rounded[7]) ? 8'd127 : rounded;
  assign y_o = nan ? 8'd0 : (x_i[31] ? -magnitude : magnitude);
endmodule
