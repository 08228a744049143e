// Counts the rows of an instruction: for o < outer, for r < rows. start_i loads the counters (both counts
// above zero), advance_i leaves the present row, stop_i ends early. active_o is high until the last row is
// left; outer_end_o marks the last row of an outer step, end_o the last of all.
module heddle_vector_rows (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,
    input  logic        stop_i,
    input  logic [15:0] rows_i,
    input  logic [15:0] outer_i,
    input  logic        advance_i,
    output logic        active_o,
    output logic        outer_end_o,
    output logic        end_o
);
  logic        active_q;
  logic [15:0] rows_q, outer_q;  // left, with the present one
  assign active_o = active_q;
  assign outer_end_o = rows_q == 16'd1;
  assign end_o = outer_end_o && outer_q == 16'd1;

  always_ff @(posedge clk_i) begin
    if (rst_i || stop_i) begin
      active_q <= 1'b0;
    end else if (start_i) begin
      active_q <= 1'b1;
      rows_q <= rows_i;
      outer_q <= outer_i;
    end else if (advance_i) begin
      active_q <= !end_o;
      rows_q <= outer_end_o ? rows_i : rows_q - 16'd1;
      if (outer_end_o) outer_q <= outer_q - 16'd1;
    end
  end
endmodule
