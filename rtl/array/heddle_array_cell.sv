// One column of one row group: INPUTS multiply-accumulates a cycle.
//
// Holds INPUTS weights in as many places as BUFFERS says. Two: `shadow`, which the loader fills, and `active`,
// which the multipliers use; swap_i moves shadow to active and takes effect from the next cycle on; a load or
// shift in the same cycle fills the shadow behind it. One: both are the same, and nothing swaps.
// sum_o is sum_i plus the products of the row that enable_i announces, one cycle later. Sums wrap at 32 bits.
// Nothing is reset: enables qualify everything.
module heddle_array_cell #(
    parameter int INPUTS = 2,
    parameter int BUFFERS = heddle_config_pkg::WEIGHT_BUFFERS
) (
    input  logic                clk_i,
    input  logic                enable_i,
    input  logic                swap_i,
    input  logic                load_i,
    input  logic                shift_i,
    input  logic [INPUTS*8-1:0] row_i,    // activations, signed bytes
    input  logic [INPUTS*8-1:0] load_data_i,
    input  logic [INPUTS*8-1:0] shift_data_i,
    output logic [INPUTS*8-1:0] shadow_o,
    input  logic [        31:0] sum_i,
    output logic [        31:0] sum_o
);

  logic [INPUTS*8-1:0] shadow_q;
  logic [INPUTS*8-1:0] active;
  logic [        31:0] sum_q;

  function automatic logic [31:0] multiply_add(input logic [31:0] sum, input logic [INPUTS*8-1:0] a,
                                               input logic [INPUTS*8-1:0] w);
    logic [15:0] product;  // of 8 by 8 bits, so that no wider multiplier is made
    multiply_add = sum;
    for (int i = 0; i < INPUTS; i++) begin
      product = 16'($signed(a[8*i+:8])) * 16'($signed(w[8*i+:8]));
      multiply_add = multiply_add + {{16{product[15]}}, product};
    end
  endfunction

  always_ff @(posedge clk_i) begin
    if (load_i) shadow_q <= load_data_i;
    else if (shift_i) shadow_q <= shift_data_i;
    if (enable_i) sum_q <= multiply_add(sum_i, row_i, active);
  end

  if (BUFFERS == 1) begin : gen_one
    logic unused_swap;
    assign unused_swap = swap_i;
    assign active = shadow_q;
  end else begin : gen_two
    logic [INPUTS*8-1:0] active_q;
    always_ff @(posedge clk_i) if (swap_i) active_q <= shadow_q;
    assign active = active_q;
  end

  assign shadow_o = shadow_q;
  assign sum_o    = sum_q;

endmodule
