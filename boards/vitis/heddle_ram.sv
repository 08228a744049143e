// heddle_ram (rtl/common/heddle_ram.sv: ports, timing and legal parameters) in the form in which Vivado finds block
// RAM and UltraRAM: slices of the eight bytes that a block of either holds in a row, and one copy of the memory for
// each read port. The common form merges bytes with what it reads in the same cycle, which Vivado would build of LUTs.
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

  localparam int SLICE = BYTES % 8 == 0 ? 8 : 4;

  for (genvar p = 0; p < READS; p++) begin : gen_copy
    for (genvar s = 0; s < BYTES / SLICE; s++) begin : gen_slice
      heddle_ram_slice #(
          .DEPTH(DEPTH),
          .BYTES(SLICE)
      ) i_slice (
          .clk_i,
          .wen_i  (wmask_i[SLICE*s+:SLICE] & {SLICE{wen_i}}),
          .waddr_i,
          .wdata_i(wdata_i[8*SLICE*s+:8*SLICE]),
          .ren_i  (ren_i[p]),
          .raddr_i(raddr_i[ADDRESS_BITS*p+:ADDRESS_BITS]),
          .rdata_o(rdata_o[WIDTH*p+8*SLICE*s+:8*SLICE])
      );
    end
  end

endmodule
