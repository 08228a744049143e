// A clock that stops while its logic has no work: what an idle unit's registers would cost in power on a
// chip, and in time in a simulator, is not spent.
//
// enable_i is taken at the falling edge, so that clk_o has no partial pulses: enable_i of a cycle decides
// whether the rising edge at that cycle's end reaches clk_o. A technology has a cell for this (ICG, BUFGCE);
// HEDDLE_NO_CLOCK_GATING leaves the clock running, for one that has none to spare.
module heddle_clock_gate (
    input  logic clk_i,
    input  logic enable_i,
    output logic clk_o
);
`ifdef HEDDLE_NO_CLOCK_GATING
  logic unused;
  assign unused = enable_i;
  assign clk_o = clk_i;
`else
  logic enable_q;
  always_ff @(negedge clk_i) enable_q <= enable_i;
  assign clk_o = clk_i & enable_q;
`endif
endmodule
