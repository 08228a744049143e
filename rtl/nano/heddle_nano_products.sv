// The 4x4 array: sixteen 8x8-bit multipliers in eight SB_MAC16 blocks, two to a block, and a tree of sums for
// each column. Combinational. column_o[n] = sum_i[n] + sum over k of row_i[k] * weight_i[k][n]; sums wrap.
//
// Byte k of row_i is at 8k, weight (k, n) at 8(4k + n), column n of the sums at 32n.
module heddle_nano_products (
    input  logic         clk_i,  // of the blocks' registers, none of which is used
    input  logic [31:0]  row_i,
    input  logic [127:0] weight_i,
    input  logic [127:0] sum_i,
    output logic [127:0] column_o
);
  logic [255:0] product;  // (k, n) at 16(4k + n)

  for (genvar k = 0; k < 4; k++) begin : gen_row
    for (genvar p = 0; p < 2; p++) begin : gen_pair
      logic co, accumco, signextout;
      logic unused;
      assign unused = co ^ accumco ^ signextout;
      SB_MAC16 #(
          .MODE_8x8(1'b1), .A_SIGNED(1'b1), .B_SIGNED(1'b1), .TOPOUTPUT_SELECT(2'b10),
          .BOTOUTPUT_SELECT(2'b10)
      ) i_multipliers (
          .CLK(clk_i), .CE(1'b1), .A(weight_i[8*(4*k+2*p)+:16]), .B({row_i[8*k+:8], row_i[8*k+:8]}),
          .C(16'd0), .D(16'd0), .AHOLD(1'b0), .BHOLD(1'b0), .CHOLD(1'b0), .DHOLD(1'b0), .IRSTTOP(1'b0),
          .IRSTBOT(1'b0), .ORSTTOP(1'b0), .ORSTBOT(1'b0), .OLOADTOP(1'b0), .OLOADBOT(1'b0),
          .ADDSUBTOP(1'b0), .ADDSUBBOT(1'b0), .OHOLDTOP(1'b0), .OHOLDBOT(1'b0), .CI(1'b0),
          .ACCUMCI(1'b0), .SIGNEXTIN(1'b0), .O(product[16*(4*k+2*p)+:32]), .CO(co), .ACCUMCO(accumco),
          .SIGNEXTOUT(signextout));
    end
  end

  for (genvar n = 0; n < 4; n++) begin : gen_column
    logic [17:0] total;
    assign total = {{2{product[16*n+15]}}, product[16*n+:16]} +
                   {{2{product[16*(4+n)+15]}}, product[16*(4+n)+:16]} +
                   {{2{product[16*(8+n)+15]}}, product[16*(8+n)+:16]} +
                   {{2{product[16*(12+n)+15]}}, product[16*(12+n)+:16]};
    assign column_o[32*n+:32] = sum_i[32*n+:32] + {{14{total[17]}}, total};
  end
endmodule
