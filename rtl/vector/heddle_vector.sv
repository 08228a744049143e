// The vector unit: executes one VECTOR instruction (isa/instruction.hpp) at a time, LANES columns a cycle.
//
// start_i is a pulse while the unit is idle; instr_i holds still from then until done_o, a pulse in a cycle
// after the last byte was written; status_o is valid with it. Reads answer in the next cycle; writes
// take effect at the clock edge. Nothing ever waits: after start an instruction takes its number of steps
// plus a latency that depends on the blocks it uses (a copy 6 cycles, a row sum some 40 more).
// On an error the unit stops at once: steps that have not left the lanes are dropped.
//
// Ports of memories: va, vu streams A and U in V; sa the stream in S; s0, s1 row scalars; aa the stream A in
// A; v, a, s destinations; r reductions.
module heddle_vector #(
    localparam int COLS = heddle_config_pkg::COLS,
    localparam int LANES = heddle_config_pkg::LANES,
    localparam int GROUPS = COLS / LANES,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1,
    localparam int LANE_BITS = heddle_config_pkg::LOG2_LANES
) (
    input  logic               clk_i,
    input  logic               rst_i,
    input  logic               start_i,
    input  logic [511:0]       instr_i,
    output logic               done_o,
    output logic [31:0]        status_o,
    output logic               step_o,      // a step enters the lanes
    output logic               va_ren_o,
    output logic [15:0]        va_block_o,
    input  logic [32*COLS-1:0] va_data_i,
    output logic               vu_ren_o,
    output logic [15:0]        vu_block_o,
    input  logic [32*COLS-1:0] vu_data_i,
    output logic               sa_ren_o,
    output logic [15:0]        sa_block_o,
    input  logic [32*COLS-1:0] sa_data_i,
    output logic               aa_ren_o,
    output logic [15:0]        aa_block_o,
    input  logic [8*COLS-1:0]  aa_data_i,
    output logic               s0_ren_o,
    output logic [15:0]        s0_word_o,
    input  logic [31:0]        s0_data_i,
    output logic               s1_ren_o,
    output logic [15:0]        s1_word_o,
    input  logic [31:0]        s1_data_i,
    output logic               v_wen_o,
    output logic [15:0]        v_block_o,
    output logic [COLS-1:0]    v_mask_o,
    output logic [32*COLS-1:0] v_data_o,
    output logic               a_wen_o,
    output logic [15:0]        a_block_o,
    output logic [COLS-1:0]    a_mask_o,
    output logic [8*COLS-1:0]  a_data_o,
    output logic               s_wen_o,
    output logic [15:0]        s_block_o,
    output logic [COLS-1:0]    s_mask_o,
    output logic [32*COLS-1:0] s_data_o,
    output logic               r_wen_o,
    output logic [15:0]        r_word_o,
    output logic [31:0]        r_data_o
);
  // --- Decoded instruction ---------------------------------------------------------------------------
  logic        illegal, empty, rope, mask, mask_step;
  logic        use_pre_mul, use_pre_add, use_pre_extremum, pre_negate, pre_minimum, use_function;
  logic        use_post_mul, use_post_add, use_post_extremum, post_negate, post_minimum;
  logic        use_u, use_s0, use_s1, u_space_s, reduce, reduce_f, reduce_maximum, reduce_magnitude;
  logic [1:0]  function_code, a_space, destination;
  logic [11:0] selects;
  logic [15:0] columns;
  logic [31:0] imm0, imm1;
  assign columns = instr_i[16*heddle_isa_pkg::VECTOR_COLUMNS+:16];
  assign imm0 = instr_i[16*heddle_isa_pkg::VECTOR_IMM0+:32];
  assign imm1 = instr_i[16*heddle_isa_pkg::VECTOR_IMM1+:32];
  heddle_vector_decode i_decode (
      .instr_i            (instr_i),
      .illegal_o          (illegal),
      .empty_o            (empty),
      .rope_o             (rope),
      .mask_o             (mask),
      .mask_step_o        (mask_step),
      .selects_o          (selects),
      .use_pre_mul_o      (use_pre_mul),
      .use_pre_add_o      (use_pre_add),
      .use_pre_extremum_o (use_pre_extremum),
      .pre_negate_o       (pre_negate),
      .pre_minimum_o      (pre_minimum),
      .use_function_o     (use_function),
      .function_o         (function_code),
      .use_post_mul_o     (use_post_mul),
      .use_post_add_o     (use_post_add),
      .use_post_extremum_o(use_post_extremum),
      .post_negate_o      (post_negate),
      .post_minimum_o     (post_minimum),
      .use_u_o            (use_u),
      .use_s0_o           (use_s0),
      .use_s1_o           (use_s1),
      .a_space_o          (a_space),
      .u_space_s_o        (u_space_s),
      .reduce_o           (reduce),
      .reduce_f_o         (reduce_f),
      .reduce_maximum_o   (reduce_maximum),
      .reduce_magnitude_o (reduce_magnitude),
      .destination_o      (destination)
  );

  // --- Start, end, errors ----------------------------------------------------------------------------
  logic go, stop, clear, finish, busy_q, done_q, failed_q;
  logic issue_active, retire_active, result_active, issue_bad, retire_bad, result_bad;
  assign go = start_i && !illegal && !empty;
  assign stop = issue_bad || retire_bad || result_bad;
  assign clear = rst_i || stop;
  assign finish = busy_q && !issue_active && !retire_active && !result_active;
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q <= 1'b0;
      done_q <= 1'b0;
      failed_q <= 1'b0;
    end else begin
      if (go) busy_q <= 1'b1;
      else if (stop || finish) busy_q <= 1'b0;
      done_q <= (start_i && !go) || stop || finish;
      failed_q <= (start_i && illegal) || stop;
    end
  end
  assign done_o = done_q;
  assign status_o = failed_q ? heddle_isa_pkg::STATUS_ILLEGAL : heddle_isa_pkg::STATUS_OK;

  // --- Issue: addresses and reads --------------------------------------------------------------------
  logic [15:0]           a_block, u_block;
  logic                  read_valid;
  logic [GROUP_BITS-1:0] read_group;
  logic [LANE_BITS:0]    read_first_masked;
  heddle_vector_issue i_issue (
      .clk_i         (clk_i),
      .rst_i         (rst_i),
      .start_i       (go),
      .stop_i        (stop),
      .instr_i       (instr_i),
      .a_space_i     (a_space),
      .u_space_s_i   (u_space_s),
      .use_u_i       (use_u),
      .use_s0_i      (use_s0),
      .use_s1_i      (use_s1),
      .mask_step_i   (mask_step),
      .spaced_i      (reduce && !reduce_maximum && columns > 16'd256),
      .active_o      (issue_active),
      .step_o,
      .bad_o         (issue_bad),
      .va_ren_o      (va_ren_o),
      .vu_ren_o      (vu_ren_o),
      .sa_ren_o      (sa_ren_o),
      .aa_ren_o      (aa_ren_o),
      .s0_ren_o      (s0_ren_o),
      .s1_ren_o      (s1_ren_o),
      .a_block_o     (a_block),
      .u_block_o     (u_block),
      .s0_word_o     (s0_word_o),
      .s1_word_o     (s1_word_o),
      .valid_o       (read_valid),
      .group_o       (read_group),
      .first_masked_o(read_first_masked)
  );
  assign va_block_o = a_block;
  assign aa_block_o = a_block;
  assign vu_block_o = u_block;
  assign sa_block_o = (use_u && u_space_s) ? u_block : a_block;

  logic [32*LANES-1:0] v_a, v_u, s_x;
  logic [8*LANES-1:0]  a_x;
  heddle_vector_pick i_pick_va (
      .group_i(read_group),
      .block_i(va_data_i),
      .lanes_o(v_a)
  );
  heddle_vector_pick i_pick_vu (
      .group_i(read_group),
      .block_i(vu_data_i),
      .lanes_o(v_u)
  );
  heddle_vector_pick i_pick_s (
      .group_i(read_group),
      .block_i(sa_data_i),
      .lanes_o(s_x)
  );
  heddle_vector_pick #(
      .WIDTH(8)
  ) i_pick_a (
      .group_i(read_group),
      .block_i(aa_data_i),
      .lanes_o(a_x)
  );

  // --- Valid chains: operands, pre multiplier, pre adder, function, post multiplier, post adder --------
  logic       operands, pre_multiplied, masked_time, functioned, post_multiplied, leaving;
  logic [2:0] en_pre_mul, en_post_chain, en_post_mul;
  logic [3:0] en_pre_add, en_post_add;
  logic [7:0] en_function;
  logic       en_pre_skip, en_post_skip, unused_pre_mul, unused_function, unused_post_mul;
  always_ff @(posedge clk_i) begin
    if (clear) operands <= 1'b0;
    else operands <= read_valid;
  end
  heddle_vector_stages #(
      .STAGES(3),
      .SKIP  (0)
  ) i_pre_mul_stages (
      .clk_i    (clk_i),
      .rst_i    (clear),
      .use_i    (use_pre_mul),
      .valid_i  (operands),
      .en_o     (en_pre_mul),
      .skip_en_o(unused_pre_mul),
      .valid_o  (pre_multiplied)
  );
  heddle_vector_stages #(
      .STAGES(4),
      .SKIP  (1)
  ) i_pre_add_stages (
      .clk_i    (clk_i),
      .rst_i    (clear),
      .use_i    (use_pre_add),
      .valid_i  (pre_multiplied),
      .en_o     (en_pre_add),
      .skip_en_o(en_pre_skip),
      .valid_o  (masked_time)
  );
  heddle_vector_stages #(
      .STAGES(8),
      .SKIP  (0)
  ) i_function_stages (
      .clk_i    (clk_i),
      .rst_i    (clear),
      .use_i    (use_function),
      .valid_i  (masked_time),
      .en_o     (en_function),
      .skip_en_o(unused_function),
      .valid_o  (functioned)
  );
  heddle_vector_stages #(
      .STAGES(3),
      .SKIP  (0)
  ) i_post_mul_stages (
      .clk_i    (clk_i),
      .rst_i    (clear),
      .use_i    (use_post_mul),
      .valid_i  (functioned),
      .en_o     (en_post_chain),
      .skip_en_o(unused_post_mul),
      .valid_o  (post_multiplied)
  );
  heddle_vector_stages #(
      .STAGES(4),
      .SKIP  (1)
  ) i_post_add_stages (
      .clk_i    (clk_i),
      .rst_i    (clear),
      .use_i    (use_post_add),
      .valid_i  (post_multiplied),
      .en_o     (en_post_add),
      .skip_en_o(en_post_skip),
      .valid_o  (leaving)
  );
  assign en_post_mul = rope ? en_pre_mul : en_post_chain;

  // --- What waits beside the lanes: shared operands and U for the post stage, where the mask begins -----
  // Both are taken one cycle before their time, so that no queue lies on a path through arithmetic.
  logic               mask_ahead, post_ahead, wait_empty;
  logic [3:0]         wait_write_q, wait_read_q;
  logic [2:0]         mask_write_q, mask_read_q;
  logic [LANE_BITS:0] first_masked;
  logic [LANE_BITS:0] mask_wait [0:7];
  assign mask_ahead = en_pre_skip || en_pre_add[3];
  assign post_ahead = use_function ? en_function[7] : mask_ahead;
  assign wait_empty = wait_write_q == wait_read_q;
  always_ff @(posedge clk_i) begin
    if (rst_i || start_i) begin
      wait_write_q <= 4'd0;
      wait_read_q <= 4'd0;
      mask_write_q <= 3'd0;
      mask_read_q <= 3'd0;
    end else begin
      if (operands) wait_write_q <= wait_write_q + 4'd1;
      if (post_ahead) wait_read_q <= wait_read_q + 4'd1;
      if (read_valid) mask_write_q <= mask_write_q + 3'd1;
      if (mask_ahead) mask_read_q <= mask_read_q + 3'd1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (read_valid) mask_wait[mask_write_q] <= read_first_masked;
  end
  assign first_masked = mask_wait[mask_read_q];

  logic [31:0] pre_mul_operand, pre_add_operand, post_mul_operand, post_add_operand;
  heddle_vector_shared i_shared (
      .clk_i         (clk_i),
      .selects_i     (selects),
      .use_pre_mul_i (use_pre_mul),
      .use_post_mul_i(use_post_mul),
      .imm0_i        (imm0),
      .imm1_i        (imm1),
      .load_i        (read_valid && (use_s0 || use_s1)),
      .s0_i          (s0_data_i),
      .s1_i          (s1_data_i),
      .en_pre_mul_i  (en_pre_mul),
      .en_post_mul_i (en_post_mul),
      .push_i        (operands),
      .take_i        (post_ahead),
      .empty_i       (wait_empty),
      .write_i       (wait_write_q),
      .read_i        (wait_read_q),
      .pre_mul_o     (pre_mul_operand),
      .pre_add_o     (pre_add_operand),
      .post_mul_o    (post_mul_operand),
      .post_add_o    (post_add_operand)
  );

  // --- Lanes -------------------------------------------------------------------------------------------
  logic [3:0]          select_u;
  logic                reduce_step, en_reduce;
  logic [LANES-1:0]    present, masked_q;
  logic [32*LANES-1:0] x, u, reduce_values, float_values;
  logic [8*LANES-1:0]  byte_values;
  for (genvar i = 0; i < 4; i++) begin : g_select
    assign select_u[i] = selects[3*i+:3] == 3'(heddle_isa_pkg::SEL_U);
  end
  for (genvar i = 0; i < LANES; i++) begin : g_lane
    always_ff @(posedge clk_i) begin
      if (mask_ahead) masked_q[i] <= mask && first_masked <= (LANE_BITS + 1)'(i);
    end
    heddle_vector_lane #(
        .ODD(i % 2 == 1)
    ) i_lane (
        .clk_i              (clk_i),
        .load_x_i           (read_valid),
        .load_u_i           (read_valid && use_u),
        .a_space_i          (a_space),
        .u_space_s_i        (u_space_s),
        .v_a_i              (v_a[32*i+:32]),
        .v_u_i              (v_u[32*i+:32]),
        .s_i                (s_x[32*i+:32]),
        .a_i                (a_x[8*i+:8]),
        .imm0_i             (imm0),
        .x_o                (x[32*i+:32]),
        .u_o                (u[32*i+:32]),
        .x_partner_i        (x[32*(i^1)+:32]),
        .u_partner_i        (u[32*(i^1)+:32]),
        .rope_i             (rope),
        .use_pre_mul_i      (use_pre_mul),
        .use_pre_add_i      (use_pre_add),
        .use_pre_extremum_i (use_pre_extremum),
        .pre_negate_i       (pre_negate),
        .pre_minimum_i      (pre_minimum),
        .use_function_i     (use_function),
        .function_i         (function_code),
        .use_post_mul_i     (use_post_mul),
        .use_post_add_i     (use_post_add),
        .use_post_extremum_i(use_post_extremum),
        .post_negate_i      (post_negate),
        .post_minimum_i     (post_minimum),
        .pre_mul_u_i        (select_u[0]),
        .pre_add_u_i        (select_u[1]),
        .post_mul_u_i       (select_u[2]),
        .post_add_u_i       (select_u[3]),
        .reduce_f_i         (reduce_f),
        .reduce_magnitude_i (reduce_magnitude),
        .pre_mul_i          (pre_mul_operand),
        .pre_add_i          (pre_add_operand),
        .post_mul_i         (post_mul_operand),
        .post_add_i         (post_add_operand),
        .masked_i           (masked_q[i]),
        .u_push_i           (operands && select_u[3:2] != 2'd0),
        .u_take_i           (post_ahead && select_u[3:2] != 2'd0),
        .u_empty_i          (wait_empty),
        .u_write_i          (wait_write_q),
        .u_read_i           (wait_read_q),
        .en_pre_mul_i       (en_pre_mul),
        .en_pre_add_i       (en_pre_add),
        .en_pre_skip_i      (en_pre_skip),
        .en_function_i      (en_function),
        .en_post_mul_i      (en_post_mul),
        .en_post_add_i      (en_post_add),
        .en_post_skip_i     (en_post_skip),
        .en_reduce_i        (en_reduce),
        .en_float_i         (leaving && destination[0]),
        .en_byte_i          (leaving && destination == 2'(heddle_isa_pkg::DEST_A)),
        .present_i          (present[i]),
        .reduce_o           (reduce_values[32*i+:32]),
        .float_o            (float_values[32*i+:32]),
        .byte_o             (byte_values[8*i+:8])
    );
  end

  // --- Retire: writes ----------------------------------------------------------------------------------
  logic [15:0]     d_block;
  logic [COLS-1:0] d_mask;
  heddle_vector_retire i_retire (
      .clk_i        (clk_i),
      .rst_i        (rst_i),
      .start_i      (go),
      .stop_i       (stop),
      .instr_i      (instr_i),
      .destination_i(destination),
      .step_i       (leaving),
      .active_o     (retire_active),
      .bad_o        (retire_bad),
      .present_o    (present),
      .v_wen_o      (v_wen_o),
      .s_wen_o      (s_wen_o),
      .a_wen_o      (a_wen_o),
      .block_o      (d_block),
      .mask_o       (d_mask)
  );
  assign v_block_o = d_block;
  assign s_block_o = d_block;
  assign a_block_o = d_block;
  assign v_mask_o = d_mask;
  assign s_mask_o = d_mask;
  assign a_mask_o = d_mask;
  assign v_data_o = {GROUPS{float_values}};
  assign s_data_o = {GROUPS{float_values}};
  assign a_data_o = {GROUPS{byte_values}};

  // --- Reduction ---------------------------------------------------------------------------------------
  heddle_vector_result i_result (
      .clk_i           (clk_i),
      .rst_i           (rst_i),
      .start_i         (go && reduce),
      .stop_i          (stop),
      .instr_i         (instr_i),
      .maximum_i       (reduce_maximum),
      .step_i          (reduce_step),
      .values_i        (reduce_values),
      .en_reduce_o     (en_reduce),
      .active_o        (result_active),
      .bad_o           (result_bad),
      .wen_o           (r_wen_o),
      .word_o          (r_word_o),
      .data_o          (r_data_o)
  );
  assign reduce_step = reduce && (!reduce_f ? leaving : rope ? operands : functioned);

  logic unused;
  assign unused = ^{unused_pre_mul, unused_function, unused_post_mul};
endmodule
