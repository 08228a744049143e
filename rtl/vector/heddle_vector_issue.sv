// The front of the vector unit: walks the steps of an instruction, one a cycle, and reads the streams A and U
// and the row scalars. An address outside its memory, or A and U in one bank of V, raises bad_o in the cycle
// of the step, which then reads nothing. Block and word numbers go out with their enables; the memories
// answer in the next cycle, and group_o, first_masked_o then belong to the same step.
module heddle_vector_issue #(
    localparam int COLS = heddle_config_pkg::COLS,
    localparam int LANES = heddle_config_pkg::LANES,
    localparam int GROUPS = COLS / LANES,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1,
    localparam int LANE_BITS = heddle_config_pkg::LOG2_LANES
) (
    input  logic                  clk_i,
    input  logic                  rst_i,
    input  logic                  start_i,
    input  logic                  stop_i,
    input  logic [511:0]          instr_i,
    input  logic [1:0]            a_space_i,
    input  logic                  u_space_s_i,
    input  logic                  use_u_i,
    input  logic                  use_s0_i,
    input  logic                  use_s1_i,
    input  logic                  mask_step_i,
    input  logic                  spaced_i,  // sums of several blocks: where lanes outrun the adder, wait
    output logic                  active_o,
    output logic                  step_o,    // a step is taken
    output logic                  bad_o,
    output logic                  va_ren_o,
    output logic                  vu_ren_o,
    output logic                  sa_ren_o,
    output logic                  aa_ren_o,
    output logic                  s0_ren_o,
    output logic                  s1_ren_o,
    output logic [15:0]           a_block_o,
    output logic [15:0]           u_block_o,
    output logic [15:0]           s0_word_o,
    output logic [15:0]           s1_word_o,
    output logic                  valid_o,   // one cycle after the step
    output logic [GROUP_BITS-1:0] group_o,
    output logic [LANE_BITS:0]    first_masked_o
);
  localparam int V_BANK = heddle_config_pkg::V_BLOCKS / heddle_isa_pkg::VECTOR_BANKS;
  localparam int V_BANK_BITS = $clog2(V_BANK);

  logic                  step, active, block_end, row_end, outer_end;
  logic [GROUP_BITS-1:0] group;
  logic [LANE_BITS:0]    present, first_masked;
  logic                  tail, last;
  heddle_vector_walk i_walk (
      .clk_i      (clk_i),
      .rst_i      (rst_i),
      .start_i    (start_i),
      .stop_i     (stop_i),
      .columns_i  (instr_i[16*heddle_isa_pkg::VECTOR_COLUMNS+:16]),
      .rows_i     (instr_i[16*heddle_isa_pkg::VECTOR_ROWS+:16]),
      .outer_i    (instr_i[16*heddle_isa_pkg::VECTOR_OUTER+:16]),
      .advance_i  (step),
      .active_o   (active),
      .group_o    (group),
      .present_o  (present),
      .tail_o     (tail),
      .block_end_o(block_end),
      .row_end_o  (row_end),
      .outer_end_o(outer_end),
      .end_o      (last)
  );
  assign active_o = active;
  assign step_o = step;

  // With more than 64 lanes a block of 256 columns takes fewer cycles than the addition of its sum.
  if (LANES > 64) begin : g_spaced
    logic [1:0] wait_q;
    always_ff @(posedge clk_i) begin
      if (start_i || !active) wait_q <= 2'd0;
      else wait_q <= (step && spaced_i) ? 2'(LANES / 64 - 1) : wait_q == 2'd0 ? 2'd0 : wait_q - 2'd1;
    end
    assign step = active && wait_q == 2'd0;
  end else begin : g_dense
    logic unused_spaced;
    assign unused_spaced = spaced_i;
    assign step = active;
  end

  // Addresses.
  logic next_block, next_row, next_outer;
  assign next_outer = step && outer_end;
  assign next_row = step && row_end && !outer_end;
  assign next_block = step && block_end && !row_end;
  heddle_vector_address i_a (
      .clk_i         (clk_i),
      .start_i       (start_i),
      .base_i        (instr_i[16*heddle_isa_pkg::VECTOR_A_ADDR+:16]),
      .block_stride_i(16'd1),
      .row_stride_i  (instr_i[16*heddle_isa_pkg::VECTOR_A_ROW_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::VECTOR_A_OUTER_STRIDE+:16]),
      .next_block_i  (next_block),
      .next_row_i    (next_row),
      .next_outer_i  (next_outer),
      .address_o     (a_block_o)
  );
  heddle_vector_address i_u (
      .clk_i         (clk_i),
      .start_i       (start_i),
      .base_i        (instr_i[16*heddle_isa_pkg::VECTOR_U_ADDR+:16]),
      .block_stride_i(16'd1),
      .row_stride_i  (instr_i[16*heddle_isa_pkg::VECTOR_U_ROW_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::VECTOR_U_OUTER_STRIDE+:16]),
      .next_block_i  (next_block),
      .next_row_i    (next_row),
      .next_outer_i  (next_outer),
      .address_o     (u_block_o)
  );
  heddle_vector_address i_s0 (
      .clk_i         (clk_i),
      .start_i       (start_i),
      .base_i        (instr_i[16*heddle_isa_pkg::VECTOR_S0_ADDR+:16]),
      .block_stride_i(16'd0),
      .row_stride_i  (instr_i[16*heddle_isa_pkg::VECTOR_S_ROW_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::VECTOR_S_OUTER_STRIDE+:16]),
      .next_block_i  (1'b0),
      .next_row_i    (next_row),
      .next_outer_i  (next_outer),
      .address_o     (s0_word_o)
  );
  heddle_vector_address i_s1 (
      .clk_i         (clk_i),
      .start_i       (start_i),
      .base_i        (instr_i[16*heddle_isa_pkg::VECTOR_S1_ADDR+:16]),
      .block_stride_i(16'd0),
      .row_stride_i  (instr_i[16*heddle_isa_pkg::VECTOR_S_ROW_STRIDE+:16]),
      .outer_stride_i(instr_i[16*heddle_isa_pkg::VECTOR_S_OUTER_STRIDE+:16]),
      .next_block_i  (1'b0),
      .next_row_i    (next_row),
      .next_outer_i  (next_outer),
      .address_o     (s1_word_o)
  );

  // Legality of the step.
  logic a_v, a_s, a_a, u_v, u_s, bad;
  logic a_bad, u_bad, s0_bad, s1_bad, conflict;
  assign a_v = a_space_i == 2'(heddle_isa_pkg::SPACE_V);
  assign a_s = a_space_i == 2'(heddle_isa_pkg::SPACE_S);
  assign a_a = a_space_i == 2'(heddle_isa_pkg::SPACE_A);
  assign u_v = use_u_i && !u_space_s_i;
  assign u_s = use_u_i && u_space_s_i;
  assign a_bad = (a_v && 32'(a_block_o) >= heddle_config_pkg::V_BLOCKS) ||
                 (a_s && 32'(a_block_o) >= heddle_config_pkg::S_WORDS / COLS) ||
                 (a_a && 32'(a_block_o) >= heddle_config_pkg::A_BLOCKS);
  assign u_bad = (u_v && 32'(u_block_o) >= heddle_config_pkg::V_BLOCKS) ||
                 (u_s && 32'(u_block_o) >= heddle_config_pkg::S_WORDS / COLS);
  assign s0_bad = use_s0_i && 32'(s0_word_o) >= heddle_config_pkg::S_WORDS;
  assign s1_bad = use_s1_i && 32'(s1_word_o) >= heddle_config_pkg::S_WORDS;
  assign conflict = a_v && u_v && (a_block_o >> V_BANK_BITS) == (u_block_o >> V_BANK_BITS);
  assign bad = a_bad || u_bad || s0_bad || s1_bad || conflict;
  assign bad_o = step && bad;

  logic read;
  assign read = step && !bad;
  assign va_ren_o = read && a_v;
  assign vu_ren_o = read && u_v;
  assign sa_ren_o = read && (a_s || u_s);
  assign aa_ren_o = read && a_a;
  assign s0_ren_o = read && use_s0_i;
  assign s1_ren_o = read && use_s1_i;

  heddle_vector_mask i_mask (
      .clk_i      (clk_i),
      .start_i    (start_i),
      .limit_i    (instr_i[16*heddle_isa_pkg::VECTOR_MASK_LIMIT+:16]),
      .step_i     (mask_step_i),
      .advance_i  (step),
      .row_end_i  (row_end),
      .outer_end_i(outer_end),
      .first_o    (first_masked)
  );
  always_ff @(posedge clk_i) begin
    if (rst_i || stop_i) valid_o <= 1'b0;
    else valid_o <= read;
    if (read) begin
      group_o <= group;
      first_masked_o <= first_masked;
    end
  end

  logic unused;
  assign unused = ^{present, tail, last, instr_i[511:16*24], instr_i[16*22-1:16*21], instr_i[16*10-1:16*8],
                    instr_i[16*7-1:0]};
endmodule
