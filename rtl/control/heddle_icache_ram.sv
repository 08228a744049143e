// One-read one-write synchronous memory of the instruction cache. Read latency one cycle; the output holds
// while ren_i is low; a read of the address being written returns the old word. No initial contents.
module heddle_icache_ram #(
    parameter int WIDTH      = 128,
    parameter int LOG2_DEPTH = 7
) (
    input  logic                  clk_i,
    input  logic                  wen_i,
    input  logic [LOG2_DEPTH-1:0] waddr_i,
    input  logic [WIDTH-1:0]      wdata_i,
    input  logic                  ren_i,
    input  logic [LOG2_DEPTH-1:0] raddr_i,
    output logic [WIDTH-1:0]      rdata_o
);
  logic [WIDTH-1:0] mem [0:(1<<LOG2_DEPTH)-1];
  logic [WIDTH-1:0] rdata_q;

  assign rdata_o = rdata_q;

  always_ff @(posedge clk_i) begin
    if (wen_i) mem[waddr_i] <= wdata_i;
    if (ren_i) rdata_q <= mem[raddr_i];
  end
endmodule
