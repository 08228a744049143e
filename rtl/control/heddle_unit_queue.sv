// The instructions of one unit: up to QUEUE_DEPTH that wait, and one that executes. The head, the first of
// them, keeps instr_o, base_o and pc_o stable until done_i.
//
// wait_valid_o asks for the semaphores of wait_mask_o; in the cycle of wait_grant_i the unit is started
// (start_o). An instruction pushed into an empty queue asks in the next cycle; after done_i the next one
// asks in the cycle that follows.
module heddle_unit_queue (
    input  logic         clk_i,
    input  logic         rst_i,       // also between runs
    input  logic         push_i,
    output logic         full_o,
    input  logic [511:0] instr_i,
    input  logic [47:0]  base_i,
    input  logic [31:0]  pc_i,
    output logic         wait_valid_o,
    output logic [15:0]  wait_mask_o,
    input  logic         wait_grant_i,
    output logic [15:0]  signal_mask_o,
    output logic         start_o,
    input  logic         done_i,
    output logic [511:0] instr_o,
    output logic [47:0]  base_o,
    output logic [31:0]  pc_o,
    output logic         present_o,   // there is a head, waiting or executing
    output logic         busy_o       // it executes
);
  localparam int Log2Depth = $clog2(heddle_config_pkg::QUEUE_DEPTH);

  logic [511:0] instr_mem [0:heddle_config_pkg::QUEUE_DEPTH-1];
  logic [79:0] place_mem [0:heddle_config_pkg::QUEUE_DEPTH-1];  // {pc, base}
  logic [511:0] instr_q;
  logic [79:0] place_q;
  logic [Log2Depth:0] count_q;
  logic [Log2Depth-1:0] read_q, write_q;
  logic valid_q, busy_q;
  logic empty, bypass, store, refill, free;

  assign empty = count_q == '0;
  // A head that waits is one of the QUEUE_DEPTH; one that executes is not.
  assign full_o = count_q[Log2Depth] | ((&count_q[Log2Depth-1:0]) & wait_valid_o);
  assign free = ~valid_q | (busy_q & done_i);
  assign bypass = push_i & empty & free;
  assign store = push_i & ~bypass;
  assign refill = free & ~empty;

  assign wait_valid_o = valid_q & ~busy_q;
  assign wait_mask_o = instr_q[16*heddle_isa_pkg::HALF_WAIT+:16];
  assign signal_mask_o = instr_q[16*heddle_isa_pkg::HALF_SIGNAL+:16];
  assign start_o = wait_valid_o & wait_grant_i;
  assign instr_o = instr_q;
  assign base_o = place_q[47:0];
  assign pc_o = place_q[79:48];
  assign present_o = valid_q;
  assign busy_o = busy_q;

  // What executes looks at the head all the time, and the head changes seldom: it has a clock of its own.
  logic head_clk;
  heddle_clock_gate i_head_clock (.clk_i(clk_i), .enable_i(push_i | refill), .clk_o(head_clk));

  always_ff @(posedge head_clk) begin
    if (store) begin
      instr_mem[write_q] <= instr_i;
      place_mem[write_q] <= {pc_i, base_i};
    end
    if (bypass) begin
      instr_q <= instr_i;
      place_q <= {pc_i, base_i};
    end else if (refill) begin
      instr_q <= instr_mem[read_q];
      place_q <= place_mem[read_q];
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      count_q <= '0;
      read_q  <= '0;
      write_q <= '0;
      valid_q <= 1'b0;
      busy_q  <= 1'b0;
    end else begin
      if (store) write_q <= write_q + 1'b1;
      if (refill) read_q <= read_q + 1'b1;
      if (store && !refill) count_q <= count_q + 1'b1;
      else if (refill && !store) count_q <= count_q - 1'b1;
      if (bypass || refill) valid_q <= 1'b1;
      else if (busy_q && done_i) valid_q <= 1'b0;
      if (start_o) busy_q <= 1'b1;
      else if (done_i) busy_q <= 1'b0;
    end
  end
endmodule
