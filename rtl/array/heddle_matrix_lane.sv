// One column at the array's edge: y = (float(sum) * column scale) * row scale, each step rounded.
//
// Latency 8, one result a cycle: en_i[0] in the cycle of sum_i, en_i[k] k cycles later. column_scale_i is
// taken in the cycle of en_i[2], row_scale_i in that of en_i[5]; y_o stands in the cycle after en_i[7].
module heddle_matrix_lane (
    input  logic        clk_i,
    input  logic [ 7:0] en_i,
    input  logic [31:0] sum_i,
    input  logic [31:0] column_scale_i,
    input  logic [31:0] row_scale_i,
    output logic [31:0] y_o
);

  logic [31:0] real_sum, scaled;

  heddle_int_to_fp i_convert (
      .clk_i,
      .en_i(en_i[1:0]),
      .x_i (sum_i),
      .y_o (real_sum)
  );
  heddle_fp_mul i_column (
      .clk_i,
      .en_i(en_i[4:2]),
      .a_i (real_sum),
      .b_i (column_scale_i),
      .y_o (scaled)
  );
  heddle_fp_mul i_row (
      .clk_i,
      .en_i(en_i[7:5]),
      .a_i (scaled),
      .b_i (row_scale_i),
      .y_o
  );

endmodule
