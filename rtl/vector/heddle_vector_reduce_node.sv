// One node of the reduction tree: the sum or the maximum of two canonical values. With pass_i the second
// does not take part: adding -0 changes no canonical value, the sign of zero included.
// The sum takes 4 cycles (sum_en_i), the maximum one (maximum_en_i); maximum_i chooses what y_o shows.
module heddle_vector_reduce_node (
    input  logic        clk_i,
    input  logic [3:0]  sum_en_i,
    input  logic        maximum_en_i,
    input  logic        maximum_i,
    input  logic        pass_i,
    input  logic [31:0] a_i,
    input  logic [31:0] b_i,
    output logic [31:0] y_o
);
  logic [31:0] sum, maximum_q;
  heddle_fp_add i_add (
      .clk_i(clk_i),
      .en_i (sum_en_i),
      .a_i  (a_i),
      .b_i  (pass_i ? 32'h8000_0000 : b_i),
      .y_o  (sum)
  );

  always_ff @(posedge clk_i) begin
    if (maximum_en_i) maximum_q <= pass_i ? a_i : heddle_vector_pkg::greater(a_i, b_i);
  end
  assign y_o = maximum_i ? maximum_q : sum;
endmodule
