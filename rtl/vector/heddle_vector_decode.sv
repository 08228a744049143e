// What a VECTOR instruction asks for, and whether it may: reserved bits, formats, selects and combinations
// that isa/instruction.hpp refuses before anything is read. Combinational.
module heddle_vector_decode (
    input  logic [511:0] instr_i,
    output logic         illegal_o,
    output logic         empty_o,          // a count is zero
    output logic         rope_o,
    output logic         mask_o,
    output logic         mask_step_o,
    output logic [11:0]  selects_o,        // pre_mul, pre_add, post_mul, post_add: 3 bits each
    output logic         use_pre_mul_o,
    output logic         use_pre_add_o,    // the adder: also ROPE's
    output logic         use_pre_extremum_o,
    output logic         pre_negate_o,
    output logic         pre_minimum_o,
    output logic         use_function_o,
    output logic [1:0]   function_o,
    output logic         use_post_mul_o,
    output logic         use_post_add_o,
    output logic         use_post_extremum_o,
    output logic         post_negate_o,
    output logic         post_minimum_o,
    output logic         use_u_o,
    output logic         use_s0_o,
    output logic         use_s1_o,
    output logic [1:0]   a_space_o,
    output logic         u_space_s_o,
    output logic         reduce_o,
    output logic         reduce_f_o,
    output logic         reduce_maximum_o,
    output logic         reduce_magnitude_o,
    output logic [1:0]   destination_o
);
  logic [15:0] flags, selects, destination;
  assign flags = instr_i[16*heddle_isa_pkg::HALF_FLAGS+:16];
  assign selects = instr_i[16*heddle_isa_pkg::VECTOR_SELECTS+:16];
  assign destination = instr_i[16*heddle_isa_pkg::VECTOR_DEST+:16];

  assign rope_o = flags[0];
  assign mask_o = flags[1];
  assign reduce_f_o = flags[6];
  assign mask_step_o = flags[13];
  assign selects_o = selects[11:0];
  assign a_space_o = selects[13:12];
  assign u_space_s_o = selects[14];
  assign destination_o = destination[1:0];

  // Which selects name which operand, and which are reserved.
  logic [3:0] none, is_u, is_s0, is_s1, reserved;
  for (genvar i = 0; i < 4; i++) begin : g_select
    assign none[i] = selects[3*i+:3] == 3'(heddle_isa_pkg::SEL_NONE);
    assign is_u[i] = selects[3*i+:3] == 3'(heddle_isa_pkg::SEL_U);
    assign is_s0[i] = selects[3*i+:3] == 3'(heddle_isa_pkg::SEL_S0);
    assign is_s1[i] = selects[3*i+:3] == 3'(heddle_isa_pkg::SEL_S1);
    assign reserved[i] = selects[3*i+:3] > 3'(heddle_isa_pkg::SEL_IMM1);
  end
  assign use_u_o = rope_o || is_u != 4'd0;
  assign use_s0_o = is_s0 != 4'd0;
  assign use_s1_o = is_s1 != 4'd0;

  logic [1:0] pre, post;
  logic       pre_choice, post_choice;  // maximum or minimum
  assign pre = flags[3:2];
  assign post = flags[5:4];
  assign pre_choice = pre == 2'(heddle_isa_pkg::COMBINE_MAX) || pre == 2'(heddle_isa_pkg::COMBINE_MIN);
  assign post_choice = post == 2'(heddle_isa_pkg::COMBINE_MAX) || post == 2'(heddle_isa_pkg::COMBINE_MIN);
  assign use_pre_mul_o = rope_o || !none[0];
  assign use_pre_add_o = rope_o || (!none[1] && !pre_choice);
  assign use_pre_extremum_o = !none[1] && pre_choice;
  assign pre_negate_o = pre == 2'(heddle_isa_pkg::COMBINE_SUB);
  assign pre_minimum_o = pre == 2'(heddle_isa_pkg::COMBINE_MIN);
  assign use_post_mul_o = !none[2];
  assign use_post_add_o = !none[3] && !post_choice;
  assign use_post_extremum_o = !none[3] && post_choice;
  assign post_negate_o = post == 2'(heddle_isa_pkg::COMBINE_SUB);
  assign post_minimum_o = post == 2'(heddle_isa_pkg::COMBINE_MIN);

  assign function_o = flags[11:10];
  assign use_function_o = function_o != 2'(heddle_isa_pkg::FUNC_NONE);
  assign reduce_o = flags[9:7] != 3'(heddle_isa_pkg::REDUCE_NONE);
  assign reduce_maximum_o = flags[9:7] != 3'(heddle_isa_pkg::REDUCE_SUM);
  assign reduce_magnitude_o = flags[9:7] == 3'(heddle_isa_pkg::REDUCE_ABS_MAX);

  assign empty_o = instr_i[16*heddle_isa_pkg::VECTOR_COLUMNS+:16] == 16'd0 ||
                   instr_i[16*heddle_isa_pkg::VECTOR_ROWS+:16] == 16'd0 ||
                   instr_i[16*heddle_isa_pkg::VECTOR_OUTER+:16] == 16'd0;
  assign illegal_o = flags[15:14] != 2'd0 || destination[15:2] != 14'd0 || reserved != 4'd0 ||
                     flags[9:7] > 3'(heddle_isa_pkg::REDUCE_ABS_MAX) ||
                     flags[12:10] > 3'(heddle_isa_pkg::FUNC_RSQRT) || selects[15] ||
                     (rope_o && (selects_o != 12'd0 || mask_o || use_function_o)) ||
                     (destination_o == 2'(heddle_isa_pkg::DEST_S) && reduce_o) ||
                     (use_u_o && u_space_s_o && a_space_o == 2'(heddle_isa_pkg::SPACE_S));

  logic unused;
  assign unused = ^{instr_i[511:16*13], instr_i[16*8-1:16*7], instr_i[16*6-1:0]};
endmodule
