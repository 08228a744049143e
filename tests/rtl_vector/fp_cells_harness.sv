// The arithmetic cells side by side, fed with one operand pair a cycle; every stage is always enabled.
module fp_cells_harness (
    input  logic        clk_i,
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    input  logic [1:0]  function_i,
    output logic [31:0] mul_o,
    output logic [31:0] add_o,
    output logic [31:0] from_int_o,
    output logic [31:0] function_o,
    output logic [7:0]  int8_o,
    output logic [31:0] from_int8_o,
    output logic [31:0] max_o,
    output logic [31:0] min_o
);
  heddle_fp_mul i_mul (
      .clk_i(clk_i),
      .en_i (3'b111),
      .a_i  (a_i),
      .b_i  (b_i),
      .y_o  (mul_o)
  );
  heddle_fp_add i_add (
      .clk_i(clk_i),
      .en_i (4'b1111),
      .a_i  (a_i),
      .b_i  (b_i),
      .y_o  (add_o)
  );
  heddle_int_to_fp i_from_int (
      .clk_i(clk_i),
      .en_i (2'b11),
      .x_i  (a_i),
      .y_o  (from_int_o)
  );
  heddle_vector_function i_function (
      .clk_i     (clk_i),
      .en_i      (8'hFF),
      .function_i(function_i),
      .x_i       (a_i),
      .y_o       (function_o)
  );
  assign int8_o = heddle_fp_pkg::to_int8(a_i);
  assign from_int8_o = heddle_fp_pkg::from_int8(a_i[7:0]);
  assign max_o = heddle_fp_pkg::extremum(a_i, b_i, 1'b0);
  assign min_o = heddle_fp_pkg::extremum(a_i, b_i, 1'b1);
endmodule
