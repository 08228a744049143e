// LOAD and STORE: rows of bytes between device memory and the buffers, a word a cycle.
//
// The instruction's words come as field_i with their number, in any order; start_i (one cycle) executes it,
// done_o (one cycle) ends it with status_o. moved_o is then how many bytes it moved. Rows before one at fault
// have been moved, of the row at fault nothing.
module heddle_nano_dma (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        field_valid_i,
    input  logic [3:0]  field_index_i,
    input  logic [31:0] field_i,
    input  logic        start_i,
    input  logic        store_i,
    output logic        done_o,
    output logic [2:0]  status_o,
    output logic [31:0] moved_o,
    // Windows.
    output logic        check_o,
    output logic [31:0] check_addr_o,
    output logic        check_beyond_o,
    output logic [31:0] check_bytes_o,
    input  logic        checked_i,
    input  logic        allowed_i,
    input  logic        present_i,
    // Device memory.
    output logic        memory_valid_o,
    output logic        memory_write_o,
    output logic [13:0] memory_address_o,
    output logic [31:0] memory_wdata_o,
    input  logic [31:0] memory_data_i,
    // Buffers.
    output logic        buffer_valid_o,
    output logic        buffer_write_o,
    output logic [13:0] buffer_address_o,
    output logic [31:0] buffer_wdata_o,
    input  logic [31:0] buffer_data_i,
    output logic [3:0]  mask_o
);
  localparam logic [2:0] Ok = 3'(heddle_isa_pkg::STATUS_OK), Window = 3'(heddle_isa_pkg::STATUS_WINDOW);
  localparam logic [2:0] Bus = 3'(heddle_isa_pkg::STATUS_BUS), Illegal = 3'(heddle_isa_pkg::STATUS_ILLEGAL);

  typedef enum logic [2:0] {IDLE, CHECK, JUDGE, MOVE, FLUSH, NEXT} state_e;
  state_e state_q;

  // Fields; address and local place move on by a row at a time.
  logic [3:0]  buffer_q;
  logic        flags_bad_q, tail_bad_q;
  logic [15:0] rows_q;
  logic [31:0] bytes_q, stride_q, local_q, local_stride_q;
  logic [32:0] address_q;  // bit 32: beyond what a window can hold
  logic        illegal, nothing, disagree;

  assign illegal  = flags_bad_q | tail_bad_q | (buffer_q > 4'd4) |
                    (store_i & ((buffer_q == 4'd1) | (buffer_q == 4'd2)));
  assign nothing  = (rows_q == 16'd0) | (bytes_q == 32'd0);
  assign disagree = (address_q[1:0] != local_q[1:0]) |
                    ((rows_q > 16'd1) & (stride_q[1:0] != local_stride_q[1:0]));

  // The row in its buffer: W holds 32 KiB, A and V 16 KiB each, C and S nothing.
  logic [32:0] end_byte;  // the row's last
  logic        outside, unused;
  assign end_byte = {1'b0, local_q} + {1'b0, bytes_q} - 33'd1;
  assign unused   = ^end_byte[13:0];
  always_comb begin
    case (buffer_q)
      4'd0, 4'd3: outside = |end_byte[32:14];
      4'd1: outside = |end_byte[32:15];
      default: outside = 1'b1;
    endcase
  end
  logic [13:0] buffer_base;
  assign buffer_base = (buffer_q == 4'd1) ? 14'h0000 : (buffer_q == 4'd0) ? 14'h2000 : 14'h3000;

  // Words of the row. The other side follows a cycle behind.
  logic [13:0] memory_word_q, buffer_word_q, word_after_q;
  logic [14:0] left_q;        // words to read
  logic        first_q, follow_q;
  logic [3:0]  mask, mask_q;
  logic [1:0]  last_byte;
  assign last_byte = address_q[1:0] + bytes_q[1:0] - 2'd1;
  always_comb begin
    mask = 4'hF;
    if (first_q) mask = mask & (4'hF << address_q[1:0]);
    if (left_q == 15'd1) mask = mask & (4'hF >> (2'd3 - last_byte));
  end

  logic reading;
  assign reading          = state_q == MOVE;
  assign memory_valid_o   = store_i ? follow_q : reading;
  assign memory_write_o   = store_i & follow_q;
  assign memory_address_o = (state_q == IDLE) ? 14'd0 : store_i ? word_after_q : memory_word_q;
  assign memory_wdata_o   = (store_i & follow_q) ? buffer_data_i : 32'd0;
  assign buffer_valid_o   = store_i ? reading : follow_q;
  assign buffer_write_o   = ~store_i & follow_q;
  assign buffer_address_o = (state_q == IDLE) ? 14'd0 : store_i ? buffer_word_q : word_after_q;
  assign buffer_wdata_o   = (~store_i & follow_q) ? memory_data_i : 32'd0;
  assign mask_o           = follow_q ? mask_q : 4'd0;

  assign check_o        = state_q == CHECK;
  assign check_addr_o   = (state_q == IDLE) ? 32'd0 : address_q[31:0];
  assign check_beyond_o = (state_q != IDLE) & address_q[32];
  assign check_bytes_o  = (state_q == IDLE) ? 32'd0 : bytes_q;

  logic [32:0] next_address;
  assign next_address = {1'b0, address_q[31:0]} + {1'b0, stride_q};

  always_ff @(posedge clk_i) begin
    done_o   <= 1'b0;
    follow_q <= 1'b0;
    mask_q   <= mask;
    if (field_valid_i) begin
      case (field_index_i)
        4'd3: begin
          buffer_q    <= field_i[3:0];
          flags_bad_q <= |field_i[15:4];  // a base register needs the scalar unit
          rows_q      <= field_i[31:16];
          tail_bad_q  <= 1'b0;
        end
        4'd4: bytes_q <= field_i;
        4'd5: address_q <= {1'b0, field_i};
        4'd6: stride_q <= field_i;
        4'd7: local_q <= field_i;
        4'd8: local_stride_q <= field_i;
        4'd0, 4'd1, 4'd2: ;
        default: if (|field_i) tail_bad_q <= 1'b1;
      endcase
    end
    case (state_q)
      IDLE: begin
        if (start_i) begin
          moved_o  <= 32'd0;
          status_o <= (illegal | (~nothing & disagree)) ? Illegal : Ok;
          done_o   <= illegal | nothing | disagree;
          state_q  <= (illegal | nothing | disagree) ? IDLE : CHECK;
        end
      end
      CHECK: state_q <= JUDGE;
      JUDGE: begin
        memory_word_q <= address_q[15:2];
        buffer_word_q <= buffer_base + local_q[15:2];
        left_q        <= 15'(({1'b0, bytes_q[16:0]} + {16'd0, address_q[1:0]} + 18'd3) >> 2);
        first_q       <= 1'b1;
        if (checked_i) begin
          status_o <= ~allowed_i ? Window : outside ? Illegal : ~present_i ? Bus : Ok;
          done_o   <= ~allowed_i | outside | ~present_i;
          state_q  <= (~allowed_i | outside | ~present_i) ? IDLE : MOVE;
        end
      end
      MOVE: begin
        follow_q      <= 1'b1;
        word_after_q  <= store_i ? memory_word_q : buffer_word_q;
        memory_word_q <= memory_word_q + 14'd1;
        buffer_word_q <= buffer_word_q + 14'd1;
        left_q        <= left_q - 15'd1;
        first_q       <= 1'b0;
        if (left_q == 15'd1) state_q <= FLUSH;
      end
      FLUSH: state_q <= NEXT;
      default: begin  // NEXT
        moved_o   <= moved_o + bytes_q;
        rows_q    <= rows_q - 16'd1;
        address_q <= {address_q[32] | next_address[32], next_address[31:0]};
        local_q   <= local_q + local_stride_q;
        status_o  <= Ok;
        done_o    <= rows_q == 16'd1;
        state_q   <= (rows_q == 16'd1) ? IDLE : CHECK;
      end
    endcase
    if (rst_i) begin
      state_q  <= IDLE;
      follow_q <= 1'b0;
      done_o   <= 1'b0;
    end
  end
endmodule
