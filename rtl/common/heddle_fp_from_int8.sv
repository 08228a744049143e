// Signed byte to FP32, exact. Combinational.
module heddle_fp_from_int8 (
    input  logic [7:0]  x_i,
    output logic [31:0] y_o
);
  logic [7:0] magnitude, normal;
  logic       none4, none2, none1;
  logic [7:0] half4, half2;
  assign magnitude = x_i[7] ? -x_i : x_i;
  assign none4 = magnitude[7:4] == 4'd0;
  assign half4 = none4 ? {magnitude[3:0], 4'd0} : magnitude;
  assign none2 = half4[7:6] == 2'd0;
  assign half2 = none2 ? {half4[5:0], 2'd0} : half4;
  assign none1 = !half2[7];
  assign normal = none1 ? {half2[6:0], 1'b0} : half2;
  assign y_o = normal[7] ? {x_i[7], 8'd134 - {5'd0, none4, none2, none1}, normal[6:0], 16'd0} : 32'd0;
endmodule
