// Transmitter of an asynchronous serial line: 8 data bits, no parity, one stop bit. A byte is taken in the
// cycle in which valid_i and ready_o are high. Legal: DIVISOR (cycles a bit) from 4 to 255.
module heddle_nano_uart_tx #(
    parameter int DIVISOR = 12
) (
    input  logic       clk_i,
    input  logic       rst_i,
    output logic       tx_o,
    input  logic       valid_i,
    output logic       ready_o,
    input  logic [7:0] data_i
);
  logic [8:0] shift_q;  // what follows the bit on the line
  logic [3:0] left_q;   // bits on the line and after it
  logic [7:0] timer_q;

  assign ready_o = left_q == 4'd0;

  always_ff @(posedge clk_i) begin
    if (left_q == 4'd0) begin
      timer_q <= 8'(DIVISOR - 1);
      if (valid_i) begin
        left_q  <= 4'd10;
        tx_o    <= 1'b0;
        shift_q <= {1'b1, data_i};
      end
    end else if (timer_q != 8'd0) begin
      timer_q <= timer_q - 8'd1;
    end else begin
      timer_q <= 8'(DIVISOR - 1);
      left_q  <= left_q - 4'd1;
      tx_o    <= shift_q[0];
      shift_q <= {1'b1, shift_q[8:1]};
    end
    if (rst_i) begin
      left_q <= 4'd0;
      tx_o   <= 1'b1;
    end
  end
endmodule
