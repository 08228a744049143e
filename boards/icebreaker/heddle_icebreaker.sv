// Top of the iCE40 UP5K boards with a 12 MHz clock (iCEBreaker, iCESugar): clock, reset after power-up, the
// serial line, and a light that is on while a program runs. Lines are named as the board sees them.
module heddle_icebreaker (
    input  logic clk_i,
    input  logic rx_i,
    output logic tx_o,
    output logic led_no
);
  // Flip-flops start at zero. Single-port RAM needs some microseconds after configuration.
  logic [7:0] awake_q = 8'd0;
  logic       reset, running;
  assign reset = ~awake_q[7];
  always_ff @(posedge clk_i) if (reset) awake_q <= awake_q + 8'd1;

  heddle_nano_core #(.DIVISOR(12)) i_core (
      .clk_i(clk_i), .rst_i(reset), .rx_i(rx_i), .tx_o(tx_o), .running_o(running));

  assign led_no = ~running;
endmodule
