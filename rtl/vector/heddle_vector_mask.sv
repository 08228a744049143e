// Where the mask begins: of the step being issued, the lanes from first_o on (0 to LANES) hold columns
// c >= limit + step * r. advance_i leaves the step; row_end_i, outer_end_i say what it is the last of.
module heddle_vector_mask (
    input  logic                                   clk_i,
    input  logic                                   start_i,
    input  logic [15:0]                            limit_i,  // two's complement
    input  logic                                   step_i,
    input  logic                                   advance_i,
    input  logic                                   row_end_i,
    input  logic                                   outer_end_i,
    output logic [heddle_config_pkg::LOG2_LANES:0] first_o
);
  localparam int LANE_BITS = heddle_config_pkg::LOG2_LANES;
  // Of this step and of the row's first step, relative to the step's first column; two's complement.
  logic [17:0] first_q, row_q, limit, row_next;
  assign limit = {{2{limit_i[15]}}, limit_i};
  assign row_next = outer_end_i ? limit : row_q + {17'd0, step_i};

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      first_q <= limit;
      row_q <= limit;
    end else if (advance_i) begin
      first_q <= row_end_i ? row_next : first_q - 18'(heddle_config_pkg::LANES);
      if (row_end_i) row_q <= row_next;
    end
  end
  assign first_o = first_q[17] ? '0
                 : first_q[16:LANE_BITS] != '0 ? (LANE_BITS + 1)'(heddle_config_pkg::LANES)
                 : {1'b0, first_q[LANE_BITS-1:0]};
endmodule
