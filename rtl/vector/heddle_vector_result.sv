// Row reductions of an instruction: follows the steps at the point where they are reduced, feeds the tree
// with those that hold columns, and writes each row's result to its word of S. A word outside S raises bad_o
// when its result is there. active_o is high from start_i until the last result is written.
module heddle_vector_result #(
    localparam int LANES = heddle_config_pkg::LANES,
    localparam int GROUPS = heddle_config_pkg::COLS / LANES,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1,
    localparam int LANE_BITS = heddle_config_pkg::LOG2_LANES
) (
    input  logic                clk_i,
    input  logic                rst_i,
    input  logic                start_i,
    input  logic                stop_i,
    input  logic [511:0]        instr_i,
    input  logic                maximum_i,
    input  logic                step_i,       // a step is at the point of reduction
    input  logic [32*LANES-1:0] values_i,     // of the step, one cycle after en_reduce_o
    output logic                en_reduce_o,
    output logic                active_o,
    output logic                bad_o,
    output logic                wen_o,
    output logic [15:0]         word_o,
    output logic [31:0]         data_o
);
  logic [15:0] columns, rows, outer;
  assign columns = instr_i[16*heddle_isa_pkg::VECTOR_COLUMNS+:16];
  assign rows = instr_i[16*heddle_isa_pkg::VECTOR_ROWS+:16];
  assign outer = instr_i[16*heddle_isa_pkg::VECTOR_OUTER+:16];

  // Steps that enter the tree.
  logic                  walking, block_end, row_end, outer_end, last, tail;
  logic [GROUP_BITS-1:0] group;
  logic [LANE_BITS:0]    present;
  heddle_vector_walk i_walk (
      .clk_i      (clk_i),
      .rst_i      (rst_i),
      .start_i    (start_i),
      .stop_i     (stop_i),
      .columns_i  (columns),
      .rows_i     (rows),
      .outer_i    (outer),
      .advance_i  (step_i),
      .active_o   (walking),
      .group_o    (group),
      .present_o  (present),
      .tail_o     (tail),
      .block_end_o(block_end),
      .row_end_o  (row_end),
      .outer_end_o(outer_end),
      .end_o      (last)
  );
  assign en_reduce_o = step_i && present != '0;

  logic               valid_q, tail_q, result;
  logic [LANE_BITS:0] present_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || stop_i) valid_q <= 1'b0;
    else valid_q <= en_reduce_o;
    if (en_reduce_o) begin
      tail_q <= tail;
      present_q <= present;
    end
  end
  // A result leaves the tree where it first stands alone; what still climbs is cleared with the last one.
  heddle_vector_reduce i_reduce (
      .clk_i    (clk_i),
      .rst_i    (rst_i || stop_i || !active_o),
      .maximum_i(maximum_i),
      .columns_i(columns),
      .valid_i  (valid_q),
      .last_i   (tail_q),
      .count_i  (present_q),
      .values_i (values_i),
      .valid_o  (result),
      .value_o  (data_o)
  );

  // Results that leave it.
  logic rows_outer_end, rows_end, outside;
  heddle_vector_rows i_rows (
      .clk_i      (clk_i),
      .rst_i      (rst_i),
      .start_i    (start_i),
      .stop_i     (stop_i),
      .rows_i     (rows),
      .outer_i    (outer),
      .advance_i  (result),
      .active_o   (active_o),
      .outer_end_o(rows_outer_end),
      .end_o      (rows_end)
  );
  heddle_vector_address i_word (
      .clk_i         (clk_i),
      .start_i       (start_i),
      .base_i        (instr_i[16*heddle_isa_pkg::VECTOR_RED_ADDR+:16]),
      .block_stride_i(16'd0),
      .row_stride_i  (instr_i[16*heddle_isa_pkg::VECTOR_S_ROW_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::VECTOR_S_OUTER_STRIDE+:16]),
      .next_block_i  (1'b0),
      .next_row_i    (result && !rows_outer_end),
      .next_outer_i  (result && rows_outer_end),
      .address_o     (word_o)
  );
  assign outside = 32'(word_o) >= heddle_config_pkg::S_WORDS;
  assign bad_o = result && outside;
  assign wen_o = result && !outside;

  logic unused;
  assign unused = ^{walking, block_end, row_end, outer_end, last, group, rows_end, instr_i[511:16*24],
                    instr_i[16*21-1:16*13], instr_i[16*10-1:0]};
endmodule
