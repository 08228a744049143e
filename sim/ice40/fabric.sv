// What the logic of an iCE40 does: cells of a netlist after synthesis. Written after Lattice's "iCE Technology
// Library"; a netlist with cells that are not here, of falling clocks or asynchronous resets, is refused by name.
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
