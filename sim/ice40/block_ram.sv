// Block RAM of 4 kbit, as 256 words of 16 bits or 512 of 8 (mode 1: the upper half of the words in the odd
// bits). A set bit of MASK keeps that bit (mode 0). What is read of a word that is written in the same cycle is
// its old content. Other modes stop the simulation at once.
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */

module SB_RAM40_4K #(
    parameter int READ_MODE = 0, WRITE_MODE = 0,
    parameter [255:0] INIT_0 = 0, INIT_1 = 0, INIT_2 = 0, INIT_3 = 0, INIT_4 = 0, INIT_5 = 0, INIT_6 = 0, INIT_7 = 0,
    parameter [255:0] INIT_8 = 0, INIT_9 = 0, INIT_A = 0, INIT_B = 0, INIT_C = 0, INIT_D = 0, INIT_E = 0, INIT_F = 0
) (
    input  logic        RCLK, RCLKE, RE,
    input  logic [10:0] RADDR,
    output logic [15:0] RDATA,
    input  logic        WCLK, WCLKE, WE,
    input  logic [10:0] WADDR,
    input  logic [15:0] MASK, WDATA
);
  localparam logic [4095:0] Init = {INIT_F, INIT_E, INIT_D, INIT_C, INIT_B, INIT_A, INIT_9, INIT_8, INIT_7, INIT_6,
                                    INIT_5, INIT_4, INIT_3, INIT_2, INIT_1, INIT_0};
  initial if (READ_MODE > 1 || WRITE_MODE > 1) $fatal(1, "SB_RAM40_4K: words of less than 8 bits are not modelled");

  logic [15:0] mem[0:255];
  initial for (int i = 0; i < 256; i++) mem[i] = Init[16*i+:16];

  logic [15:0] keep, data, word;
  logic        read_half;
  always_comb begin
    keep = MASK;
    data = WDATA;
    if (WRITE_MODE == 1) begin
      keep = WADDR[8] ? 16'h5555 : 16'hAAAA;
      for (int i = 0; i < 16; i += 2) data[i+:2] = {2{WDATA[i]}};
    end
  end
  always_ff @(posedge WCLK) if (WE && WCLKE) mem[WADDR[7:0]] <= (mem[WADDR[7:0]] & keep) | (data & ~keep);
  always_ff @(posedge RCLK) begin
    if (RE && RCLKE) begin
      word      <= mem[RADDR[7:0]];
      read_half <= RADDR[8];
    end
  end
  assign RDATA = (READ_MODE == 0) ? word : (read_half ? word >> 1 : word) & 16'h5555;
endmodule
