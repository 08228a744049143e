// The clock of one unit: it runs during reset, from the cycle of the unit's start to that of its done, and
// for a few cycles more, in which done and the valid bits of its pipelines fall.
module heddle_unit_clock (
    input  logic clk_i,
    input  logic rst_i,    // the unit's
    input  logic busy_i,   // high from start to done, both included
    output logic clk_o
);
  localparam int Tail = 4;

  logic [Tail-1:0] tail_q;
  always_ff @(posedge clk_i) begin
    if (rst_i | busy_i) tail_q <= '1;
    else tail_q <= {tail_q[Tail-2:0], 1'b0};
  end

  heddle_clock_gate i_gate (
      .clk_i(clk_i), .enable_i(rst_i | busy_i | tail_q[Tail-1]), .clk_o(clk_o));
endmodule
