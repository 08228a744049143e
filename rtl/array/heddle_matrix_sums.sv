// The edge of the array: accumulators, and for LAST the conversion of sums to FP32 and their way to V.
//
// A row's sums arrive in the cycle after sum_next_i. In that first cycle the accumulator row is read, in the
// second the sums are added and written back, or kept for the lanes when they are final. A row may follow
// one with the same accumulator row at once: the sum is forwarded. Final sums pass the lanes (8 cycles); C is
// read once a tile and holds, S once a row. V is written 10 cycles after sum_next_i.
//
// done_o: the last accumulator row or V block has been written in the cycle before. illegal_o: an address
// outside its memory; that row goes no further. stop_i ends the work: nothing more is accepted.
module heddle_matrix_sums (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,
    input  logic        stop_i,
    input  logic        first_i,
    input  logic        last_i,
    input  logic [15:0] rows_i,
    input  logic [15:0] k_tiles_i,
    input  logic [15:0] n_tiles_i,
    input  logic [15:0] outer_i,
    input  logic [15:0] acc_addr_i,
    input  logic [15:0] acc_n_stride_i,
    input  logic [15:0] c_addr_i,
    input  logic [15:0] c_outer_stride_i,
    input  logic [15:0] s_addr_i,
    input  logic [15:0] s_row_stride_i,
    input  logic [15:0] s_outer_stride_i,
    input  logic [15:0] d_addr_i,
    input  logic [15:0] d_row_stride_i,
    input  logic [15:0] d_outer_stride_i,
    input  logic        sum_next_i,
    input  logic [heddle_config_pkg::COLS*32-1:0] sum_i,
    output logic        illegal_o,
    output logic        done_o,
    output logic        c_ren_o,
    output logic [15:0] c_block_o,
    input  logic [heddle_config_pkg::COLS*32-1:0] c_data_i,
    output logic        s_ren_o,
    output logic [15:0] s_word_o,
    input  logic [31:0] s_data_i,
    output logic        v_wen_o,
    output logic [15:0] v_block_o,
    output logic [heddle_config_pkg::COLS*32-1:0] v_data_o
);

  localparam int COLS = heddle_config_pkg::COLS;
  localparam int ACC_BITS = $clog2(heddle_config_pkg::ACC_ROWS);

  // --- stage 0: where the row belongs ---
  logic row_last, k_first, k_last, n_last, outer_last;
  logic [15:0] acc_addr, c_addr, s_addr, d_addr;
  logic row_first_q;  // the next row is the first of its tile

  heddle_matrix_walk i_walk (
      .clk_i,
      .start_i,
      .step_i      (sum_next_i),
      .rows_i,
      .k_tiles_i,
      .n_tiles_i,
      .outer_i,
      .row_last_o  (row_last),
      .k_first_o   (k_first),
      .k_last_o    (k_last),
      .n_last_o    (n_last),
      .outer_last_o(outer_last)
  );
  heddle_matrix_address i_acc_address (
      .clk_i,
      .start_i,
      .step_i        (sum_next_i),
      .row_last_i    (row_last),
      .k_last_i      (k_last),
      .n_last_i      (n_last),
      .base_i        (acc_addr_i),
      .row_stride_i  (16'd1),
      .k_stride_i    (16'd0),
      .n_stride_i    (acc_n_stride_i),
      .outer_stride_i(16'd0),
      .address_o     (acc_addr)
  );
  heddle_matrix_address i_c_address (
      .clk_i,
      .start_i,
      .step_i        (sum_next_i),
      .row_last_i    (row_last),
      .k_last_i      (k_last),
      .n_last_i      (n_last),
      .base_i        (c_addr_i),
      .row_stride_i  (16'd0),
      .k_stride_i    (16'd0),
      .n_stride_i    (16'd1),
      .outer_stride_i(c_outer_stride_i),
      .address_o     (c_addr)
  );
  heddle_matrix_address i_s_address (
      .clk_i,
      .start_i,
      .step_i        (sum_next_i),
      .row_last_i    (row_last),
      .k_last_i      (k_last),
      .n_last_i      (n_last),
      .base_i        (s_addr_i),
      .row_stride_i  (s_row_stride_i),
      .k_stride_i    (16'd0),
      .n_stride_i    (16'd0),
      .outer_stride_i(s_outer_stride_i),
      .address_o     (s_addr)
  );
  heddle_matrix_address i_d_address (
      .clk_i,
      .start_i,
      .step_i        (sum_next_i),
      .row_last_i    (row_last),
      .k_last_i      (k_last),
      .n_last_i      (n_last),
      .base_i        (d_addr_i),
      .row_stride_i  (d_row_stride_i),
      .k_stride_i    (16'd0),
      .n_stride_i    (16'd1),
      .outer_stride_i(d_outer_stride_i),
      .address_o     (d_addr)
  );

  logic final_row, accept;
  assign final_row = last_i && k_last;
  assign illegal_o = sum_next_i && !stop_i && (
      {1'b0, acc_addr} >= 17'(heddle_config_pkg::ACC_ROWS) ||
      (final_row && ({1'b0, c_addr} >= 17'(heddle_config_pkg::C_BLOCKS) ||
                     {1'b0, s_addr} >= 17'(heddle_config_pkg::S_WORDS) ||
                     {1'b0, d_addr} >= 17'(heddle_config_pkg::V_BLOCKS))));
  assign accept = sum_next_i && !stop_i && !illegal_o;

  // --- stage 1: the sum ---
  logic valid_q, zero_q, forward_q, final_q, end_q;
  logic [ACC_BITS-1:0] acc_row_q;
  logic [COLS*32-1:0] acc_data, sum, sum_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= 1'b0;
    else valid_q <= accept;
    if (start_i) row_first_q <= 1'b1;
    else if (sum_next_i) row_first_q <= row_last;
    zero_q    <= first_i && k_first;
    final_q   <= final_row;
    end_q     <= row_last && k_last && n_last && outer_last;
    acc_row_q <= ACC_BITS'(acc_addr);
    forward_q <= valid_q && !final_q && acc_row_q == ACC_BITS'(acc_addr);
  end

  heddle_ram #(
      .DEPTH(heddle_config_pkg::ACC_ROWS),
      .BYTES(COLS * 4)
  ) i_accumulators (
      .clk_i,
      .wen_i  (valid_q && !final_q),
      .waddr_i(acc_row_q),
      .wmask_i('1),
      .wdata_i(sum),
      .ren_i  (accept && !(first_i && k_first)),
      .raddr_i(ACC_BITS'(acc_addr)),
      .rdata_o(acc_data)
  );

  always_comb begin
    sum = sum_i;
    if (!zero_q) begin
      for (int c = 0; c < COLS; c++) begin
        sum[32*c+:32] = sum_i[32*c+:32] + (forward_q ? sum_q[32*c+:32] : acc_data[32*c+:32]);
      end
    end
  end
  always_ff @(posedge clk_i) if (valid_q) sum_q <= sum;

  // --- the lanes ---
  // Bit k: k cycles after a final sum_q; addresses and flags keep step, and rest while nothing moves.
  logic [8:0] chain_q;
  logic [2:0] c_first_q;
  logic [8:0] end_chain_q;
  logic [3*16-1:0] c_pipe_q;
  logic [6*16-1:0] s_pipe_q;
  logic [10*16-1:0] d_pipe_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) chain_q <= '0;
    else chain_q <= {chain_q[7:0], valid_q && final_q};
    if (sum_next_i || valid_q || chain_q != '0) begin
      c_first_q   <= {c_first_q[1:0], row_first_q};
      end_chain_q <= {end_chain_q[7:0], end_q};
      c_pipe_q    <= {c_pipe_q[2*16-1:0], c_addr};
      s_pipe_q    <= {s_pipe_q[5*16-1:0], s_addr};
      d_pipe_q    <= {d_pipe_q[9*16-1:0], d_addr};
    end
  end

  assign c_ren_o   = chain_q[1] && c_first_q[2];
  assign c_block_o = c_pipe_q[2*16+:16];
  assign s_ren_o   = chain_q[4];
  assign s_word_o  = s_pipe_q[5*16+:16];
  assign v_wen_o   = chain_q[8];
  assign v_block_o = d_pipe_q[9*16+:16];

  for (genvar c = 0; c < COLS; c++) begin : gen_lane
    heddle_matrix_lane i_lane (
        .clk_i,
        .en_i          (chain_q[7:0]),
        .sum_i         (sum_q[32*c+:32]),
        .column_scale_i(c_data_i[32*c+:32]),
        .row_scale_i   (s_data_i),
        .y_o           (v_data_o[32*c+:32])
    );
  end

  // The instruction ends with its last row, in V or in the accumulators.
  always_ff @(posedge clk_i) begin
    if (rst_i) done_o <= 1'b0;
    else done_o <= last_i ? v_wen_o && end_chain_q[8] : valid_q && end_q;
  end

endmodule
