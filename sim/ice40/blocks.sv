// What the hard blocks of an iCE40 UltraPlus do, as far as designs of this project use them. Written after
// Lattice's "iCE Technology Library" (FPGA-TN-02026) and "Memory Usage Guide"; a mode that is not modelled
// stops the simulation at once.
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */

// 16,384 words of 16 bits, single port. Half bytes are written by mask; a write leaves nothing to read.
module SB_SPRAM256KA (
    input  logic        CLOCK,
    input  logic        CHIPSELECT,
    input  logic        WREN,
    input  logic [13:0] ADDRESS,
    input  logic [3:0]  MASKWREN,
    input  logic [15:0] DATAIN,
    output logic [15:0] DATAOUT,
    input  logic        STANDBY,
    input  logic        SLEEP,
    input  logic        POWEROFF
);
  logic [15:0] mem[0:16383];
  logic [15:0] mask;
  assign mask = {{4{MASKWREN[3]}}, {4{MASKWREN[2]}}, {4{MASKWREN[1]}}, {4{MASKWREN[0]}}};
  // Anything but zero, so that nothing relies on what memory holds at power-up.
  initial for (int i = 0; i < 16384; i++) mem[i] = 16'hA5A5;
  always_ff @(posedge CLOCK) begin
    if (CHIPSELECT) begin
      if (WREN) mem[ADDRESS] <= (mem[ADDRESS] & ~mask) | (DATAIN & mask);
      DATAOUT <= WREN ? 16'hDEAD : mem[ADDRESS];
    end
    if (STANDBY || SLEEP || !POWEROFF) $fatal(1, "SB_SPRAM256KA: power modes are not modelled");
  end
endmodule

// Two 8x8-bit multipliers without registers: the only mode that is modelled.
module SB_MAC16 #(
    parameter [0:0] NEG_TRIGGER = 0, C_REG = 0, A_REG = 0, B_REG = 0, D_REG = 0,
    parameter [0:0] TOP_8x8_MULT_REG = 0, BOT_8x8_MULT_REG = 0,
    parameter [0:0] PIPELINE_16x16_MULT_REG1 = 0, PIPELINE_16x16_MULT_REG2 = 0,
    parameter [1:0] TOPOUTPUT_SELECT = 0, TOPADDSUB_LOWERINPUT = 0,
    parameter [0:0] TOPADDSUB_UPPERINPUT = 0,
    parameter [1:0] TOPADDSUB_CARRYSELECT = 0, BOTOUTPUT_SELECT = 0, BOTADDSUB_LOWERINPUT = 0,
    parameter [0:0] BOTADDSUB_UPPERINPUT = 0,
    parameter [1:0] BOTADDSUB_CARRYSELECT = 0,
    parameter [0:0] MODE_8x8 = 0, A_SIGNED = 0, B_SIGNED = 0
) (
    input  logic        CLK, CE,
    input  logic [15:0] A, B, C, D,
    input  logic        AHOLD, BHOLD, CHOLD, DHOLD, IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT, OLOADTOP, OLOADBOT,
    input  logic        ADDSUBTOP, ADDSUBBOT, OHOLDTOP, OHOLDBOT, CI, ACCUMCI, SIGNEXTIN,
    output logic [31:0] O,
    output logic        CO, ACCUMCO, SIGNEXTOUT
);
  localparam bit Modelled = MODE_8x8 && A_SIGNED && B_SIGNED && TOPOUTPUT_SELECT == 2 && BOTOUTPUT_SELECT == 2 &&
                            !A_REG && !B_REG && !TOP_8x8_MULT_REG && !BOT_8x8_MULT_REG;
  initial if (!Modelled) $fatal(1, "SB_MAC16: only two signed 8x8 multipliers without registers are modelled");

  logic [15:0] top, bottom;
  assign top = 16'($signed(A[15:8])) * 16'($signed(B[15:8]));
  assign bottom = 16'($signed(A[7:0])) * 16'($signed(B[7:0]));
  assign O = {top, bottom};
  assign CO = 1'b0;
  assign ACCUMCO = 1'b0;
  assign SIGNEXTOUT = 1'b0;
endmodule
