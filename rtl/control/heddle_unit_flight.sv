// What a unit executes, oldest first, where it starts an instruction before the ones in front of it are done:
// up to DEPTH of them, each with what its end needs. LOAD is such a unit.
//
// start_i enters one, done_i ends the oldest. pc_o, tag_o and signal_mask_o are the oldest's while busy_o.
// first_o: one became the oldest in the cycle before, behind another.
module heddle_unit_flight #(
    parameter int DEPTH = heddle_config_pkg::QUEUE_DEPTH
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         start_i,
    input  logic [31:0]  pc_i,
    input  logic [15:0]  tag_i,
    input  logic [15:0]  signal_mask_i,
    input  logic         done_i,
    output logic         busy_o,
    output logic         first_o,
    output logic [31:0]  pc_o,
    output logic [15:0]  tag_o,
    output logic [15:0]  signal_mask_o
);
  localparam int Log2Depth = $clog2(DEPTH);

  logic [63:0] flight_mem [0:DEPTH-1];
  logic [Log2Depth:0] count_q;
  logic [Log2Depth-1:0] read_q, write_q;
  logic first_q, pop;

  assign busy_o = count_q != '0;
  assign pop = done_i & busy_o;
  assign first_o = first_q;
  assign {pc_o, tag_o, signal_mask_o} = flight_mem[read_q];

  always_ff @(posedge clk_i) begin
    if (start_i) flight_mem[write_q] <= {pc_i, tag_i, signal_mask_i};
    if (rst_i) begin
      count_q <= '0;
      read_q  <= '0;
      write_q <= '0;
      first_q <= 1'b0;
    end else begin
      if (start_i) write_q <= write_q + 1'b1;
      if (pop) read_q <= read_q + 1'b1;
      if (start_i && !pop) count_q <= count_q + 1'b1;
      else if (pop && !start_i) count_q <= count_q - 1'b1;
      first_q <= pop & ((count_q != (Log2Depth + 1)'(1)) | start_i);
    end
  end
endmodule
