// Receiver of an asynchronous serial line: 8 data bits, no parity, one stop bit.
//
// valid_o is high for one cycle with each byte. A byte without its stop bit is dropped: the frames above carry
// a length and a checksum. Legal: DIVISOR (cycles a bit) from 4 to 255.
module heddle_nano_uart_rx #(
    parameter int DIVISOR = 12
) (
    input  logic       clk_i,
    input  logic       rst_i,
    input  logic       rx_i,
    output logic       valid_o,
    output logic [7:0] data_o
);
  logic [2:0] line_q;  // the line, brought into this clock; the newest at the bottom
  logic       busy_q;
  logic [7:0] timer_q;
  logic [3:0] bit_q;   // 0: start, 1-8: data, 9: stop
  logic [7:0] shift_q;

  assign data_o = shift_q;

  always_ff @(posedge clk_i) begin
    line_q  <= {line_q[1:0], rx_i};
    valid_o <= 1'b0;
    if (!busy_q) begin
      timer_q <= 8'(DIVISOR / 2 - 1);
      bit_q   <= 4'd0;
      busy_q  <= ~line_q[1] & line_q[2];
    end else if (timer_q != 8'd0) begin
      timer_q <= timer_q - 8'd1;
    end else begin
      timer_q <= 8'(DIVISOR - 1);
      bit_q   <= bit_q + 4'd1;
      if (bit_q == 4'd0) begin
        busy_q <= ~line_q[1];
      end else if (bit_q == 4'd9) begin
        busy_q  <= 1'b0;
        valid_o <= line_q[1];
      end else begin
        shift_q <= {line_q[1], shift_q[7:1]};
      end
    end
    if (rst_i) begin
      line_q  <= 3'b111;
      busy_q  <= 1'b0;
      valid_o <= 1'b0;
    end
  end
endmodule
