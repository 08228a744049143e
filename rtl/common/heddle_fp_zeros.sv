// Number of leading zeros of 32 bits, by binary search; 31 for a word whose upper 31 bits are zero.
// Combinational.
module heddle_fp_zeros (
    input  logic [31:0] x_i,
    output logic [4:0]  zeros_o
);
  logic        none16, none8, none4, none2, none1;
  logic [15:0] half16;
  logic [7:0]  half8;
  logic [3:0]  half4;
  assign none16 = x_i[31:16] == 16'd0;
  assign half16 = none16 ? x_i[15:0] : x_i[31:16];
  assign none8 = half16[15:8] == 8'd0;
  assign half8 = none8 ? half16[7:0] : half16[15:8];
  assign none4 = half8[7:4] == 4'd0;
  assign half4 = none4 ? half8[3:0] : half8[7:4];
  assign none2 = half4[3:2] == 2'd0;
  assign none1 = !(none2 ? half4[1] : half4[3]);
  assign zeros_o = {none16, none8, none4, none2, none1};

  logic unused;
  assign unused = half4[0];
endmodule
