// CRC-32 (IEEE 802.3, reflected), a bit a cycle: eight cycles after valid_i the byte is in crc_o, before the
// final inversion. Bytes come at least nine cycles apart. clear_i starts anew.
module heddle_nano_crc (
    input  logic        clk_i,
    input  logic        clear_i,
    input  logic        valid_i,
    input  logic [7:0]  data_i,
    output logic [31:0] crc_o
);
  logic [31:0] crc_q;
  logic [7:0]  byte_q;
  logic [3:0]  left_q;
  logic        feedback;

  assign feedback = crc_q[0] ^ byte_q[0];
  assign crc_o    = crc_q;

  always_ff @(posedge clk_i) begin
    if (valid_i) begin
      byte_q <= data_i;
      left_q <= 4'd8;
    end else if (left_q != 4'd0) begin
      left_q <= left_q - 4'd1;
      byte_q <= {1'b0, byte_q[7:1]};
      crc_q  <= {1'b0, crc_q[31:1]} ^ (feedback ? 32'hEDB88320 : 32'd0);
    end
    if (clear_i) begin
      crc_q  <= 32'hFFFFFFFF;
      left_q <= 4'd0;
    end
  end
endmodule
