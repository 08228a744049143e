// MATRIX with INT32 results (isa/instruction.hpp) on the 4x4 array: a tile of weights in four cycles, then a
// row of A a cycle into the accumulators; seven cycles a row where the sums go to V. One tile after the other.
//
// The instruction's words come as field_i with their number; start_i (one cycle) executes it, done_o (one
// cycle) ends it with illegal_o, and with rows_o, the rows of A that entered the array.
module heddle_nano_matrix (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        field_valid_i,
    input  logic [3:0]  field_index_i,
    input  logic [31:0] field_i,
    input  logic        start_i,
    output logic        done_o,
    output logic        illegal_o,
    output logic [27:0] rows_o,
    // Buffers.
    output logic        buffer_valid_o,
    output logic        buffer_write_o,
    output logic [13:0] buffer_address_o,
    output logic [31:0] buffer_wdata_o,
    input  logic [31:0] buffer_data_i
);
  localparam logic [15:0] Formats = {4'd0, heddle_isa_pkg::FORMAT_INT32, heddle_isa_pkg::FORMAT_INT8,
                                     heddle_isa_pkg::FORMAT_INT8};

  typedef enum logic [3:0] {
    IDLE, OUTER, COLUMN, TILE, WEIGHTS, ROWS, SUM, AGAIN, OUT, DRAIN, NEXT
  } state_e;
  state_e state_q;

  // Fields. The first address of each operand moves on with the outer loop.
  logic [2:0]  flags_q;  // first, last, transposed
  logic        bad_q;
  logic [15:0] rows_q, k_tiles_q, n_tiles_q, outer_q;
  logic [15:0] a_q, a_row_q, a_block_q, a_outer_q, w_q, w_k_q, w_n_q, w_outer_q;
  logic [15:0] d_q, d_row_q, d_outer_q, acc_q, acc_n_q;

  // Where the loops stand.
  logic [15:0] n_left_q, k_left_q, m_left_q;
  logic [15:0] a_tile_q, a_at_q, w_column_q, w_at_q, d_column_q, d_at_q, acc_column_q, acc_at_q;
  logic [1:0]  word_q;    // of the tile, or of the row of sums
  logic        loading_q; // a word of the tile arrives
  logic [1:0]  arrives_q;
  logic        entering_q;  // a row of A arrives
  logic [7:0]  sum_row_q;   // its accumulator
  logic        from_zero, leaves, nothing, kept;

  assign from_zero = flags_q[0] & (k_left_q == k_tiles_q);
  assign leaves    = flags_q[1] & (k_left_q == 16'd1);
  assign nothing   = (rows_q == 16'd0) | (k_tiles_q == 16'd0) | (n_tiles_q == 16'd0) | (outer_q == 16'd0);
  assign kept      = ~(flags_q[0] & flags_q[1]) & (outer_q > 16'd1);

  // Places outside their memory.
  logic weight_outside, row_outside, result_outside;
  assign weight_outside = |w_at_q[15:13];
  assign row_outside    = (|a_at_q[15:12]) | (|acc_at_q[15:8]);
  assign result_outside = |d_at_q[15:10];

  // The weights in the array, (k, n) at 8(4k + n). A word is a row of them, or a column if transposed.
  logic [127:0] weight_q;
  for (genvar k = 0; k < 4; k++) begin : gen_k
    for (genvar n = 0; n < 4; n++) begin : gen_n
      always_ff @(posedge clk_i) begin
        if (loading_q && arrives_q == (flags_q[2] ? 2'(n) : 2'(k))) begin
          weight_q[8*(4*k+n)+:8] <= flags_q[2] ? buffer_data_i[8*k+:8] : buffer_data_i[8*n+:8];
        end
      end
    end
  end

  // Accumulators: a row of four sums is read with the row of A, and written a cycle later; never the same row
  // in one cycle.
  (* no_rw_check *) logic [127:0] sums[0:255];
  logic [127:0] sum_read_q, sum_old, sum_new;
  logic         read_sums;
  assign read_sums = ((state_q == ROWS) & ~row_outside) | (state_q == AGAIN);
  assign sum_old   = from_zero ? 128'd0 : sum_read_q;
  always_ff @(posedge clk_i) begin
    if (read_sums) sum_read_q <= sums[(state_q == AGAIN) ? sum_row_q : acc_at_q[7:0]];
    if (entering_q) sums[sum_row_q] <= sum_new;
  end
  heddle_nano_products i_products (
      .clk_i(clk_i), .row_i(buffer_data_i), .weight_i(weight_q), .sum_i(sum_old), .column_o(sum_new));

  assign buffer_valid_o = ((state_q == WEIGHTS) & ~weight_outside) | ((state_q == ROWS) & ~row_outside) |
                          (state_q == OUT);
  assign buffer_write_o = state_q == OUT;
  always_comb begin
    case (state_q)
      WEIGHTS: buffer_address_o = {1'b0, w_at_q[12:0]};
      ROWS: buffer_address_o = {2'b10, a_at_q[11:0]};
      OUT: buffer_address_o = {2'b11, d_at_q[9:0], word_q};
      default: buffer_address_o = 14'd0;
    endcase
    buffer_wdata_o = 32'd0;
    if (state_q == OUT) begin
      case (word_q)
        2'd0: buffer_wdata_o = sum_read_q[31:0];
        2'd1: buffer_wdata_o = sum_read_q[63:32];
        2'd2: buffer_wdata_o = sum_read_q[95:64];
        default: buffer_wdata_o = sum_read_q[127:96];
      endcase
    end
  end

  always_ff @(posedge clk_i) begin
    done_o     <= 1'b0;
    loading_q  <= 1'b0;
    entering_q <= 1'b0;
    arrives_q  <= word_q;
    if (field_valid_i) begin
      case (field_index_i)
        4'd3: begin
          flags_q <= field_i[2:0];
          bad_q   <= (|field_i[15:3]) | (field_i[31:16] != Formats);
        end
        4'd4: {k_tiles_q, rows_q} <= field_i;
        4'd5: {outer_q, n_tiles_q} <= field_i;
        4'd6: {a_row_q, a_q} <= field_i;
        4'd7: {a_outer_q, a_block_q} <= field_i;
        4'd8: {w_k_q, w_q} <= field_i;
        4'd9: {w_outer_q, w_n_q} <= field_i;
        4'd12: d_q <= field_i[31:16];
        4'd13: {d_outer_q, d_row_q} <= field_i;
        4'd14: {acc_n_q, acc_q} <= field_i;
        4'd15: if (|field_i) bad_q <= 1'b1;
        default: ;  // operands of the float unit
      endcase
    end
    case (state_q)
      IDLE: begin
        rows_o <= (start_i) ? 28'd0 : rows_o;
        if (start_i) begin
          illegal_o <= bad_q | kept;
          done_o    <= bad_q | kept | nothing;
          state_q   <= (bad_q | kept | nothing) ? IDLE : OUTER;
        end
      end
      OUTER: begin
        n_left_q     <= n_tiles_q;
        w_column_q   <= w_q;
        d_column_q   <= d_q;
        acc_column_q <= acc_q;
        state_q      <= COLUMN;
      end
      COLUMN: begin
        k_left_q <= k_tiles_q;
        a_tile_q <= a_q;
        w_at_q   <= w_column_q;
        state_q  <= TILE;
      end
      TILE: begin
        word_q   <= 2'd0;
        m_left_q <= rows_q;
        a_at_q   <= a_tile_q;
        d_at_q   <= d_column_q;
        acc_at_q <= acc_column_q;
        state_q  <= WEIGHTS;
      end
      WEIGHTS: begin
        loading_q <= ~weight_outside;
        word_q    <= word_q + 2'd1;
        w_at_q    <= w_at_q + 16'd1;
        if (weight_outside) begin
          illegal_o <= 1'b1;
          done_o    <= 1'b1;
          state_q   <= IDLE;
        end else if (word_q == 2'd3) begin
          w_at_q  <= w_at_q - 16'd3 + w_k_q;
          state_q <= DRAIN;
        end
      end
      DRAIN: state_q <= ROWS;
      ROWS: begin
        sum_row_q <= acc_at_q[7:0];
        if (row_outside) begin
          illegal_o <= 1'b1;
          done_o    <= 1'b1;
          state_q   <= IDLE;
        end else begin
          entering_q <= 1'b1;
          rows_o     <= rows_o + 28'd1;
          m_left_q   <= m_left_q - 16'd1;
          a_at_q     <= a_at_q + a_row_q;
          acc_at_q   <= acc_at_q + 16'd1;
          if (leaves) state_q <= SUM;
          else if (m_left_q == 16'd1) state_q <= NEXT;
        end
      end
      SUM: state_q <= AGAIN;
      AGAIN: begin
        word_q <= 2'd0;
        if (result_outside) begin
          illegal_o <= 1'b1;
          done_o    <= 1'b1;
          state_q   <= IDLE;
        end else begin
          state_q <= OUT;
        end
      end
      OUT: begin
        word_q <= word_q + 2'd1;
        if (word_q == 2'd3) begin
          d_at_q  <= d_at_q + d_row_q;
          state_q <= (m_left_q == 16'd0) ? NEXT : ROWS;
        end
      end
      default: begin  // NEXT
        k_left_q <= k_left_q - 16'd1;
        a_tile_q <= a_tile_q + a_block_q;
        state_q  <= TILE;
        if (k_left_q == 16'd1) begin
          n_left_q     <= n_left_q - 16'd1;
          w_column_q   <= w_column_q + w_n_q;
          d_column_q   <= d_column_q + 16'd1;
          acc_column_q <= acc_column_q + acc_n_q;
          state_q      <= COLUMN;
          if (n_left_q == 16'd1) begin
            outer_q <= outer_q - 16'd1;
            a_q     <= a_q + a_outer_q;
            w_q     <= w_q + w_outer_q;
            d_q     <= d_q + d_outer_q;
            state_q <= OUTER;
            if (outer_q == 16'd1) begin
              done_o  <= 1'b1;
              state_q <= IDLE;
            end
          end
        end
      end
    endcase
    if (rst_i) begin
      state_q    <= IDLE;
      done_o     <= 1'b0;
      loading_q  <= 1'b0;
      entering_q <= 1'b0;
    end
  end
endmodule
