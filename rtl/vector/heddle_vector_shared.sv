// The operands that all lanes share: row scalars s0 and s1 and the immediates, delivered to each of the four
// places that may select them at the time at which a step arrives there. Scalars enter with the lanes'
// operands (load_i is one cycle earlier, when the memory answers), travel beside the pre multiplier, wait in
// a queue of 16 for the post stage, from which take_i fetches them one cycle ahead (where the queue is empty,
// those that enter it), and travel beside the post multiplier.
module heddle_vector_shared (
    input  logic        clk_i,
    input  logic [11:0] selects_i,      // pre_mul, pre_add, post_mul, post_add: 3 bits each
    input  logic        use_pre_mul_i,
    input  logic        use_post_mul_i,
    input  logic [31:0] imm0_i,
    input  logic [31:0] imm1_i,
    input  logic        load_i,
    input  logic [31:0] s0_i,
    input  logic [31:0] s1_i,
    input  logic [2:0]  en_pre_mul_i,
    input  logic [2:0]  en_post_mul_i,
    input  logic        push_i,
    input  logic        take_i,
    input  logic        empty_i,
    input  logic [3:0]  write_i,
    input  logic [3:0]  read_i,
    output logic [31:0] pre_mul_o,
    output logic [31:0] pre_add_o,
    output logic [31:0] post_mul_o,
    output logic [31:0] post_add_o
);
  logic [63:0] s_q, pre1_q, pre2_q, pre3_q, post_q, post1_q, post2_q, post3_q;
  logic [63:0] waiting [0:15];
  always_ff @(posedge clk_i) begin
    if (load_i) s_q <= {s1_i, s0_i};
    if (en_pre_mul_i[0]) pre1_q <= s_q;
    if (en_pre_mul_i[1]) pre2_q <= pre1_q;
    if (en_pre_mul_i[2]) pre3_q <= pre2_q;
    if (en_post_mul_i[0]) post1_q <= post_q;
    if (take_i) post_q <= empty_i ? s_q : waiting[read_i];
    if (en_post_mul_i[1]) post2_q <= post1_q;
    if (en_post_mul_i[2]) post3_q <= post2_q;
  end
  always_ff @(posedge clk_i) begin
    if (push_i) waiting[write_i] <= s_q;
  end

  // Place i chooses from its own copy of the scalars.
  logic [255:0] scalars;
  logic [127:0] chosen;
  assign scalars = {use_post_mul_i ? post3_q : post_q, post_q, use_pre_mul_i ? pre3_q : s_q, s_q};
  for (genvar i = 0; i < 4; i++) begin : g_place
    logic [2:0]  select;
    logic [31:0] s, immediate;
    assign select = selects_i[3*i+:3];
    assign s = select == 3'(heddle_isa_pkg::SEL_S1) ? scalars[64*i+32+:32] : scalars[64*i+:32];
    assign immediate = select == 3'(heddle_isa_pkg::SEL_IMM1) ? imm1_i : imm0_i;
    assign chosen[32*i+:32] = select >= 3'(heddle_isa_pkg::SEL_IMM0) ? immediate : s;
  end
  assign pre_mul_o = chosen[31:0];
  assign pre_add_o = chosen[63:32];
  assign post_mul_o = chosen[95:64];
  assign post_add_o = chosen[127:96];
endmodule
