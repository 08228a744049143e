// Executes the host's frames (runtime/drivers/serial/frame.hpp): writes and reads of device memory and
// registers, and START. A frame is executed only after its checksum was found right, and answered in every
// case; a START that comes again with the number of the frame before starts nothing. Writes and reads may
// come again, they do the same. While the accelerator runs everything is answered with kBusy.
//
// Words of memory and registers are read and written in single cycles; what is read comes a cycle later.
module heddle_nano_link #(
    parameter int DIVISOR = 12
) (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        rx_i,
    output logic        tx_o,
    output logic        start_o,
    input  logic        running_i,
    // Device memory and registers, one word address for both.
    output logic        memory_o,
    output logic        register_o,
    output logic        write_o,
    output logic [13:0] address_o,
    output logic [31:0] wdata_o,
    input  logic [31:0] memory_data_i,
    input  logic [31:0] register_data_i
);
  localparam logic [7:0] Write = 8'd1, Read = 8'd2, Start = 8'd3;
  localparam logic [1:0] Ok = 2'd0, Busy = 2'd1, Refused = 2'd2;

  typedef enum logic [3:0] {
    IDLE, JUDGE, GATHER, STORE, HEAD, FETCH, LATCH, DATA, DRAIN
  } state_e;
  state_e state_q;

  logic rx_valid, tx_valid, tx_ready, frame_done, body_ready, body_idle;
  logic [7:0] rx_data, tx_data, payload;
  logic [55:0] header;
  logic [8:0] last_seq_q;  // of the last frame, but for a START that was too early; bit 8: there was one
  logic [1:0] verdict_q;
  logic [5:0] left_q;      // words to go
  logic [2:0] byte_q;
  logic [7:0] index_q;     // into the payload
  logic [13:0] word_q;
  logic [31:0] data_q;

  // The header's fields.
  logic [7:0] length, sequence_number, command;
  logic [23:0] address;
  logic [7:0] words;
  assign {words, address, command, sequence_number, length} = header;

  logic registers, reads, writes, again, fits;
  logic [14:0] past;
  assign registers = address[23];
  assign reads     = command == Read;
  assign writes    = command == Write;
  assign again     = last_seq_q == {1'b1, sequence_number};
  assign past      = {1'b0, address[15:2]} + {7'd0, words};
  // Registers that the host may write are the arguments, 0x010 to 0x0FF; registers end at 0x3FF.
  always_comb begin
    fits = (address[1:0] == 2'd0) & (words != 8'd0) & (words <= 8'd62) &
           (length == (writes ? {words[5:0], 2'd0} + 8'd7 : 8'd7));
    if (registers) begin
      fits = fits & (address[22:10] == 13'd0) & (past <= (writes ? 15'd64 : 15'd256)) &
             (~writes | (address[9:2] >= 8'd4));
    end else begin
      fits = fits & (address[22:16] == 7'd0) & (past <= 15'h4000);
    end
  end

  heddle_nano_uart_rx #(.DIVISOR(DIVISOR)) i_rx (
      .clk_i(clk_i), .rst_i(rst_i), .rx_i(rx_i), .valid_o(rx_valid), .data_o(rx_data));

  heddle_nano_frame_rx i_frame_rx (
      .clk_i(clk_i), .rst_i(rst_i), .block_i(state_q != IDLE), .valid_i(rx_valid), .data_i(rx_data),
      .done_o(frame_done), .header_o(header), .index_i(index_q), .payload_o(payload));

  heddle_nano_uart_tx #(.DIVISOR(DIVISOR)) i_tx (
      .clk_i(clk_i), .rst_i(rst_i), .tx_o(tx_o), .valid_i(tx_valid), .ready_o(tx_ready), .data_i(tx_data));

  logic body_valid, body_last, answers_data;
  logic [7:0] body_data;
  heddle_nano_frame_tx i_frame_tx (
      .clk_i(clk_i), .rst_i(rst_i), .valid_i(body_valid), .ready_o(body_ready), .data_i(body_data),
      .last_i(body_last), .idle_o(body_idle), .valid_o(tx_valid), .ready_i(tx_ready), .data_o(tx_data));

  // The answer: length, number, command with the top bit set, verdict, then the words of a read.
  assign answers_data = reads & (verdict_q == Ok);
  assign body_valid   = (state_q == HEAD) | (state_q == DATA);
  assign body_last    = (state_q == HEAD) ? ((byte_q == 3'd3) & ~answers_data)
                                          : ((byte_q == 3'd3) & (left_q == 6'd1));
  always_comb begin
    body_data = data_q[7:0];
    if (state_q == HEAD) begin
      case (byte_q)
        3'd0: body_data = answers_data ? {words[5:0], 2'd0} + 8'd4 : 8'd4;
        3'd1: body_data = sequence_number;
        3'd2: body_data = command | 8'h80;
        default: body_data = {6'd0, verdict_q};
      endcase
    end
  end

  logic access;
  assign access     = (state_q == STORE) | (state_q == FETCH);
  assign memory_o   = access & ~registers;
  assign register_o = access & registers;
  assign write_o    = state_q == STORE;
  assign address_o  = access ? word_q : 14'd0;
  assign wdata_o    = (state_q == STORE) ? data_q : 32'd0;
  assign start_o    = (state_q == JUDGE) & (command == Start) & ~again & ~running_i;

  always_ff @(posedge clk_i) begin
    case (state_q)
      IDLE: begin
        index_q <= 8'd0;
        byte_q  <= 3'd0;
        if (frame_done) state_q <= JUDGE;
      end
      JUDGE: begin
        if (command != Start || !running_i) last_seq_q <= {1'b1, sequence_number};
        word_q     <= address[15:2];
        left_q     <= words[5:0];
        if (command == Start) verdict_q <= (running_i & ~again) ? Busy : Ok;
        else if (running_i) verdict_q <= Busy;
        else verdict_q <= ((reads | writes) & fits) ? Ok : Refused;
        index_q <= 8'd1;
        state_q <= (writes & fits & ~running_i) ? GATHER : HEAD;
      end
      GATHER: begin  // payload is the byte before index_q
        data_q  <= {payload, data_q[31:8]};
        byte_q  <= byte_q + 3'd1;
        if (byte_q == 3'd3) state_q <= STORE;
        else index_q <= index_q + 8'd1;
      end
      STORE: begin
        byte_q  <= 3'd0;
        word_q  <= word_q + 14'd1;
        left_q  <= left_q - 6'd1;
        index_q <= index_q + 8'd1;
        state_q <= (left_q == 6'd1) ? HEAD : GATHER;
      end
      HEAD: begin
        if (body_ready) begin
          byte_q <= byte_q + 3'd1;
          if (byte_q == 3'd3) state_q <= answers_data ? FETCH : DRAIN;
        end
      end
      FETCH: state_q <= LATCH;
      LATCH: begin
        data_q  <= registers ? register_data_i : memory_data_i;
        byte_q  <= 3'd0;
        state_q <= DATA;
      end
      DATA: begin
        if (body_ready) begin
          data_q <= {8'd0, data_q[31:8]};
          byte_q <= byte_q + 3'd1;
          if (byte_q == 3'd3) begin
            word_q  <= word_q + 14'd1;
            left_q  <= left_q - 6'd1;
            state_q <= (left_q == 6'd1) ? DRAIN : FETCH;
          end
        end
      end
      default: if (body_idle) state_q <= IDLE;
    endcase
    if (rst_i) begin
      state_q    <= IDLE;
      last_seq_q <= 9'd0;
    end
  end
endmodule
