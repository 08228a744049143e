// Valid chain of a pipeline block that an instruction either uses, which takes STAGES cycles, or passes by,
// which takes SKIP cycles (0 or 1). Within one instruction use_i does not change, so that steps keep their
// order. The chain is shared by all lanes.
//   en_o[k]    clocks stage k of the block
//   skip_en_o  clocks the register beside the block when the block is not used
//   valid_o    a step leaves the block in this cycle
module heddle_vector_stages #(
    parameter int STAGES = 4,
    parameter int SKIP = 0
) (
    input  logic              clk_i,
    input  logic              rst_i,
    input  logic              use_i,
    input  logic              valid_i,
    output logic [STAGES-1:0] en_o,
    output logic              skip_en_o,
    output logic              valid_o
);
  logic [STAGES:1] valid_q;
  always_ff @(posedge clk_i) begin
    if (rst_i) valid_q <= '0;
    else valid_q <= en_o;
  end
  assign en_o = {valid_q[STAGES-1:1], valid_i && use_i};
  assign skip_en_o = valid_i && !use_i;

  if (SKIP == 0) begin : g_direct
    assign valid_o = use_i ? valid_q[STAGES] : valid_i;
  end else begin : g_register
    logic skipped_q;
    always_ff @(posedge clk_i) begin
      if (rst_i) skipped_q <= 1'b0;
      else skipped_q <= skip_en_o;
    end
    assign valid_o = use_i ? valid_q[STAGES] : skipped_q;
  end
endmodule
