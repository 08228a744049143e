// Fetches the weights of one MATRIX instruction, tile after tile, into the shadow of the array, as early as
// the tile before leaves it.
//
// start_i begins (fields stable until the unit is done). ready_o: a tile may start; tile_start_i takes it (the
// read of its first row of activations is issued in this cycle). A plain tile is ready as soon as its first
// word is on its way, since groups load and swap in the same skew: tiles of rows >= 1 follow each other every
// max(rows, ROW_GROUPS) cycles. The words of a transposed tile touch all groups: they wait until the last
// group has swapped, and the tile waits for its last word: max(rows, COLS / WEIGHT_ROWS + ROW_GROUPS - 1).
//
// With one buffer of weights words wait for the rows: those of a plain tile until the last row of the tile before
// has been read, since both go on in the same skew (a tile takes rows + 1 cycles, at least ROW_GROUPS + 1);
// those of a transposed one until the last group has computed it (rows + COLS / WEIGHT_ROWS + ROW_GROUPS - 1).
//
// Words are read at w_word_o; load and shift outputs go with the data, one cycle later. illegal_o: a word
// outside W, which is not read. stop_i ends the work.
module heddle_matrix_weights #(
    localparam int GROUPS = heddle_config_pkg::ROW_GROUPS,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,
    input  logic        stop_i,
    input  logic        transposed_i,
    input  logic [15:0] k_tiles_i,
    input  logic [15:0] n_tiles_i,
    input  logic [15:0] outer_i,
    input  logic [15:0] addr_i,
    input  logic [15:0] k_stride_i,
    input  logic [15:0] n_stride_i,
    input  logic [15:0] outer_stride_i,
    input  logic        tile_start_i,
    input  logic        row_i,  // a row of a tile is read in this cycle
    output logic        ready_o,
    output logic        illegal_o,
    output logic        w_ren_o,
    output logic [15:0] w_word_o,
    output logic        load_o,
    output logic        shift_o,
    output logic [GROUP_BITS-1:0] group_o,  // of a load
    output logic [15:0] part_o  // of a shift: which ROWS bytes of each token
);

  localparam int SHIFTS = heddle_config_pkg::COLS / heddle_config_pkg::WEIGHT_ROWS;
  localparam int PARTS = heddle_config_pkg::COLS / heddle_config_pkg::ROWS;
  localparam bit ONE = heddle_config_pkg::WEIGHT_BUFFERS == 1;

  logic running_q;     // words remain to be read
  logic mid_q;         // within a tile
  logic pending_q;     // the shadow holds, or receives, a tile that has not started
  logic [15:0] wave_q; // cycles until the last group has swapped; of one buffer, has computed
  logic [15:0] part_q;
  logic [GROUP_BITS-1:0] group_q;

  logic word_last, k_last, n_last, outer_last, unused_k_first;
  logic free, issue;
  assign free = ONE ? !pending_q && !row_i && wave_q == '0
              : transposed_i ? ((!pending_q && wave_q == '0) || (tile_start_i && GROUPS == 1))
                             : (!pending_q || tile_start_i);
  assign issue = running_q && !stop_i && (mid_q || free);
  assign ready_o = pending_q && !(transposed_i && mid_q);

  heddle_matrix_walk i_walk (
      .clk_i,
      .start_i,
      .step_i      (issue),
      .rows_i      (transposed_i ? 16'(SHIFTS) : 16'(GROUPS)),
      .k_tiles_i,
      .n_tiles_i,
      .outer_i,
      .row_last_o  (word_last),
      .k_first_o   (unused_k_first),
      .k_last_o    (k_last),
      .n_last_o    (n_last),
      .outer_last_o(outer_last)
  );

  // Plain tiles follow each other by the k stride; transposed ones are parts of the same tokens until the
  // block of columns is used up.
  heddle_matrix_address i_address (
      .clk_i,
      .start_i,
      .step_i    (issue),
      .row_last_i(word_last),
      .k_last_i  (k_last),
      .n_last_i  (n_last),
      .base_i    (addr_i),
      .row_stride_i(16'd1),
      .k_stride_i(!transposed_i || part_q == 16'(PARTS - 1) ? k_stride_i : 16'd0),
      .n_stride_i,
      .outer_stride_i,
      .address_o (w_word_o)
  );

  assign illegal_o = issue && {1'b0, w_word_o} >= 17'(heddle_config_pkg::W_WORDS);
  assign w_ren_o   = issue && !illegal_o;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      running_q <= 1'b0;
      mid_q     <= 1'b0;
      pending_q <= 1'b0;
      wave_q    <= '0;
      load_o    <= 1'b0;
      shift_o   <= 1'b0;
    end else begin
      load_o  <= w_ren_o && !transposed_i;
      shift_o <= w_ren_o && transposed_i;
      if (issue) begin
        mid_q <= !word_last;
        if (word_last && k_last && n_last && outer_last) running_q <= 1'b0;
      end
      if (issue && !mid_q) pending_q <= 1'b1;
      else if (tile_start_i) pending_q <= 1'b0;
      if (ONE && row_i) wave_q <= transposed_i ? 16'(GROUPS - 1) : 16'd0;
      else if (!ONE && tile_start_i) wave_q <= GROUPS > 1 ? 16'(GROUPS - 2) : 16'd0;
      else if (wave_q != '0) wave_q <= wave_q - 16'd1;
      if (start_i) begin
        running_q <= 1'b1;
        mid_q     <= 1'b0;
        pending_q <= 1'b0;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      part_q  <= '0;
      group_q <= '0;
    end else if (issue) begin
      group_q <= word_last ? '0 : group_q + GROUP_BITS'(1);
      if (word_last) part_q <= k_last || part_q == 16'(PARTS - 1) ? '0 : part_q + 16'd1;
    end
    group_o <= group_q;
    part_o  <= part_q;
  end

endmodule
