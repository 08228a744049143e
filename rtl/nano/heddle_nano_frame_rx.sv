// Takes frames out of a stream of bytes (the format: runtime/drivers/serial/frame.hpp). done_o is high for one
// cycle with a frame whose length and checksum are right; its header then stands in header_o and its payload
// in the buffer, until the next flag that arrives while block_i is low. Anything else is dropped in silence:
// the host sends it again. While block_i is high nothing is received.
//
// payload_o is byte index_i of the payload, a cycle later.
module heddle_nano_frame_rx (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        block_i,
    input  logic        valid_i,
    input  logic [7:0]  data_i,
    output logic        done_o,
    output logic [55:0] header_o,  // 7 bytes, the first at the bottom
    input  logic [7:0]  index_i,
    output logic [7:0]  payload_o
);
  localparam logic [7:0] Flag = 8'h7E, Escape = 8'h7D;

  logic        inside_q, escape_q;
  logic [8:0]  count_q;   // bytes of the frame so far
  logic [55:0] header_q;
  logic [31:0] crc;
  logic        flag, take;
  logic [7:0]  value;
  (* no_rw_check *) logic [7:0] buffer[0:255];  // written before the frame is done, read after
  logic [7:0]  place;

  assign flag     = valid_i & (data_i == Flag);
  assign take     = valid_i & ~flag & (data_i != Escape) & inside_q & ~block_i;
  assign value    = data_i ^ (escape_q ? 8'h20 : 8'h00);
  assign header_o = header_q;
  assign place    = 8'(count_q - 9'd7);

  heddle_nano_crc i_crc (
      .clk_i(clk_i), .clear_i(flag), .valid_i(take), .data_i(value), .crc_o(crc));

  // What the register holds after a frame and its own checksum.
  assign done_o = flag & inside_q & ~escape_q & ~block_i & (crc == 32'hDEBB20E3) &
                  (count_q == {1'b0, header_q[7:0]} + 9'd4) & (header_q[7:0] >= 8'd7);

  always_ff @(posedge clk_i) begin
    if (take && count_q >= 9'd7) buffer[place] <= value;
    payload_o <= buffer[index_i];
  end

  always_ff @(posedge clk_i) begin
    if (flag) begin
      inside_q <= ~block_i;
      escape_q <= 1'b0;
      count_q  <= 9'd0;
    end else if (take) begin
      escape_q <= 1'b0;
      count_q  <= count_q + 9'd1;
      if (count_q < 9'd7) header_q <= {value, header_q[55:8]};
      if (count_q == 9'd260) inside_q <= 1'b0;  // longer than any frame
    end else if (valid_i) begin
      escape_q <= 1'b1;
    end
    if (rst_i || block_i) inside_q <= 1'b0;
  end
endmodule
