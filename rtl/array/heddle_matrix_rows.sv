// Streams the rows of activations of one MATRIX instruction into the array, one a cycle.
//
// A tile starts when ready_i says that its weights come in time (tile_start_o in the cycle of its first
// read) and then runs without a gap. row_valid_o, row_first_o and part_o (which ROWS bytes of the block) go
// with the data, one cycle after the read. illegal_o: a block outside A, which is not read. stop_i ends the
// work.
module heddle_matrix_rows (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,
    input  logic        stop_i,
    input  logic [15:0] rows_i,
    input  logic [15:0] k_tiles_i,
    input  logic [15:0] n_tiles_i,
    input  logic [15:0] outer_i,
    input  logic [15:0] addr_i,
    input  logic [15:0] row_stride_i,
    input  logic [15:0] block_stride_i,
    input  logic [15:0] outer_stride_i,
    input  logic        ready_i,
    output logic        tile_start_o,
    output logic        illegal_o,
    output logic        a_ren_o,
    output logic [15:0] a_block_o,
    output logic        row_valid_o,
    output logic        row_first_o,
    output logic [15:0] part_o
);

  localparam int PARTS = heddle_config_pkg::COLS / heddle_config_pkg::ROWS;

  logic running_q, mid_q;
  logic [15:0] part_q;

  logic row_last, k_last, n_last, outer_last, unused_k_first;
  logic issue;
  assign issue = running_q && !stop_i && (mid_q || ready_i);
  assign tile_start_o = issue && !mid_q;

  heddle_matrix_walk i_walk (
      .clk_i,
      .start_i,
      .step_i      (issue),
      .rows_i,
      .k_tiles_i,
      .n_tiles_i,
      .outer_i,
      .row_last_o  (row_last),
      .k_first_o   (unused_k_first),
      .k_last_o    (k_last),
      .n_last_o    (n_last),
      .outer_last_o(outer_last)
  );

  heddle_matrix_address i_address (
      .clk_i,
      .start_i,
      .step_i    (issue),
      .row_last_i(row_last),
      .k_last_i  (k_last),
      .n_last_i  (n_last),
      .base_i    (addr_i),
      .row_stride_i,
      .k_stride_i(part_q == 16'(PARTS - 1) ? block_stride_i : 16'd0),
      .n_stride_i(16'd0),
      .outer_stride_i,
      .address_o (a_block_o)
  );

  assign illegal_o = issue && {1'b0, a_block_o} >= 17'(heddle_config_pkg::A_BLOCKS);
  assign a_ren_o   = issue && !illegal_o;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      running_q   <= 1'b0;
      mid_q       <= 1'b0;
      row_valid_o <= 1'b0;
    end else begin
      row_valid_o <= a_ren_o;
      if (issue) begin
        mid_q <= !row_last;
        if (row_last && k_last && n_last && outer_last) running_q <= 1'b0;
      end
      if (start_i) begin
        running_q <= 1'b1;
        mid_q     <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) part_q <= '0;
    else if (issue && row_last) part_q <= k_last || part_q == 16'(PARTS - 1) ? '0 : part_q + 16'd1;
    row_first_o <= tile_start_o;
    part_o      <= part_q;
  end

endmodule
