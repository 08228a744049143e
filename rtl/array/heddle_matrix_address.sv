// A local address along MATRIX's loop nest: base + o * outer_stride + nt * n_stride + (sum of k strides)
// + row * row_stride, wrapping at 16 bits.
//
// start_i takes the base. step_i moves with heddle_matrix_walk, whose flags it needs; k_stride_i is what this
// very step of k adds (zero where k stays in its block).
module heddle_matrix_address (
    input  logic        clk_i,
    input  logic        start_i,
    input  logic        step_i,
    input  logic        row_last_i,
    input  logic        k_last_i,
    input  logic        n_last_i,
    input  logic [15:0] base_i,
    input  logic [15:0] row_stride_i,
    input  logic [15:0] k_stride_i,
    input  logic [15:0] n_stride_i,
    input  logic [15:0] outer_stride_i,
    output logic [15:0] address_o
);

  // Addresses of the row, and of the first row at this k, at this n, at this o.
  logic [15:0] row_q, k_q, n_q, outer_q;
  logic [15:0] next_k, next_n, next_outer;
  assign next_k     = k_q + k_stride_i;
  assign next_n     = n_q + n_stride_i;
  assign next_outer = outer_q + outer_stride_i;
  assign address_o  = row_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_q   <= base_i;
      k_q     <= base_i;
      n_q     <= base_i;
      outer_q <= base_i;
    end else if (step_i) begin
      if (!row_last_i) begin
        row_q <= row_q + row_stride_i;
      end else if (!k_last_i) begin
        row_q <= next_k;
        k_q   <= next_k;
      end else if (!n_last_i) begin
        row_q <= next_n;
        k_q   <= next_n;
        n_q   <= next_n;
      end else begin
        row_q   <= next_outer;
        k_q     <= next_outer;
        n_q     <= next_outer;
        outer_q <= next_outer;
      end
    end
  end

endmodule
