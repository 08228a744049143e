// Paths of known length for logic_depth.awk, which names modules by the prefix.
module heddle_leaf (
    input  logic       clk_i,
    input  logic [3:0] x_i,
    output logic       through_o,
    output logic       y_o
);
  // The AND of four: two gates here, one in the module that uses it.
  assign through_o = &x_i;
  always_ff @(posedge clk_i) y_o <= x_i[0];
endmodule

module heddle_example (
    input  logic       clk_i,
    input  logic [3:0] a_i,
    output logic       y_o
);
  logic [3:0] a_q;
  logic through, leaf;
  always_ff @(posedge clk_i) a_q <= a_i;
  heddle_leaf i_leaf (
      .clk_i    (clk_i),
      .x_i      (a_q),
      .through_o(through),
      .y_o      (leaf)
  );
  always_ff @(posedge clk_i) y_o <= through ^ leaf;
endmodule

// Half a cycle from one edge to the other: its two gates count as four.
module heddle_edges (
    input  logic       clk_i,
    input  logic [2:0] a_i,
    output logic       y_o
);
  logic [2:0] a_q;
  always_ff @(posedge clk_i) a_q <= a_i;
  always_ff @(negedge clk_i) y_o <= ^a_q;
endmodule

module heddle_loop (
    input  logic a_i,
    output logic y_o
);
  logic other;
  assign other = ~(a_i & y_o);
  assign y_o = ~(a_i & other);
endmodule
