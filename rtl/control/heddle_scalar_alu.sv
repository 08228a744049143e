// Arithmetic of the scalar unit on 48-bit two's complement words; combinational. Multiplication, which is
// pipelined, is the scalar unit's own.
module heddle_scalar_alu (
    input  logic [7:0]  opcode_i,
    input  logic [47:0] a_i,
    input  logic [47:0] b_i,
    output logic [47:0] result_o,
    output logic        taken_o    // of a branch on a and b; of LOOP: on the result
);
  logic [47:0] difference, shifted_left, shifted_right;
  logic less, equal;

  assign difference = a_i - b_i;
  assign less = $signed(a_i) < $signed(b_i);
  assign equal = a_i == b_i;
  assign shifted_left = a_i << b_i[5:0];
  assign shifted_right = $unsigned($signed(a_i) >>> b_i[5:0]);

  always_comb begin
    case (opcode_i)
      heddle_isa_pkg::OP_SUB, heddle_isa_pkg::OP_LOOP: result_o = difference;
      heddle_isa_pkg::OP_SHL: result_o = shifted_left;
      heddle_isa_pkg::OP_SHR: result_o = shifted_right;
      heddle_isa_pkg::OP_AND: result_o = a_i & b_i;
      heddle_isa_pkg::OP_MIN: result_o = less ? a_i : b_i;
      heddle_isa_pkg::OP_MAX: result_o = less ? b_i : a_i;
      default: result_o = a_i + b_i;
    endcase
    case (opcode_i)
      heddle_isa_pkg::OP_BRANCH_EQ: taken_o = equal;
      heddle_isa_pkg::OP_BRANCH_NE: taken_o = ~equal;
      heddle_isa_pkg::OP_BRANCH_LT: taken_o = less;
      heddle_isa_pkg::OP_BRANCH_GE: taken_o = ~less;
      heddle_isa_pkg::OP_LOOP: taken_o = ~equal;  // b is one: the counter has not reached zero
      default: taken_o = 1'b0;
    endcase
  end
endmodule
