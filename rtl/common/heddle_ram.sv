// Synchronous memory of DEPTH words of BYTES bytes: one write port with byte enables, READS read ports.
//
// Read: rdata_o of a port holds the word at the address of its last enabled cycle, from the cycle after until
// the next enabled cycle. A word that is written in the same cycle reads as before. No reset, no initial
// contents. Legal: BYTES a multiple of four, DEPTH a power of two of at least two.
//
// A write replaces the whole word, bytes without enable by themselves. Simulators look at the mask only when a
// part of a word is written; Yosys (opt_mem_feedback) turns the replacement into byte enables and infers block
// RAM, one copy a read port.
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

  // What is written: bytes without enable stay as they are.
  logic [WIDTH-1:0] merged;
  always_comb begin
    merged = wdata_i;
    if (wen_i && !(&wmask_i)) begin
      for (int i = 0; i < BYTES; i += 4) begin
        if (wmask_i[i+:4] == 4'h0) begin
          merged[8*i+:32] = mem[waddr_i][8*i+:32];
        end else if (wmask_i[i+:4] != 4'hF) begin
          if (!wmask_i[i]) merged[8*i+:8] = mem[waddr_i][8*i+:8];
          if (!wmask_i[i+1]) merged[8*i+8+:8] = mem[waddr_i][8*i+8+:8];
          if (!wmask_i[i+2]) merged[8*i+16+:8] = mem[waddr_i][8*i+16+:8];
          if (!wmask_i[i+3]) merged[8*i+24+:8] = mem[waddr_i][8*i+24+:8];
        end
      end
    end
  end

  always_ff @(posedge clk_i) if (wen_i) mem[waddr_i] <= merged;

  for (genvar p = 0; p < READS; p++) begin : gen_port
    logic [WIDTH-1:0] rdata_q;
    always_ff @(posedge clk_i) begin
      if (ren_i[p]) rdata_q <= mem[raddr_i[ADDRESS_BITS*p+:ADDRESS_BITS]];
    end
    assign rdata_o[WIDTH*p+:WIDTH] = rdata_q;
  end

endmodule
