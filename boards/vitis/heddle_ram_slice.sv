// One write port with byte enables, one read port, as UG901 ("Byte Write Enable") has Vivado find a memory block.
//
// Read: rdata_o holds the word of the last enabled cycle, from the cycle after. A word that is written in the same
// cycle reads as before. DEPTH of 2,048 words or more goes to UltraRAM (4,096 x 72), of 64 or fewer to LUTs, others to
// block RAM (512 x 72).
module heddle_ram_slice #(
    parameter int DEPTH = 512,
    parameter int BYTES = 8,
    localparam int ADDRESS_BITS = $clog2(DEPTH)
) (
    input  logic                    clk_i,
    input  logic [       BYTES-1:0] wen_i,
    input  logic [ADDRESS_BITS-1:0] waddr_i,
    input  logic [     BYTES*8-1:0] wdata_i,
    input  logic                    ren_i,
    input  logic [ADDRESS_BITS-1:0] raddr_i,
    output logic [     BYTES*8-1:0] rdata_o
);

  // Yosys 0.23 wants a literal in an attribute; it chooses by itself.
`ifdef YOSYS
`elsif VERILATOR
`else
  localparam STYLE = DEPTH >= 2048 ? "ultra" : DEPTH <= 64 ? "distributed" : "block";
  (* ram_style = STYLE *)
`endif
  logic [BYTES*8-1:0] mem[0:DEPTH-1];

  for (genvar b = 0; b < BYTES; b++) begin : gen_byte
    always_ff @(posedge clk_i) if (wen_i[b]) mem[waddr_i][8*b+:8] <= wdata_i[8*b+:8];
  end
  always_ff @(posedge clk_i) if (ren_i) rdata_o <= mem[raddr_i];

endmodule
