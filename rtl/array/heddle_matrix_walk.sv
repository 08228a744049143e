// Position in MATRIX's loop nest: for o < outer, for nt < n_tiles, for kt < k_tiles, for row < rows.
//
// start_i sets the position to the first row; step_i moves to the next one. The outputs describe the
// position before the step. Counts are at least one and stable from start_i to the last step.
module heddle_matrix_walk (
    input  logic        clk_i,
    input  logic        start_i,
    input  logic        step_i,
    input  logic [15:0] rows_i,
    input  logic [15:0] k_tiles_i,
    input  logic [15:0] n_tiles_i,
    input  logic [15:0] outer_i,
    output logic        row_last_o,
    output logic        k_first_o,
    output logic        k_last_o,
    output logic        n_last_o,
    output logic        outer_last_o
);

  // What is left after the present one.
  logic [15:0] row_q, k_q, n_q, outer_q;
  logic        k_first_q;

  assign row_last_o   = row_q == '0;
  assign k_first_o    = k_first_q;
  assign k_last_o     = k_q == '0;
  assign n_last_o     = n_q == '0;
  assign outer_last_o = outer_q == '0;

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_q     <= rows_i - 16'd1;
      k_q       <= k_tiles_i - 16'd1;
      n_q       <= n_tiles_i - 16'd1;
      outer_q   <= outer_i - 16'd1;
      k_first_q <= 1'b1;
    end else if (step_i) begin
      row_q <= row_q - 16'd1;
      if (row_last_o) begin
        row_q     <= rows_i - 16'd1;
        k_q       <= k_q - 16'd1;
        k_first_q <= k_last_o;
        if (k_last_o) begin
          k_q <= k_tiles_i - 16'd1;
          n_q <= n_q - 16'd1;
          if (n_last_o) begin
            n_q     <= n_tiles_i - 16'd1;
            outer_q <= outer_q - 16'd1;
          end
        end
      end
    end
  end

endmodule
