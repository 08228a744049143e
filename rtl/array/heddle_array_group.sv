// One row group of the array: WEIGHT_ROWS activations, broadcast to all COLS columns, times the group's
// weights, added to the partial sums that arrive from the group above. One cycle of latency.
//
// Weights arrive in two ways. load_i takes all WEIGHT_ROWS rows of COLS weights at once. shift_i takes
// WEIGHT_ROWS columns: the shadow moves towards column 0 by as many columns, so that after
// COLS / WEIGHT_ROWS shifts the first columns given stand at column 0.
module heddle_array_group #(
    parameter int COLS = heddle_config_pkg::COLS,
    parameter int WEIGHT_ROWS = heddle_config_pkg::WEIGHT_ROWS
) (
    input  logic                                 clk_i,
    input  logic                                 enable_i,
    input  logic                                 swap_i,
    input  logic                                 load_i,
    input  logic                                 shift_i,
    input  logic [            WEIGHT_ROWS*8-1:0] row_i,
    input  logic [       WEIGHT_ROWS*COLS*8-1:0] load_data_i,   // [row][column]
    input  logic [WEIGHT_ROWS*WEIGHT_ROWS*8-1:0] shift_data_i,  // [column][row]
    input  logic [                  COLS*32-1:0] sum_i,
    output logic [                  COLS*32-1:0] sum_o
);

  logic [(COLS+WEIGHT_ROWS)*WEIGHT_ROWS*8-1:0] shadow;  // [column][row]; past the end, what shifts in

  assign shadow[COLS*WEIGHT_ROWS*8+:WEIGHT_ROWS*WEIGHT_ROWS*8] = shift_data_i;
  // Column 0 is the end of the way.
  logic unused_shadow;
  assign unused_shadow = ^shadow[WEIGHT_ROWS*WEIGHT_ROWS*8-1:0];

  for (genvar c = 0; c < COLS; c++) begin : gen_column
    logic [WEIGHT_ROWS*8-1:0] load_data;
    for (genvar r = 0; r < WEIGHT_ROWS; r++) begin : gen_row
      assign load_data[8*r+:8] = load_data_i[8*(r*COLS+c)+:8];
    end
    heddle_array_cell #(
        .INPUTS(WEIGHT_ROWS)
    ) i_cell (
        .clk_i,
        .enable_i,
        .swap_i,
        .load_i,
        .shift_i,
        .row_i,
        .load_data_i (load_data),
        .shift_data_i(shadow[8*WEIGHT_ROWS*(c+WEIGHT_ROWS)+:8*WEIGHT_ROWS]),
        .shadow_o    (shadow[8*WEIGHT_ROWS*c+:8*WEIGHT_ROWS]),
        .sum_i       (sum_i[32*c+:32]),
        .sum_o       (sum_o[32*c+:32])
    );
  end

endmodule
