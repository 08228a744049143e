// One lane of the vector unit: a column each cycle. A lane holds the arithmetic and the operands of its own
// column; valid chains, row scalars and decoded fields are shared and come from heddle_vector.
//
//   x, u -> [pre multiplier] -> [pre adder or extremum] -> mask -> [function] -> f
//   f -> [post multiplier] -> [post adder or extremum] -> x2 -> destination;  f or x2 -> reduction
//
// A block in brackets that the instruction does not use is passed by; the two adders then cost one cycle,
// the others none. For ROPE the post multiplier works beside the pre multiplier; the pre adder joins them.
module heddle_vector_lane #(
    parameter bit ODD = 1'b0  // the upper lane of its pair
) (
    input  logic        clk_i,
    // Operands, one cycle after the reads were issued.
    input  logic        load_x_i,
    input  logic        load_u_i,
    input  logic [1:0]  a_space_i,
    input  logic        u_space_s_i,
    input  logic [31:0] v_a_i,
    input  logic [31:0] v_u_i,
    input  logic [31:0] s_i,
    input  logic [7:0]  a_i,
    input  logic [31:0] imm0_i,
    // The other lane of the pair, for ROPE.
    output logic [31:0] x_o,
    output logic [31:0] u_o,
    input  logic [31:0] x_partner_i,
    input  logic [31:0] u_partner_i,
    // What the instruction does; constant while it runs.
    input  logic        rope_i,
    input  logic        use_pre_mul_i,
    input  logic        use_pre_add_i,
    input  logic        use_pre_extremum_i,
    input  logic        pre_negate_i,    // SUB
    input  logic        pre_minimum_i,
    input  logic        use_function_i,
    input  logic [1:0]  function_i,
    input  logic        use_post_mul_i,
    input  logic        use_post_add_i,
    input  logic        use_post_extremum_i,
    input  logic        post_negate_i,
    input  logic        post_minimum_i,
    input  logic        pre_mul_u_i,     // the operand is the stream U, else the shared one
    input  logic        pre_add_u_i,
    input  logic        post_mul_u_i,
    input  logic        post_add_u_i,
    input  logic        reduce_f_i,
    input  logic        reduce_magnitude_i,
    // Shared operands, each at the time of its block.
    input  logic [31:0] pre_mul_i,
    input  logic [31:0] pre_add_i,
    input  logic [31:0] post_mul_i,
    input  logic [31:0] post_add_i,
    input  logic        masked_i,
    // U waits here for the post stage, and is taken one cycle ahead of it.
    input  logic        u_push_i,
    input  logic        u_take_i,
    input  logic        u_empty_i,
    input  logic [3:0]  u_write_i,
    input  logic [3:0]  u_read_i,
    // Valid chains.
    input  logic [2:0]  en_pre_mul_i,
    input  logic [3:0]  en_pre_add_i,
    input  logic        en_pre_skip_i,
    input  logic [7:0]  en_function_i,
    input  logic [2:0]  en_post_mul_i,
    input  logic [3:0]  en_post_add_i,
    input  logic        en_post_skip_i,
    input  logic        en_reduce_i,
    input  logic        en_float_i,
    input  logic        en_byte_i,
    input  logic        present_i,       // of the step that leaves, for the bytes
    // Results, one cycle after their enables.
    output logic [31:0] reduce_o,
    output logic [31:0] float_o,
    output logic [7:0]  byte_o
);
  // Operands.
  logic [31:0] x_q, u_q;
  always_ff @(posedge clk_i) begin
    if (load_x_i) begin
      case (a_space_i)
        2'(heddle_isa_pkg::SPACE_V): x_q <= v_a_i;
        2'(heddle_isa_pkg::SPACE_S): x_q <= s_i;
        2'(heddle_isa_pkg::SPACE_A): x_q <= heddle_fp_pkg::from_int8(a_i);
        default: x_q <= imm0_i;
      endcase
    end
    if (load_u_i) u_q <= u_space_s_i ? s_i : v_u_i;
  end
  assign x_o = x_q;
  assign u_o = u_q;

  // U beside the pre multiplier, and its wait for the post stage.
  logic [31:0] u_pre1_q, u_pre2_q, u_pre3_q, u_post_q, u_post1_q, u_post2_q, u_post3_q;
  logic [31:0] u_wait [0:15];
  always_ff @(posedge clk_i) begin
    if (pre_add_u_i) begin
      if (en_pre_mul_i[0]) u_pre1_q <= u_q;
      if (en_pre_mul_i[1]) u_pre2_q <= u_pre1_q;
      if (en_pre_mul_i[2]) u_pre3_q <= u_pre2_q;
    end
    if (post_add_u_i) begin
      if (en_post_mul_i[0]) u_post1_q <= u_post_q;
      if (en_post_mul_i[1]) u_post2_q <= u_post1_q;
      if (en_post_mul_i[2]) u_post3_q <= u_post2_q;
    end
  end
  always_ff @(posedge clk_i) begin
    if (u_push_i) u_wait[u_write_i] <= u_q;
  end
  always_ff @(posedge clk_i) begin
    if (u_take_i) u_post_q <= u_empty_i ? u_q : u_wait[u_read_i];
  end

  // Pre stage.
  logic [31:0] u_even, u_odd, pre_mul_b, pre_product, pre_value, pre_add_q, pre_sum, pre_skip_q;
  logic [31:0] post_product;
  assign u_even = ODD ? u_partner_i : u_q;
  assign u_odd = ODD ? u_q : u_partner_i;
  assign pre_mul_b = rope_i ? u_even : pre_mul_u_i ? u_q : pre_mul_i;
  heddle_fp_mul i_pre_mul (
      .clk_i(clk_i),
      .en_i (en_pre_mul_i),
      .a_i  (x_q),
      .b_i  (pre_mul_b),
      .y_o  (pre_product)
  );
  assign pre_value = use_pre_mul_i ? pre_product : x_q;
  assign pre_add_q = pre_add_u_i ? (use_pre_mul_i ? u_pre3_q : u_q) : pre_add_i;
  heddle_fp_add i_pre_add (
      .clk_i(clk_i),
      .en_i (en_pre_add_i),
      .a_i  (pre_value),
      .b_i  (rope_i ? post_product : {pre_add_q[31] ^ pre_negate_i, pre_add_q[30:0]}),
      .y_o  (pre_sum)
  );
  always_ff @(posedge clk_i) begin
    if (en_pre_skip_i) begin
      if (use_pre_extremum_i) pre_skip_q <= heddle_fp_pkg::extremum(pre_value, pre_add_q, pre_minimum_i);
      else pre_skip_q <= pre_value;
    end
  end

  // Mask and function.
  logic [31:0] x1, function_value, f;
  assign x1 = masked_i ? heddle_isa_pkg::MASKED_SCORE : use_pre_add_i ? pre_sum : pre_skip_q;
  heddle_vector_function i_function (
      .clk_i     (clk_i),
      .en_i      (en_function_i),
      .function_i(function_i),
      .x_i       (x1),
      .y_o       (function_value)
  );
  assign f = use_function_i ? function_value : x1;

  // Post stage.
  logic [31:0] post_mul_a, post_mul_b, post_value, post_add_q, post_sum, post_skip_q, x2;
  assign post_mul_a = rope_i ? x_partner_i : f;
  assign post_mul_b = rope_i ? {u_odd[31] ^ !ODD, u_odd[30:0]} : post_mul_u_i ? u_post_q : post_mul_i;
  heddle_fp_mul i_post_mul (
      .clk_i(clk_i),
      .en_i (en_post_mul_i),
      .a_i  (post_mul_a),
      .b_i  (post_mul_b),
      .y_o  (post_product)
  );
  assign post_value = use_post_mul_i ? post_product : f;
  assign post_add_q = post_add_u_i ? (use_post_mul_i ? u_post3_q : u_post_q) : post_add_i;
  heddle_fp_add i_post_add (
      .clk_i(clk_i),
      .en_i (en_post_add_i),
      .a_i  (post_value),
      .b_i  ({post_add_q[31] ^ post_negate_i, post_add_q[30:0]}),
      .y_o  (post_sum)
  );
  always_ff @(posedge clk_i) begin
    if (en_post_skip_i) begin
      if (use_post_extremum_i) post_skip_q <= heddle_fp_pkg::extremum(post_value, post_add_q, post_minimum_i);
      else post_skip_q <= post_value;
    end
  end
  assign x2 = use_post_add_i ? post_sum : post_skip_q;

  // Results.
  logic [31:0] reduced;
  assign reduced = !reduce_f_i ? x2 : rope_i ? x_q : f;
  always_ff @(posedge clk_i) begin
    if (en_reduce_i) reduce_o <= heddle_vector_pkg::reducible(reduced, reduce_magnitude_i);
    if (en_float_i) float_o <= x2;
    if (en_byte_i) byte_o <= present_i ? heddle_fp_pkg::to_int8(x2) : 8'd0;
  end
endmodule
