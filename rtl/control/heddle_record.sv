// Writes the completion record of isa/program.hpp: 256 bytes, as four requests of 64 bytes, none of which
// can cross a boundary of a burst. start_i (one cycle) takes the address; done_o (one cycle) comes with the
// last write response, or at once when the record is misaligned or not wholly in a window that may be
// written. An error of the bus changes nothing. The counters are read through counter_index_o, and must
// stand still.
module heddle_record (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            start_i,
    output logic            done_o,
    output logic            idle_o,
    input  logic [63:0]     address_i,
    input  logic [31:0]     status_i,
    input  logic [47:0]     pc_i,
    output logic [4:0]      counter_index_o,
    input  logic [63:0]     counter_i,
    input  logic [4*64-1:0] windows_base_i,
    input  logic [4*64-1:0] windows_size_i,
    // Bus.
    output logic            wr_req_valid_o,
    input  logic            wr_req_ready_i,
    output logic [47:0]     wr_req_addr_o,
    output logic [8:0]      wr_req_beats_o,
    output logic            wr_valid_o,
    input  logic            wr_ready_i,
    output logic [8*heddle_config_pkg::BUS_BYTES-1:0] wr_data_o,
    output logic [heddle_config_pkg::BUS_BYTES-1:0]   wr_strb_o,
    output logic            wr_last_o,
    input  logic            wr_done_i
);
  localparam int BusBytes = heddle_config_pkg::BUS_BYTES;
  localparam int Log2Bus = heddle_config_pkg::LOG2_BUS_BYTES;
  localparam int Beats = BusBytes < 64 ? 64 / BusBytes : 1;  // of one request
  localparam int Pieces = BusBytes > 64 ? BusBytes / 64 : 1;  // 64-byte pieces of one beat

  typedef enum logic [2:0] {IDLE, CHECK, GATHER, REQUEST, DATA, RESPONSE} state_e;
  state_e state_q;

  logic [47:0] address_q;
  logic aligned_q, permitted;
  logic [4:0] word_q;   // of the record, 64 bits each: the next to gather
  logic [3:0] beat_q;
  logic [511:0] piece_q;  // 64 bytes of the record; the next beat's at the bottom
  logic [63:0] word;
  logic last_beat, last_piece;

  heddle_window_check i_window (
      .windows_base_i(windows_base_i), .windows_size_i(windows_size_i), .addr_i(address_q),
      .bytes_i(32'd256), .write_i(1'b1), .ok_o(permitted));

  // Word 0 is magic and status, word 1 the pc, counter i word i + 2; one that there is not reads as zero.
  assign counter_index_o = word_q - 5'd2;
  always_comb begin
    if (word_q == 5'd0) word = {status_i, heddle_isa_pkg::RECORD_MAGIC};
    else if (word_q == 5'd1) word = {16'd0, pc_i};
    else word = counter_i;
  end

  assign last_beat = beat_q == 4'(Beats - 1);
  assign last_piece = word_q == 5'd0;  // all 32 words were gathered
  assign idle_o = state_q == IDLE;
  assign done_o = ((state_q == CHECK) & ~(aligned_q & permitted)) |
                  ((state_q == RESPONSE) & wr_done_i & last_piece);
  assign wr_req_valid_o = state_q == REQUEST;
  assign wr_req_addr_o = {address_q[47:Log2Bus], {Log2Bus{1'b0}}};
  assign wr_req_beats_o = 9'(Beats);
  assign wr_valid_o = state_q == DATA;
  assign wr_last_o = last_beat;
  assign wr_data_o = (8 * BusBytes)'({Pieces{piece_q}});
  if (Pieces > 1) begin : gen_piece_strobes
    for (genvar p = 0; p < Pieces; p++) begin : gen_piece
      assign wr_strb_o[64*p+:64] = {64{address_q[6+:$clog2(Pieces)] == p}};
    end
  end else begin : gen_all_strobes
    assign wr_strb_o = {BusBytes{1'b1}};
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      IDLE: begin
        if (start_i) begin
          state_q <= CHECK;
          address_q <= address_i[47:0];
          aligned_q <= (address_i[5:0] == 6'd0) & (address_i[63:48] == 16'd0);
        end
      end
      CHECK: begin
        word_q  <= 5'd0;
        state_q <= (aligned_q && permitted) ? GATHER : IDLE;
      end
      GATHER: begin
        piece_q <= {word, piece_q[511:64]};
        word_q  <= word_q + 5'd1;
        beat_q  <= 4'd0;
        if (word_q[2:0] == 3'd7) state_q <= REQUEST;
      end
      REQUEST: if (wr_req_ready_i) state_q <= DATA;
      DATA: begin
        if (wr_ready_i) begin
          beat_q  <= beat_q + 4'd1;
          piece_q <= piece_q >> (8 * BusBytes);
          if (last_beat) state_q <= RESPONSE;
        end
      end
      default: begin  // RESPONSE
        if (wr_done_i) begin
          address_q <= address_q + 48'd64;
          state_q   <= last_piece ? IDLE : GATHER;
        end
      end
    endcase
    if (rst_i) state_q <= IDLE;
  end
endmodule
