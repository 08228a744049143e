// Address of one stream: base + o * outer_stride + r * row_stride + b * block_stride, modulo 2^16, kept by
// additions. start_i loads the base; at most one of next_block_i, next_row_i and next_outer_i is high.
module heddle_vector_address (
    input  logic        clk_i,
    input  logic        start_i,
    input  logic [15:0] base_i,
    input  logic [15:0] block_stride_i,
    input  logic [15:0] row_stride_i,
    input  logic [15:0] outer_stride_i,
    input  logic        next_block_i,
    input  logic        next_row_i,
    input  logic        next_outer_i,
    output logic [15:0] address_o
);
  logic [15:0] address_q, row_q, outer_q;
  assign address_o = address_q;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      address_q <= base_i;
      row_q <= base_i;
      outer_q <= base_i;
    end else if (next_outer_i) begin
      address_q <= outer_q + outer_stride_i;
      row_q <= outer_q + outer_stride_i;
      outer_q <= outer_q + outer_stride_i;
    end else if (next_row_i) begin
      address_q <= row_q + row_stride_i;
      row_q <= row_q + row_stride_i;
    end else if (next_block_i) begin
      address_q <= address_q + block_stride_i;
    end
  end
endmodule
