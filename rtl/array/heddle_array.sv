// The systolic array: ROWS x COLS multiply-accumulates of signed bytes, weights held in place twice (or
// once: WEIGHT_BUFFERS).
//
// ROWS / WEIGHT_ROWS row groups stand behind each other along K. Rows of activations enter whole, one a
// cycle; group g sees its bytes g cycles after group 0, and all column sums of a row leave together.
//
//   row_valid_i   a row enters; row_first_i: the weights in the shadow become the active ones for it and
//                 all rows after it. Each group swaps when that row reaches it.
//   load_valid_i  weights of row group load_group_i, all columns.
//   shift_valid_i WEIGHT_ROWS columns of weights, all row groups (for transposed tiles).
//   sum_next_o    a row's sums will stand at sum_o in the next cycle (a chance to read an accumulator).
//   sum_valid_o   sum_o holds the sums of a row: row_valid_i, ROW_GROUPS + 1 cycles later.
//
// Of one buffer the shadow is what works: group g's may be written from the cycle in which it has computed the
// last row, g + 3 after that entered. Of two, the shadow of group g may be written from the cycle in which the last row_first_i was g cycles ago,
// and must be complete in the cycle before row_first_i plus g. A shift touches all groups.
// There is no flow control: a row that has entered comes out.
module heddle_array #(
    parameter int ROWS = heddle_config_pkg::ROWS,
    parameter int COLS = heddle_config_pkg::COLS,
    parameter int WEIGHT_ROWS = heddle_config_pkg::WEIGHT_ROWS,
    localparam int GROUPS = ROWS / WEIGHT_ROWS,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
    input  logic                          clk_i,
    input  logic                          rst_i,
    input  logic                          row_valid_i,
    input  logic                          row_first_i,
    input  logic [            ROWS*8-1:0] row_i,
    input  logic                          load_valid_i,
    input  logic [        GROUP_BITS-1:0] load_group_i,
    input  logic [WEIGHT_ROWS*COLS*8-1:0] load_data_i,   // [row][column]
    input  logic                          shift_valid_i,
    input  logic [WEIGHT_ROWS*ROWS*8-1:0] shift_data_i,  // [column][row]
    output logic                          sum_next_o,
    output logic                          sum_valid_o,
    output logic [           COLS*32-1:0] sum_o
);

  localparam int GROUP_ROW = WEIGHT_ROWS * 8;  // bits of a row that one group takes

  // Bit g: the row that group g computes in this cycle; bit GROUPS: sums that leave.
  logic [GROUPS:0] valid_q;
  // Bit g: the first row of a tile moves into group g at the next edge.
  logic [GROUPS-1:0] enter, first_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= '0;
    else valid_q <= {valid_q[GROUPS-1:0], row_valid_i};
    first_q <= enter;
  end
  assign enter = GROUPS'({first_q, row_first_i & row_valid_i});

  assign sum_next_o  = valid_q[GROUPS-1];
  assign sum_valid_o = valid_q[GROUPS];

  logic [(GROUPS+1)*COLS*32-1:0] sums;
  assign sums[COLS*32-1:0] = '0;
  assign sum_o = sums[GROUPS*COLS*32+:COLS*32];

  for (genvar g = 0; g < GROUPS; g++) begin : gen_group
    // Bytes of the row for this group and the groups behind it.
    localparam int WIDTH = (GROUPS - g) * GROUP_ROW;
    logic [WIDTH-1:0] row_q;
    if (g == 0) begin : gen_head
      always_ff @(posedge clk_i) if (row_valid_i) row_q <= row_i;
    end else begin : gen_tail
      always_ff @(posedge clk_i) begin
        if (valid_q[g-1]) row_q <= gen_group[g-1].row_q[GROUP_ROW+:WIDTH];
      end
    end

    logic [WEIGHT_ROWS*WEIGHT_ROWS*8-1:0] shift_data;
    for (genvar c = 0; c < WEIGHT_ROWS; c++) begin : gen_shift
      assign shift_data[GROUP_ROW*c+:GROUP_ROW] = shift_data_i[8*(c*ROWS+g*WEIGHT_ROWS)+:GROUP_ROW];
    end

    heddle_array_group #(
        .COLS(COLS),
        .WEIGHT_ROWS(WEIGHT_ROWS)
    ) i_group (
        .clk_i,
        .enable_i    (valid_q[g]),
        .swap_i      (enter[g]),
        .load_i      (load_valid_i && load_group_i == GROUP_BITS'(g)),
        .shift_i     (shift_valid_i),
        .row_i       (row_q[GROUP_ROW-1:0]),
        .load_data_i,
        .shift_data_i(shift_data),
        .sum_i       (sums[g*COLS*32+:COLS*32]),
        .sum_o       (sums[(g+1)*COLS*32+:COLS*32])
    );
  end

endmodule
