// The LANES elements of a block that a step covers. Combinational.
module heddle_vector_pick #(
    parameter int WIDTH = 32,
    localparam int COLS = heddle_config_pkg::COLS,
    localparam int LANES = heddle_config_pkg::LANES,
    localparam int GROUPS = COLS / LANES,
    localparam int GROUP_BITS = GROUPS > 1 ? $clog2(GROUPS) : 1
) (
    input  logic [GROUP_BITS-1:0]  group_i,
    input  logic [WIDTH*COLS-1:0]  block_i,
    output logic [WIDTH*LANES-1:0] lanes_o
);
  if (GROUPS > 1) begin : g_choose
    always_comb begin
      lanes_o = '0;
      for (int g = 0; g < GROUPS; g++) begin
        if (group_i == GROUP_BITS'(g)) lanes_o = block_i[g*LANES*WIDTH+:LANES*WIDTH];
      end
    end
  end else begin : g_all
    logic unused;
    assign unused = group_i[0];
    assign lanes_o = block_i;
  end
endmodule
