// Whether an access lies wholly in one of the windows that the host opened, one after the other, read from the
// registers. start_i (one cycle) begins; operands stand still until done_o (one cycle), which comes with the
// answer. Windows hold 32-bit addresses and sizes; bit 63 of a size makes it read-only. Legal: bytes_i > 0.
module heddle_nano_window (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,
    input  logic [31:0] addr_i,
    input  logic        beyond_i,  // the address has more than 32 bits: in no window
    input  logic [31:0] bytes_i,
    input  logic        write_i,
    output logic        done_o,
    output logic        allowed_o,
    output logic        present_o,  // whether all of it is memory
    output logic [7:0]  register_o,
    input  logic [31:0] register_data_i
);
  typedef enum logic [2:0] {IDLE, BASE, SIZE, FLAGS, LAST} state_e;
  state_e      state_q;
  logic [1:0]  window_q;
  logic [31:0] ahead_q;  // of the access in the window, then what may follow its start
  logic [31:0] room_q;
  logic        out_q;    // a difference was negative
  logic [32:0] difference;
  logic        fits;

  // One subtractor for addr - base and for size - bytes.
  assign difference = (state_q == SIZE) ? {1'b0, addr_i} - {1'b0, register_data_i}
                                        : {1'b0, register_data_i} - {1'b0, bytes_i};
  assign fits = ~out_q & (ahead_q <= room_q) & ~(write_i & register_data_i[31]) & ~beyond_i;

  logic [17:0] past;
  assign past      = {2'd0, addr_i[15:0]} + {1'b0, bytes_i[16:0]};
  assign present_o = (addr_i[31:16] == 16'd0) & (bytes_i[31:17] == 15'd0) & (past <= 18'h10000);

  // Word of the register map, a cycle ahead of the state that uses it.
  logic [1:0] piece;
  always_comb begin
    case (state_q)
      BASE: piece = 2'd0;
      SIZE: piece = 2'd2;
      default: piece = 2'd3;
    endcase
  end
  assign register_o = (state_q == IDLE) ? 8'd0 : {4'h1, window_q, piece};

  always_ff @(posedge clk_i) begin
    done_o <= 1'b0;
    case (state_q)
      IDLE: begin
        window_q <= 2'd0;
        if (start_i) state_q <= BASE;
      end
      BASE: state_q <= SIZE;
      SIZE: begin
        ahead_q <= difference[31:0];
        out_q   <= difference[32];
        state_q <= FLAGS;
      end
      FLAGS: begin
        room_q  <= difference[31:0];
        out_q   <= out_q | difference[32];
        state_q <= LAST;
      end
      default: begin
        allowed_o <= fits;
        window_q  <= window_q + 2'd1;
        if (fits || window_q == 2'd3) begin
          done_o  <= 1'b1;
          state_q <= IDLE;
        end else begin
          state_q <= BASE;
        end
      end
    endcase
    if (rst_i) begin
      state_q <= IDLE;
      done_o  <= 1'b0;
    end
  end
endmodule
