// The course of a run: start, execution, the first fault, the watchdog, draining, the completion record.
//
// IDLE until start_i is high; then one cycle of clear_o, which begins the run in every part of the core.
// The run ends with HALT or with the first fault: stop_o is high from then on, so that nothing new starts,
// and what is outstanding on the bus drains. Then counting ends and the record is written (record_start_o,
// record_done_i); done_o (one cycle) ends the run. Should the bus move nothing for the watchdog's number of
// cycles while it drains or takes the record, done_o comes without waiting further, and the next run starts
// only once the bus has answered.
module heddle_sequencer (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,          // level, until done_o
    output logic        clear_o,
    output logic        stop_o,
    output logic        count_o,
    output logic        running_o,        // not idle
    output logic        done_o,
    output logic [31:0] status_o,
    output logic [47:0] pc_o,
    // Watchdog.
    input  logic [63:0] watchdog_i,
    input  logic        progress_i,       // a tile instruction finished or the bus moved
    // Ends of the run.
    input  logic        halted_i,
    input  logic [47:0] scalar_pc_i,
    input  logic        scalar_fault_i,
    input  logic [31:0] scalar_status_i,
    input  logic        unit_fault_i,
    input  logic [31:0] unit_status_i,
    input  logic [47:0] unit_pc_i,
    input  logic        no_head_i,
    input  logic [31:0] head_pc_i,
    // Draining and the record.
    input  logic        drained_i,
    output logic        record_start_o,
    input  logic        record_done_i
);
  typedef enum logic [2:0] {IDLE, CLEAR, RUN, DRAIN, RECORD, LINGER} state_e;
  state_e state_q;

  logic [47:0] quiet_q;  // cycles without progress
  logic expired;
  logic [31:0] status_q, outcome_q;
  logic [47:0] pc_q;

  // A watchdog of 2^48 cycles or more is as good as none.
  assign expired = (watchdog_i != 64'd0) & (watchdog_i[63:48] == 16'd0) & (quiet_q >= watchdog_i[47:0]);

  assign clear_o = state_q == CLEAR;
  assign stop_o = state_q != RUN;
  assign count_o = (state_q == RUN) | (state_q == DRAIN);
  assign running_o = state_q != IDLE;
  assign record_start_o = (state_q == DRAIN) & drained_i;
  assign done_o = ((state_q == RECORD) & (record_done_i | expired)) |
                  ((state_q == DRAIN) & ~drained_i & expired);
  assign status_o = status_q;
  assign pc_o = pc_q;

  always_ff @(posedge clk_i) begin
    if (state_q == IDLE || state_q == CLEAR || progress_i) quiet_q <= 48'd0;
    else if (!expired) quiet_q <= quiet_q + 48'd1;

    unique case (state_q)
      IDLE: begin
        if (start_i) begin
          state_q  <= CLEAR;
          status_q <= heddle_isa_pkg::STATUS_RUNNING;
        end
      end
      CLEAR: state_q <= RUN;
      RUN: begin
        if (unit_fault_i) begin
          state_q <= DRAIN;
          outcome_q <= unit_status_i;
          pc_q <= unit_pc_i;
        end else if (scalar_fault_i) begin
          state_q <= DRAIN;
          outcome_q <= scalar_status_i;
          pc_q <= scalar_pc_i;
        end else if (halted_i) begin
          state_q <= DRAIN;
          outcome_q <= heddle_isa_pkg::STATUS_OK;
          pc_q <= scalar_pc_i;
        end else if (expired && !progress_i) begin
          state_q <= DRAIN;
          outcome_q <= heddle_isa_pkg::STATUS_WATCHDOG;
          pc_q <= no_head_i ? scalar_pc_i : {16'd0, head_pc_i};
        end
        if (unit_fault_i || scalar_fault_i || halted_i || expired) quiet_q <= 48'd0;
      end
      DRAIN: begin
        if (drained_i) begin
          state_q  <= RECORD;
          status_q <= outcome_q;
          quiet_q  <= 48'd0;
        end else if (expired) begin
          state_q  <= LINGER;
          status_q <= outcome_q;
        end
      end
      RECORD: begin
        if (record_done_i) state_q <= IDLE;
        else if (expired) state_q <= LINGER;
      end
      default: if (drained_i) state_q <= IDLE;  // LINGER
    endcase
    if (rst_i) begin
      state_q <= IDLE;
      status_q <= heddle_isa_pkg::STATUS_OK;
      pc_q <= 48'd0;
    end
  end
endmodule
