// The MATRIX unit: decodes an instruction, fetches weights, streams activations through the array,
// accumulates, scales, writes V.
//
// start_i: pulse, only when idle; instr_i holds until done_o, a pulse in the cycle after the last write, with
// status_o beside it (STATUS_OK or STATUS_ILLEGAL). After an address outside its memory nothing more is
// read, rows in the array run dry, then done_o. rst_i at any time makes the unit idle. mac_row_o: a row of A
// enters the array.
module heddle_matrix (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         start_i,
    input  logic [511:0] instr_i,
    output logic         done_o,
    output logic [ 31:0] status_o,
    output logic         mac_row_o,
    output logic         a_ren_o,
    output logic [ 15:0] a_block_o,
    input  logic [heddle_config_pkg::COLS*8-1:0] a_data_i,
    output logic         w_ren_o,
    output logic [ 15:0] w_word_o,
    input  logic [heddle_config_pkg::WEIGHT_ROWS*heddle_config_pkg::COLS*8-1:0] w_data_i,
    output logic         c_ren_o,
    output logic [ 15:0] c_block_o,
    input  logic [heddle_config_pkg::COLS*32-1:0] c_data_i,
    output logic         s_ren_o,
    output logic [ 15:0] s_word_o,
    input  logic [ 31:0] s_data_i,
    output logic         v_wen_o,
    output logic [ 15:0] v_block_o,
    output logic [heddle_config_pkg::COLS*32-1:0] v_data_o
);

  localparam int ROWS = heddle_config_pkg::ROWS;
  localparam int COLS = heddle_config_pkg::COLS;
  localparam int WEIGHT_ROWS = heddle_config_pkg::WEIGHT_ROWS;
  localparam int GROUPS = heddle_config_pkg::ROW_GROUPS;
  localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1;
  localparam int PARTS = COLS / ROWS;  // k-tiles in a block
  localparam int DRAIN = GROUPS + 16;  // cycles after which nothing moves in array and lanes

  // --- fields ---
  logic [15:0] flags, formats, rows, k_tiles, n_tiles, outer;
  assign flags   = instr_i[16*heddle_isa_pkg::HALF_FLAGS+:16];
  assign formats = instr_i[16*heddle_isa_pkg::MATRIX_FORMATS+:16];
  assign rows    = instr_i[16*heddle_isa_pkg::MATRIX_ROWS+:16];
  assign k_tiles = instr_i[16*heddle_isa_pkg::MATRIX_K_TILES+:16];
  assign n_tiles = instr_i[16*heddle_isa_pkg::MATRIX_N_TILES+:16];
  assign outer   = instr_i[16*heddle_isa_pkg::MATRIX_OUTER+:16];

  localparam logic [15:0] FIRST = 16'(heddle_isa_pkg::MATRIX_FIRST);
  localparam logic [15:0] LAST = 16'(heddle_isa_pkg::MATRIX_LAST);
  localparam logic [15:0] TRANSPOSED = 16'(heddle_isa_pkg::MATRIX_TRANSPOSED);
  localparam logic [15:0] FORMATS = {
    4'd0, heddle_isa_pkg::FORMAT_FP32, heddle_isa_pkg::FORMAT_INT8, heddle_isa_pkg::FORMAT_INT8
  };
  logic first, last, transposed;
  assign first      = (flags & FIRST) != '0;
  assign last       = (flags & LAST) != '0;
  assign transposed = (flags & TRANSPOSED) != '0;

  logic reserved, empty, refused, go;
  assign reserved = (flags & ~(FIRST | LAST | TRANSPOSED)) != '0 || formats != FORMATS ||
                    instr_i[511:16*heddle_isa_pkg::MATRIX_GROUP] != '0;
  assign empty    = rows == '0 || k_tiles == '0 || n_tiles == '0 || outer == '0;
  assign refused  = reserved || (!(first && last) && outer > 16'd1);
  assign go       = start_i && !refused && !empty;

  logic unused_instr;
  assign unused_instr = ^instr_i[16*heddle_isa_pkg::HALF_FLAGS-1:0];

  // --- state ---
  logic stop_q;           // after an illegal address: runs dry
  logic [15:0] drain_q;   // cycles that it still takes
  logic rows_illegal, weights_illegal, sums_illegal, sums_done;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      stop_q   <= 1'b0;
      done_o   <= 1'b0;
      status_o <= heddle_isa_pkg::STATUS_OK;
    end else begin
      done_o <= 1'b0;
      if (start_i && (refused || empty)) begin
        done_o   <= 1'b1;
        status_o <= refused ? heddle_isa_pkg::STATUS_ILLEGAL : heddle_isa_pkg::STATUS_OK;
      end else if (stop_q) begin
        drain_q <= drain_q - 16'd1;
        if (drain_q == '0) begin
          stop_q   <= 1'b0;
          done_o   <= 1'b1;
          status_o <= heddle_isa_pkg::STATUS_ILLEGAL;
        end
      end else if (rows_illegal || weights_illegal || sums_illegal) begin
        stop_q  <= 1'b1;
        drain_q <= 16'(DRAIN);
      end else if (sums_done) begin
        done_o   <= 1'b1;
        status_o <= heddle_isa_pkg::STATUS_OK;
      end
    end
  end

  // --- weights and rows ---
  logic tile_ready, tile_start;
  logic load, shift, row_valid, row_first;
  logic [GROUP_BITS-1:0] load_group;
  logic [15:0] shift_part, row_part;
  logic [31:0] shift_offset, row_offset;  // bytes
  assign shift_offset = PARTS > 1 ? 32'(shift_part) * ROWS : 0;
  assign row_offset   = PARTS > 1 ? 32'(row_part) * ROWS : 0;

  heddle_matrix_weights i_weights (
      .clk_i,
      .rst_i         (rst_i || stop_q),
      .start_i       (go),
      .stop_i        (stop_q),
      .transposed_i  (transposed),
      .k_tiles_i     (k_tiles),
      .n_tiles_i     (n_tiles),
      .outer_i       (outer),
      .addr_i        (instr_i[16*heddle_isa_pkg::MATRIX_W_ADDR+:16]),
      .k_stride_i    (instr_i[16*heddle_isa_pkg::MATRIX_W_K_STRIDE+:16]),
      .n_stride_i    (instr_i[16*heddle_isa_pkg::MATRIX_W_N_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::MATRIX_W_OUTER_STRIDE+:16]),
      .tile_start_i  (tile_start),
      .row_i         (a_ren_o || rows_illegal),
      .ready_o       (tile_ready),
      .illegal_o     (weights_illegal),
      .w_ren_o,
      .w_word_o,
      .load_o        (load),
      .shift_o       (shift),
      .group_o       (load_group),
      .part_o        (shift_part)
  );

  heddle_matrix_rows i_rows (
      .clk_i,
      .rst_i         (rst_i || stop_q),
      .start_i       (go),
      .stop_i        (stop_q),
      .rows_i        (rows),
      .k_tiles_i     (k_tiles),
      .n_tiles_i     (n_tiles),
      .outer_i       (outer),
      .addr_i        (instr_i[16*heddle_isa_pkg::MATRIX_A_ADDR+:16]),
      .row_stride_i  (instr_i[16*heddle_isa_pkg::MATRIX_A_ROW_STRIDE+:16]),
      .block_stride_i(instr_i[16*heddle_isa_pkg::MATRIX_A_BLOCK_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::MATRIX_A_OUTER_STRIDE+:16]),
      .ready_i       (tile_ready),
      .tile_start_o  (tile_start),
      .illegal_o     (rows_illegal),
      .a_ren_o,
      .a_block_o,
      .row_valid_o   (row_valid),
      .row_first_o   (row_first),
      .part_o        (row_part)
  );
  assign mac_row_o = row_valid;

  // --- array ---
  logic [WEIGHT_ROWS*ROWS*8-1:0] shift_data;
  for (genvar t = 0; t < WEIGHT_ROWS; t++) begin : gen_token
    assign shift_data[t*ROWS*8+:ROWS*8] = w_data_i[(t*COLS+shift_offset)*8+:ROWS*8];
  end

  logic sum_next, unused_sum_valid;
  logic [COLS*32-1:0] sums;
  heddle_array i_array (
      .clk_i,
      .rst_i        (rst_i),
      .row_valid_i  (row_valid),
      .row_first_i  (row_first),
      .row_i        (a_data_i[row_offset*8+:ROWS*8]),
      .load_valid_i (load),
      .load_group_i (load_group),
      .load_data_i  (w_data_i),
      .shift_valid_i(shift),
      .shift_data_i (shift_data),
      .sum_next_o   (sum_next),
      .sum_valid_o  (unused_sum_valid),
      .sum_o        (sums)
  );

  // --- edge ---
  heddle_matrix_sums i_sums (
      .clk_i,
      .rst_i,
      .start_i         (go),
      .stop_i          (stop_q),
      .first_i         (first),
      .last_i          (last),
      .rows_i          (rows),
      .k_tiles_i       (k_tiles),
      .n_tiles_i       (n_tiles),
      .outer_i         (outer),
      .acc_addr_i      (instr_i[16*heddle_isa_pkg::MATRIX_ACC_ADDR+:16]),
      .acc_n_stride_i  (instr_i[16*heddle_isa_pkg::MATRIX_ACC_N_STRIDE+:16]),
      .c_addr_i        (instr_i[16*heddle_isa_pkg::MATRIX_C_ADDR+:16]),
      .c_outer_stride_i(instr_i[16*heddle_isa_pkg::MATRIX_C_OUTER_STRIDE+:16]),
      .s_addr_i        (instr_i[16*heddle_isa_pkg::MATRIX_S_ADDR+:16]),
      .s_row_stride_i  (instr_i[16*heddle_isa_pkg::MATRIX_S_ROW_STRIDE+:16]),
      .s_outer_stride_i(instr_i[16*heddle_isa_pkg::MATRIX_S_OUTER_STRIDE+:16]),
      .d_addr_i        (instr_i[16*heddle_isa_pkg::MATRIX_D_ADDR+:16]),
      .d_row_stride_i  (instr_i[16*heddle_isa_pkg::MATRIX_D_ROW_STRIDE+:16]),
      .d_outer_stride_i(instr_i[16*heddle_isa_pkg::MATRIX_D_OUTER_STRIDE+:16]),
      .sum_next_i      (sum_next),
      .sum_i           (sums),
      .illegal_o       (sums_illegal),
      .done_o          (sums_done),
      .c_ren_o,
      .c_block_o,
      .c_data_i,
      .s_ren_o,
      .s_word_o,
      .s_data_i,
      .v_wen_o,
      .v_block_o,
      .v_data_o
  );

endmodule
