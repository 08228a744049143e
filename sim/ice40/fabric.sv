// What the logic of an iCE40 does: cells of a netlist after synthesis, and after place and route (ICESTORM_LC,
// whose ports without a wire are zero). Written after Lattice's "iCE Technology Library" and Project IceStorm's
// description of the logic tile. Falling clocks and asynchronous resets are not modelled: cells that are not here are
// refused by name, parameters stop the simulation at once.
/* verilator lint_off DECLFILENAME */
/* verilator lint_off UNUSEDPARAM */
/* verilator lint_off UNUSEDSIGNAL */

module SB_LUT4 #(
    parameter [15:0] LUT_INIT = 0
) (
    input  logic I0, I1, I2, I3,
    output logic O
);
  assign O = LUT_INIT[{I3, I2, I1, I0}];
endmodule

module SB_CARRY (
    input  logic I0, I1, CI,
    output logic CO
);
  assign CO = (I0 & I1) | (CI & (I0 | I1));
endmodule

module SB_DFF (
    input  logic C, D,
    output logic Q = 1'b0
);
  always_ff @(posedge C) Q <= D;
endmodule

module SB_DFFE (
    input  logic C, E, D,
    output logic Q = 1'b0
);
  always_ff @(posedge C) if (E) Q <= D;
endmodule

module SB_DFFSR (
    input  logic C, R, D,
    output logic Q = 1'b0
);
  always_ff @(posedge C) Q <= D & ~R;
endmodule

module SB_DFFSS (
    input  logic C, S, D,
    output logic Q = 1'b0
);
  always_ff @(posedge C) Q <= D | S;
endmodule

// A reset counts only where the clock is enabled.
module SB_DFFESR (
    input  logic C, E, R, D,
    output logic Q = 1'b0
);
  always_ff @(posedge C) if (E) Q <= D & ~R;
endmodule

module SB_DFFESS (
    input  logic C, E, S, D,
    output logic Q = 1'b0
);
  always_ff @(posedge C) if (E) Q <= D | S;
endmodule

module SB_GB (
    input  logic USER_SIGNAL_TO_GLOBAL_BUFFER,
    output logic GLOBAL_BUFFER_OUTPUT
);
  assign GLOBAL_BUFFER_OUTPUT = USER_SIGNAL_TO_GLOBAL_BUFFER;
endmodule

// A logic cell: table, carry and flip-flop. The table's last input is wired where it is the carry. routed.ys sets
// HEDDLE_GATED where the clock enable has a wire, HEDDLE_CARRY_AT_I3 where the carry comes in at I3 alone.
module ICESTORM_LC #(
    parameter [15:0] LUT_INIT = 0,
    parameter [0:0] CARRY_ENABLE = 0, CIN_CONST = 0, CIN_SET = 0, DFF_ENABLE = 0, SET_NORESET = 0, ASYNC_SR = 0,
    parameter [0:0] NEG_CLK = 0, HEDDLE_GATED = 0, HEDDLE_CARRY_AT_I3 = 0
) (
    input  logic I0, I1, I2, I3, CIN, CLK, CEN, SR,
    output logic O, LO, COUT
);
  /* verilator inline_module */
  initial if (ASYNC_SR || NEG_CLK) $fatal(1, "ICESTORM_LC: asynchronous reset or falling clock is not modelled");
  // An input that the table ignores may be the cell's own output, wired for the carry: no loop then.
  localparam bit Uses0 = (LUT_INIT[15:1] & 15'h5555) != (LUT_INIT[14:0] & 15'h5555);
  localparam bit Uses1 = (LUT_INIT[15:2] & 14'h3333) != (LUT_INIT[13:0] & 14'h3333);
  localparam bit Uses2 = (LUT_INIT[15:4] & 12'hF0F) != (LUT_INIT[11:0] & 12'hF0F);
  localparam bit Uses3 = LUT_INIT[15:8] != LUT_INIT[7:0];
  logic table_out;
  assign table_out = LUT_INIT[{Uses3 ? I3 : 1'b0, Uses2 ? I2 : 1'b0, Uses1 ? I1 : 1'b0, Uses0 ? I0 : 1'b0}];
  assign LO = table_out;

  if (CARRY_ENABLE) begin : gen_carry
    logic carry_in;
    assign carry_in = CIN_CONST ? CIN_SET : HEDDLE_CARRY_AT_I3 ? I3 : CIN;
    assign COUT = (I1 & I2) | (carry_in & (I1 | I2));
  end else begin : gen_no_carry
    assign COUT = 1'b0;
  end

  if (DFF_ENABLE) begin : gen_flip_flop
    logic q = 1'b0;
    always_ff @(posedge CLK) if (CEN || !HEDDLE_GATED) q <= SR ? SET_NORESET : table_out;
    assign O = q;
  end else begin : gen_table
    assign O = table_out;
  end
endmodule

// A pad without registers, an input (PIN_TYPE 1) or an output (PIN_TYPE 25): routed.ys makes them of SB_IO. The
// netlist's top joins the pad to the port.
module HEDDLE_INPUT_PAD (
    input  logic PACKAGE_PIN,
    output logic D_IN_0
);
  assign D_IN_0 = PACKAGE_PIN;
endmodule

module HEDDLE_OUTPUT_PAD (
    output logic PACKAGE_PIN,
    input  logic D_OUT_0
);
  assign PACKAGE_PIN = D_OUT_0;
endmodule
