// Synchronous memory of DEPTH words of BYTES bytes: one write port with byte enables, READS read ports.
//
// Read: rdata_o of a port holds the word at the address of its last enabled cycle, from the cycle after until
// the next enabled cycle. A word that is written in the same cycle reads as before. No reset, no initial
// contents. Legal: BYTES a multiple of four, DEPTH a power of two of at least two.
//
// The write replaces the whole word, bytes without enable by themselves: simulators execute this in
// 32-bit pieces, and Yosys (opt_mem_feedback) turns it into byte enables and infers block RAM, one copy a
// read port.
module heddle_ram #(
    parameter int DEPTH = 64,
    parameter int BYTES = 16,
    parameter int READS = 1,
    localparam int WIDTH = BYTES * 8,
    localparam int ADDRESS_BITS = $clog2(DEPTH)
) (
    input  logic                          clk_i,
    input  logic                          wen_i,
    input  logic [      ADDRESS_BITS-1:0] waddr_i,
    input  logic [             BYTES-1:0] wmask_i,
    input  logic [             WIDTH-1:0] wdata_i,
    input  logic [             READS-1:0] ren_i,
    input  logic [READS*ADDRESS_BITS-1:0] raddr_i,
    output logic [       READS*WIDTH-1:0] rdata_o
);

  logic [WIDTH-1:0] mem[0:DEPTH-1];

  function automatic logic [WIDTH-1:0] replaced(input logic [WIDTH-1:0] word, input logic [WIDTH-1:0] data,
                                                input logic [BYTES-1:0] mask);
    replaced = word;
    for (int i = 0; i < BYTES; i += 4) begin
      if (mask[i+:4] == 4'hF) begin
        replaced[8*i+:32] = data[8*i+:32];
      end else if (mask[i+:4] != 4'h0) begin
        if (mask[i]) replaced[8*i+:8] = data[8*i+:8];
        if (mask[i+1]) replaced[8*i+8+:8] = data[8*i+8+:8];
        if (mask[i+2]) replaced[8*i+16+:8] = data[8*i+16+:8];
        if (mask[i+3]) replaced[8*i+24+:8] = data[8*i+24+:8];
      end
    end
  endfunction

  always_ff @(posedge clk_i) begin
    if (wen_i) begin
      if (&wmask_i) mem[waddr_i] <= wdata_i;
      else mem[waddr_i] <= replaced(mem[waddr_i], wdata_i, wmask_i);
    end
  end

  for (genvar p = 0; p < READS; p++) begin : gen_port
    logic [WIDTH-1:0] rdata_q;
    always_ff @(posedge clk_i) begin
      if (ren_i[p]) rdata_q <= mem[raddr_i[ADDRESS_BITS*p+:ADDRESS_BITS]];
    end
    assign rdata_o[WIDTH*p+:WIDTH] = rdata_q;
  end

endmodule
