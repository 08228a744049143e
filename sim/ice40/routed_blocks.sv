// The hard blocks as place and route names them: the same as in blocks.sv and block_ram.sv, bit by bit. A port
// without a wire is zero.
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */
`define HEDDLE_BITS4(p) p``_3, p``_2, p``_1, p``_0
`define HEDDLE_BITS8(p) p``_7, p``_6, p``_5, p``_4, `HEDDLE_BITS4(p)
`define HEDDLE_BITS11(p) p``_10, p``_9, p``_8, `HEDDLE_BITS8(p)
`define HEDDLE_BITS14(p) p``_13, p``_12, p``_11, `HEDDLE_BITS11(p)
`define HEDDLE_BITS16(p) p``_15, p``_14, `HEDDLE_BITS14(p)
`define HEDDLE_BITS32(p) p``_31, p``_30, p``_29, p``_28, p``_27, p``_26, p``_25, p``_24, p``_23, p``_22, p``_21, \
  p``_20, p``_19, p``_18, p``_17, p``_16, `HEDDLE_BITS16(p)

module ICESTORM_SPRAM (
    input  logic CLOCK, CHIPSELECT, WREN, STANDBY, SLEEP, POWEROFF,
    input  logic `HEDDLE_BITS14(ADDRESS),
    input  logic `HEDDLE_BITS4(MASKWREN),
    input  logic `HEDDLE_BITS16(DATAIN),
    output logic `HEDDLE_BITS16(DATAOUT)
);
  SB_SPRAM256KA i_block (
      .CLOCK(CLOCK), .CHIPSELECT(CHIPSELECT), .WREN(WREN), .STANDBY(STANDBY), .SLEEP(SLEEP), .POWEROFF(POWEROFF),
      .ADDRESS({`HEDDLE_BITS14(ADDRESS)}), .MASKWREN({`HEDDLE_BITS4(MASKWREN)}), .DATAIN({`HEDDLE_BITS16(DATAIN)}),
      .DATAOUT({`HEDDLE_BITS16(DATAOUT)}));
endmodule

module ICESTORM_RAM #(
    parameter [1:0] READ_MODE = 0, WRITE_MODE = 0,
    parameter [0:0] NEG_CLK_R = 0, NEG_CLK_W = 0,
    parameter [255:0] INIT_0 = 0, INIT_1 = 0, INIT_2 = 0, INIT_3 = 0, INIT_4 = 0, INIT_5 = 0, INIT_6 = 0, INIT_7 = 0,
    parameter [255:0] INIT_8 = 0, INIT_9 = 0, INIT_A = 0, INIT_B = 0, INIT_C = 0, INIT_D = 0, INIT_E = 0, INIT_F = 0
) (
    input  logic RCLK, RCLKE, RE, WCLK, WCLKE, WE,
    input  logic `HEDDLE_BITS11(RADDR),
    input  logic `HEDDLE_BITS11(WADDR),
    input  logic `HEDDLE_BITS16(MASK),
    input  logic `HEDDLE_BITS16(WDATA),
    output logic `HEDDLE_BITS16(RDATA)
);
  initial if (NEG_CLK_R || NEG_CLK_W) $fatal(1, "ICESTORM_RAM: falling clocks are not modelled");
  SB_RAM40_4K #(
      .READ_MODE(READ_MODE), .WRITE_MODE(WRITE_MODE), .INIT_0(INIT_0), .INIT_1(INIT_1), .INIT_2(INIT_2),
      .INIT_3(INIT_3), .INIT_4(INIT_4), .INIT_5(INIT_5), .INIT_6(INIT_6), .INIT_7(INIT_7), .INIT_8(INIT_8),
      .INIT_9(INIT_9), .INIT_A(INIT_A), .INIT_B(INIT_B), .INIT_C(INIT_C), .INIT_D(INIT_D), .INIT_E(INIT_E),
      .INIT_F(INIT_F)
  ) i_block (
      .RCLK(RCLK), .RCLKE(RCLKE), .RE(RE), .RADDR({`HEDDLE_BITS11(RADDR)}), .RDATA({`HEDDLE_BITS16(RDATA)}),
      .WCLK(WCLK), .WCLKE(WCLKE), .WE(WE), .WADDR({`HEDDLE_BITS11(WADDR)}), .MASK({`HEDDLE_BITS16(MASK)}),
      .WDATA({`HEDDLE_BITS16(WDATA)}));
endmodule

module ICESTORM_DSP #(
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
    input  logic CLK, CE, AHOLD, BHOLD, CHOLD, DHOLD, IRSTTOP, IRSTBOT, ORSTTOP, ORSTBOT, OLOADTOP, OLOADBOT,
    input  logic ADDSUBTOP, ADDSUBBOT, OHOLDTOP, OHOLDBOT, CI, ACCUMCI, SIGNEXTIN,
    input  logic `HEDDLE_BITS16(A),
    input  logic `HEDDLE_BITS16(B),
    input  logic `HEDDLE_BITS16(C),
    input  logic `HEDDLE_BITS16(D),
    output logic `HEDDLE_BITS32(O),
    output logic CO, ACCUMCO, SIGNEXTOUT
);
  SB_MAC16 #(
      .A_REG(A_REG), .B_REG(B_REG), .TOP_8x8_MULT_REG(TOP_8x8_MULT_REG), .BOT_8x8_MULT_REG(BOT_8x8_MULT_REG),
      .TOPOUTPUT_SELECT(TOPOUTPUT_SELECT), .BOTOUTPUT_SELECT(BOTOUTPUT_SELECT), .MODE_8x8(MODE_8x8),
      .A_SIGNED(A_SIGNED), .B_SIGNED(B_SIGNED)
  ) i_block (
      .CLK(CLK), .CE(CE), .AHOLD(AHOLD), .BHOLD(BHOLD), .CHOLD(CHOLD), .DHOLD(DHOLD), .IRSTTOP(IRSTTOP),
      .IRSTBOT(IRSTBOT), .ORSTTOP(ORSTTOP), .ORSTBOT(ORSTBOT), .OLOADTOP(OLOADTOP), .OLOADBOT(OLOADBOT),
      .ADDSUBTOP(ADDSUBTOP), .ADDSUBBOT(ADDSUBBOT), .OHOLDTOP(OHOLDTOP), .OHOLDBOT(OHOLDBOT), .CI(CI),
      .ACCUMCI(ACCUMCI), .SIGNEXTIN(SIGNEXTIN), .A({`HEDDLE_BITS16(A)}), .B({`HEDDLE_BITS16(B)}),
      .C({`HEDDLE_BITS16(C)}), .D({`HEDDLE_BITS16(D)}), .O({`HEDDLE_BITS32(O)}), .CO(CO), .ACCUMCO(ACCUMCO),
      .SIGNEXTOUT(SIGNEXTOUT));
endmodule
