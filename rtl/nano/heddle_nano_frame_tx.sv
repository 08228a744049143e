// Sends one frame: flag, the bytes that it is given, their checksum, flag. It starts with the first byte; a
// byte is taken in the cycle in which valid_i and ready_o are high, last_i goes with the last. idle_o: nothing
// is on its way any more.
module heddle_nano_frame_tx (
    input  logic       clk_i,
    input  logic       rst_i,
    input  logic       valid_i,
    output logic       ready_o,
    input  logic [7:0] data_i,
    input  logic       last_i,
    output logic       idle_o,
    // To the line.
    output logic       valid_o,
    input  logic       ready_i,
    output logic [7:0] data_o
);
  typedef enum logic [2:0] {IDLE, OPEN, BODY, SEND, CLOSE} state_e;
  state_e      state_q;
  logic [7:0]  byte_q;
  logic        escaped_q;  // the escape before byte_q is out
  logic        last_q;     // byte_q is the body's last, or of the checksum
  logic [2:0]  tail_q;     // bytes of the checksum sent
  logic [31:0] crc;
  logic        special, take;
  logic [7:0]  crc_byte;

  assign special = (byte_q == 8'h7E) | (byte_q == 8'h7D);
  assign take    = (state_q == BODY) & valid_i & ~last_q;
  assign ready_o = take;
  assign idle_o  = (state_q == IDLE) & ready_i;

  heddle_nano_crc i_crc (
      .clk_i(clk_i), .clear_i(state_q == IDLE), .valid_i(take), .data_i(data_i), .crc_o(crc));

  always_comb begin
    case (tail_q[1:0])
      2'd0: crc_byte = ~crc[7:0];
      2'd1: crc_byte = ~crc[15:8];
      2'd2: crc_byte = ~crc[23:16];
      default: crc_byte = ~crc[31:24];
    endcase
  end

  assign valid_o = (state_q == OPEN) | (state_q == SEND) | (state_q == CLOSE);
  always_comb begin
    if (state_q != SEND) data_o = 8'h7E;
    else if (special && !escaped_q) data_o = 8'h7D;
    else data_o = byte_q ^ (escaped_q ? 8'h20 : 8'h00);
  end

  always_ff @(posedge clk_i) begin
    case (state_q)
      IDLE: begin
        last_q <= 1'b0;
        tail_q <= 3'd0;
        if (valid_i) state_q <= OPEN;
      end
      OPEN: if (ready_i) state_q <= BODY;
      BODY: begin
        escaped_q <= 1'b0;
        if (take) begin
          byte_q  <= data_i;
          last_q  <= last_i;
          state_q <= SEND;
        end else if (last_q && tail_q == 3'd4) begin
          state_q <= CLOSE;
        end else if (last_q && ready_i) begin  // the line is free: the checksum has long been complete
          byte_q  <= crc_byte;
          tail_q  <= tail_q + 3'd1;
          state_q <= SEND;
        end
      end
      SEND: begin
        if (ready_i) begin
          escaped_q <= 1'b1;
          if (!special || escaped_q) state_q <= BODY;
        end
      end
      default: if (ready_i) state_q <= IDLE;
    endcase
    if (rst_i) state_q <= IDLE;
  end
endmodule
