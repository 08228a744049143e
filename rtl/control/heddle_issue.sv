// Issue: the four units' queues, the semaphores and the units' faults.
//
// While stop_i is high no unit is started. fault_o (one cycle) reports the first fault of a cycle, in unit
// order, a unit's own before a semaphore's overflow; fault_pc_o is the signaller's. head_pc_o is that of the
// first unit that has an instruction, and no_head_o says that none has.
//
// A unit has one instruction at a time, from start_o to done_i. LOAD has several: load_taken_i says that it
// needs the present one's fields no longer, and the next is started.
module heddle_issue (
    input  logic          clk_i,
    input  logic          rst_i,          // also between runs
    input  logic          stop_i,
    // From the scalar unit.
    input  logic [3:0]    push_i,
    output logic [3:0]    full_o,
    input  logic [511:0]  instr_i,
    input  logic [47:0]   base_i,
    input  logic [47:0]   pc_i,           // of the scalar unit
    input  logic          wait_valid_i,
    input  logic [15:0]   wait_mask_i,
    output logic          wait_grant_o,
    input  logic          signal_valid_i,
    input  logic [15:0]   signal_mask_i,
    // Units.
    output logic [3:0]    start_o,
    output logic [2047:0] unit_instr_o,
    output logic [95:0]   unit_base_o,    // LOAD, STORE
    input  logic          load_taken_i,
    input  logic [3:0]    done_i,
    input  logic [127:0]  status_i,
    // State.
    output logic [3:0]    busy_o,
    output logic [3:0]    token_o,
    output logic [3:0]    finished_o,     // done without a fault, in this cycle
    output logic          idle_o,
    output logic          no_head_o,
    output logic [31:0]   head_pc_o,
    output logic          fault_o,
    output logic [31:0]   fault_status_o,
    output logic [47:0]   fault_pc_o
);
  logic [4:0] wait_valid, grant, signal_valid, overflow;
  logic [79:0] wait_masks, signal_masks;
  logic [127:0] pcs;    // of what is done next
  logic [63:0] tags;
  logic [191:0] bases;
  logic [3:0] present, executing, failed, first;

  for (genvar u = 0; u < 4; u++) begin : gen_unit
    logic waiting;
    assign failed[u] = done_i[u] & executing[u] & (status_i[32*u+:32] != heddle_isa_pkg::STATUS_OK);
    assign finished_o[u] = done_i[u] & executing[u] & (status_i[32*u+:32] == heddle_isa_pkg::STATUS_OK);
    assign wait_valid[u] = waiting & ~stop_i;
    assign signal_valid[u] = finished_o[u] & ~stop_i;
    assign busy_o[u] = executing[u] | start_o[u];
    assign token_o[u] = waiting & ~busy_o[u];

    logic release_head, head, head_busy;
    logic [15:0] head_tag, head_signal;
    logic [31:0] head_pc;
    assign head_tag = unit_instr_o[512*u+16*heddle_isa_pkg::HALF_TAG+:16];
    heddle_unit_queue i_queue (
        .clk_i(clk_i), .rst_i(rst_i), .push_i(push_i[u]), .full_o(full_o[u]), .instr_i(instr_i),
        .base_i(base_i), .pc_i(pc_i[31:0]), .wait_valid_o(waiting), .wait_mask_o(wait_masks[16*u+:16]),
        .wait_grant_i(grant[u]), .signal_mask_o(head_signal), .start_o(start_o[u]),
        .done_i(release_head), .instr_o(unit_instr_o[512*u+:512]), .base_o(bases[48*u+:48]),
        .pc_o(head_pc), .present_o(head), .busy_o(head_busy));

    if (u == heddle_isa_pkg::UNIT_LOAD) begin : gen_several
      logic [31:0] oldest_pc;
      logic [15:0] oldest_tag;
      logic behind, unused_busy;
      heddle_unit_flight i_flight (
          .clk_i(clk_i), .rst_i(rst_i), .start_i(start_o[u]), .pc_i(head_pc), .tag_i(head_tag),
          .signal_mask_i(head_signal), .done_i(done_i[u]), .busy_o(executing[u]), .first_o(behind),
          .pc_o(oldest_pc), .tag_o(oldest_tag), .signal_mask_o(signal_masks[16*u+:16]));
      assign release_head = load_taken_i;
      assign present[u] = head | executing[u];
      assign first[u] = (start_o[u] & ~executing[u]) | behind;
      assign pcs[32*u+:32] = executing[u] ? oldest_pc : head_pc;
      assign tags[16*u+:16] = oldest_tag;
      assign unused_busy = head_busy;
    end else begin : gen_one
      assign release_head = done_i[u];
      assign executing[u] = head_busy;
      assign present[u] = head;
      assign first[u] = start_o[u];
      assign pcs[32*u+:32] = head_pc;
      assign tags[16*u+:16] = head_tag;
      assign signal_masks[16*u+:16] = head_signal;
    end
  end
  assign unit_base_o = bases[95:0];

  logic unused;
  assign unused = &{1'b0, bases[191:96]};

  assign wait_valid[4] = wait_valid_i;
  assign wait_masks[79:64] = wait_mask_i;
  assign wait_grant_o = grant[4];
  assign signal_valid[4] = signal_valid_i;
  assign signal_masks[79:64] = signal_mask_i;

  heddle_semaphores i_semaphores (
      .clk_i(clk_i), .rst_i(rst_i), .wait_valid_i(wait_valid), .wait_masks_i(wait_masks),
      .wait_grant_o(grant), .signal_valid_i(signal_valid), .signal_masks_i(signal_masks),
      .overflow_o(overflow));

  // What a simulator's harness reads to tell which operation spent which cycles.
  logic [3:0] trace_present /* verilator public_flat_rd */;
  logic [3:0] trace_start /* verilator public_flat_rd */;
  logic [3:0] trace_done /* verilator public_flat_rd */;
  logic [63:0] trace_tags /* verilator public_flat_rd */;
  logic [127:0] trace_pcs /* verilator public_flat_rd */;
  assign trace_present = present;
  assign trace_start = first;
  assign trace_done = finished_o;
  assign trace_pcs = pcs;
  assign trace_tags = tags;

  // A queue that is not empty has a head.
  assign idle_o = ~(|present);
  assign no_head_o = idle_o;
  assign fault_o = (|failed) | (|overflow);

  always_comb begin
    if (present[0]) head_pc_o = pcs[31:0];
    else if (present[1]) head_pc_o = pcs[63:32];
    else if (present[2]) head_pc_o = pcs[95:64];
    else head_pc_o = pcs[127:96];

    fault_status_o = heddle_isa_pkg::STATUS_ILLEGAL;
    fault_pc_o = pc_i;
    for (int u = 3; u >= 0; u--) begin
      if (overflow[u]) fault_pc_o = {16'd0, pcs[32*u+:32]};
    end
    for (int u = 3; u >= 0; u--) begin
      if (failed[u]) begin
        fault_status_o = status_i[32*u+:32];
        fault_pc_o = {16'd0, pcs[32*u+:32]};
      end
    end
  end
endmodule
