// The input rule of FP32 (isa/numerics/fp32.hpp): a subnormal is zero of its sign, any NaN the canonical
// one. With magnitude_i the sign of what remains is cleared. Combinational.
module heddle_fp_canonical (
    input  logic [31:0] x_i,
    input  logic        magnitude_i,
    output logic [31:0] y_o
);
  logic zero, nan;
  assign zero = x_i[30:23] == 8'd0;
  assign nan = x_i[30:23] == 8'hFF && x_i[22:0] != 23'd0;
  assign y_o = nan ? 32'h7FC0_0000 : {x_i[31] && !magnitude_i, x_i[30:23], zero ? 23'd0 : x_i[22:0]};
endmodule
