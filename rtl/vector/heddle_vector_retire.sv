// The back of the vector unit: follows the steps as they leave the lanes, and addresses their blocks. An
// address outside its memory raises bad_o in the cycle in which the step leaves; it is not written. Enables,
// block and mask go out one cycle later, together with the lanes' registered results.
module heddle_vector_retire #(
    localparam int COLS = heddle_config_pkg::COLS,
    localparam int LANES = heddle_config_pkg::LANES,
    localparam int GROUPS = COLS / LANES,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1,
    localparam int LANE_BITS = heddle_config_pkg::LOG2_LANES
) (
    input  logic             clk_i,
    input  logic             rst_i,
    input  logic             start_i,
    input  logic             stop_i,
    input  logic [511:0]     instr_i,
    input  logic [1:0]       destination_i,
    input  logic             step_i,     // a step leaves the lanes
    output logic             active_o,
    output logic             bad_o,
    output logic [LANES-1:0] present_o,  // lanes of that step that hold columns
    output logic             v_wen_o,
    output logic             s_wen_o,
    output logic             a_wen_o,
    output logic [15:0]      block_o,
    output logic [COLS-1:0]  mask_o
);
  logic                  block_end, row_end, outer_end, last, tail;
  logic [GROUP_BITS-1:0] group;
  logic [LANE_BITS:0]    present;
  heddle_vector_walk i_walk (
      .clk_i      (clk_i),
      .rst_i      (rst_i),
      .start_i    (start_i),
      .stop_i     (stop_i),
      .columns_i  (instr_i[16*heddle_isa_pkg::VECTOR_COLUMNS+:16]),
      .rows_i     (instr_i[16*heddle_isa_pkg::VECTOR_ROWS+:16]),
      .outer_i    (instr_i[16*heddle_isa_pkg::VECTOR_OUTER+:16]),
      .advance_i  (step_i),
      .active_o   (active_o),
      .group_o    (group),
      .present_o  (present),
      .tail_o     (tail),
      .block_end_o(block_end),
      .row_end_o  (row_end),
      .outer_end_o(outer_end),
      .end_o      (last)
  );

  logic [15:0] block;
  heddle_vector_address i_d (
      .clk_i         (clk_i),
      .start_i       (start_i),
      .base_i        (instr_i[16*heddle_isa_pkg::VECTOR_D_ADDR+:16]),
      .block_stride_i(instr_i[16*heddle_isa_pkg::VECTOR_D_BLOCK_STRIDE+:16]),
      .row_stride_i  (instr_i[16*heddle_isa_pkg::VECTOR_D_ROW_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::VECTOR_D_OUTER_STRIDE+:16]),
      .next_block_i  (step_i && block_end && !row_end),
      .next_row_i    (step_i && row_end && !outer_end),
      .next_outer_i  (step_i && outer_end),
      .address_o     (block)
  );

  logic to_v, to_s, to_a, bad;
  assign to_v = destination_i == 2'(heddle_isa_pkg::DEST_V);
  assign to_s = destination_i == 2'(heddle_isa_pkg::DEST_S);
  assign to_a = destination_i == 2'(heddle_isa_pkg::DEST_A);
  assign bad = (to_v && 32'(block) >= heddle_config_pkg::V_BLOCKS) ||
               (to_s && 32'(block) >= heddle_config_pkg::S_WORDS / COLS) ||
               (to_a && 32'(block) >= heddle_config_pkg::A_BLOCKS);
  assign bad_o = step_i && bad;

  for (genvar i = 0; i < LANES; i++) begin : g_lane
    assign present_o[i] = present > (LANE_BITS + 1)'(i);
  end

  // V and S keep what lies past the last column; A is written to the end of the block.
  logic                  write, v_wen_q, s_wen_q, a_wen_q;
  logic [15:0]           block_q;
  logic [LANES-1:0]      lanes_q;
  logic [GROUP_BITS-1:0] group_q;
  assign write = step_i && !bad && (to_a || present != '0);
  always_ff @(posedge clk_i) begin
    if (rst_i || stop_i) begin
      v_wen_q <= 1'b0;
      s_wen_q <= 1'b0;
      a_wen_q <= 1'b0;
    end else begin
      v_wen_q <= write && to_v;
      s_wen_q <= write && to_s;
      a_wen_q <= write && to_a;
    end
    if (write) begin
      block_q <= block;
      group_q <= group;
      lanes_q <= to_a ? '1 : present_o;
    end
  end
  assign v_wen_o = v_wen_q;
  assign s_wen_o = s_wen_q;
  assign a_wen_o = a_wen_q;
  assign block_o = block_q;
  for (genvar g = 0; g < GROUPS; g++) begin : g_group
    assign mask_o[g*LANES+:LANES] = group_q == GROUP_BITS'(g) ? lanes_q : '0;
  end

  logic unused;
  assign unused = ^{tail, last, instr_i[511:16*28], instr_i[16*24-1:16*13], instr_i[16*10-1:0]};
endmodule
