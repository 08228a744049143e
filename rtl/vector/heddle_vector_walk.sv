// Walks the steps of an instruction: for o < outer, for r < rows, for every block of COLS columns that the
// row needs, COLS / LANES steps. One copy issues, others follow the data at the pipeline's later points.
// start_i loads the counters (all counts above zero), advance_i leaves the present step, stop_i ends early.
//   group_o      which LANES of the block the step covers
//   present_o    how many of its lanes hold columns of the row, 0 to LANES
//   tail_o       the step holds the row's last column
//   block_end_o, row_end_o, outer_end_o, end_o: last step of its block, row, outer step, instruction
module heddle_vector_walk #(
    localparam int GROUPS = heddle_config_pkg::COLS / heddle_config_pkg::LANES,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1,
    localparam int LANE_BITS = heddle_config_pkg::LOG2_LANES
) (
    input  logic                  clk_i,
    input  logic                  rst_i,
    input  logic                  start_i,
    input  logic                  stop_i,
    input  logic [15:0]           columns_i,
    input  logic [15:0]           rows_i,
    input  logic [15:0]           outer_i,
    input  logic                  advance_i,
    output logic                  active_o,
    output logic [GROUP_BITS-1:0] group_o,
    output logic [LANE_BITS:0]    present_o,
    output logic                  tail_o,
    output logic                  block_end_o,
    output logic                  row_end_o,
    output logic                  outer_end_o,
    output logic                  end_o
);
  // Columns left in the row at the start of the step; zero in the steps that only complete a block.
  logic [15:0] left_q;
  logic        more, full;
  assign full = left_q[15:LANE_BITS] != '0;
  assign more = full && left_q != 16'(heddle_config_pkg::LANES);
  assign present_o = full ? (LANE_BITS + 1)'(heddle_config_pkg::LANES) : {1'b0, left_q[LANE_BITS-1:0]};
  assign tail_o = !more && left_q != 16'd0;
  assign row_end_o = block_end_o && !more;

  always_ff @(posedge clk_i) begin
    if (start_i) left_q <= columns_i;
    else if (advance_i) begin
      left_q <= row_end_o ? columns_i : more ? left_q - 16'(heddle_config_pkg::LANES) : 16'd0;
    end
  end

  if (GROUPS > 1) begin : g_groups
    logic [GROUP_BITS-1:0] group_q;
    assign group_o = group_q;
    assign block_end_o = group_q == GROUP_BITS'(GROUPS - 1);
    always_ff @(posedge clk_i) begin
      if (start_i) group_q <= '0;
      else if (advance_i) group_q <= group_q + GROUP_BITS'(1);
    end
  end else begin : g_whole
    assign group_o = 1'b0;
    assign block_end_o = 1'b1;
  end

  logic outer_last, last;
  heddle_vector_rows i_rows (
      .clk_i      (clk_i),
      .rst_i      (rst_i),
      .start_i    (start_i),
      .stop_i     (stop_i),
      .rows_i     (rows_i),
      .outer_i    (outer_i),
      .advance_i  (advance_i && row_end_o),
      .active_o   (active_o),
      .outer_end_o(outer_last),
      .end_o      (last)
  );
  assign outer_end_o = row_end_o && outer_last;
  assign end_o = row_end_o && last;
endmodule
