// Flags that travel beside a pipeline block of 4 cycles, or of one cycle where the block is skipped.
module heddle_vector_beside #(
    parameter int WIDTH = 1
) (
    input  logic             clk_i,
    input  logic [3:0]       en_i,
    input  logic             skip_en_i,
    input  logic             skip_i,
    input  logic [WIDTH-1:0] x_i,
    output logic [WIDTH-1:0] y_o
);
  logic [WIDTH-1:0] x0_q, x1_q, x2_q, x3_q;
  always_ff @(posedge clk_i) begin
    if (en_i[0] || skip_en_i) x0_q <= x_i;
    if (en_i[1]) x1_q <= x0_q;
    if (en_i[2]) x2_q <= x1_q;
    if (en_i[3]) x3_q <= x2_q;
  end
  assign y_o = skip_i ? x0_q : x3_q;
endmodule
