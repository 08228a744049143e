// The LOAD unit: rows of bytes from device memory into a buffer.
//
// start_i: pulse, first when idle, later also in any cycle after taken_o; instr_i and base_i hold until
// taken_o, the windows all the time. taken_o, a pulse, comes once the instruction has asked for all of its
// data and there is room for another, which then asks for its own while the data of up to LOADS of them are
// still on their way. done_o, a pulse for each instruction in order, comes in the cycle after its last byte
// is written, with status_o and bytes_o (zero unless STATUS_OK) beside it, and not before taken_o where that
// status is an error.
//
// Up to BURSTS reads of 16 beats are under way, or as many fewer as they are longer: more than hides the
// memory's latency would only make the program's own reads wait behind them. Their data come in order and
// are written as they come, one cycle later, without back-pressure. After a bus error, a row outside windows
// or buffer, or abort_i (a level), no new request is made and what is under way is drained; behind a bus
// error nothing is written and every instruction ends with it. A bus error goes before the error of a later
// row.
module heddle_load #(
    parameter int BURSTS = 32,
    parameter int LOADS = heddle_config_pkg::QUEUE_DEPTH  // a power of two
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         start_i,
    input  logic [511:0] instr_i,
    input  logic [ 47:0] base_i,
    output logic         taken_o,
    output logic         done_o,
    output logic [ 31:0] status_o,
    output logic [ 31:0] bytes_o,
    input  logic [255:0] windows_base_i,
    input  logic [255:0] windows_size_i,
    input  logic         abort_i,
    // Memory bus, read side
    output logic         rd_req_valid_o,
    input  logic         rd_req_ready_i,
    output logic [ 47:0] rd_req_addr_o,
    output logic [  8:0] rd_req_beats_o,
    input  logic         rd_valid_i,
    input  logic [heddle_config_pkg::BUS_BYTES*8-1:0] rd_data_i,
    input  logic         rd_last_i,
    input  logic         rd_error_i,
    // Buffers A, W, C, V, S; byte address, a multiple of the bus
    output logic [  4:0] local_wen_o,
    output logic [ 31:0] local_addr_o,
    output logic [heddle_config_pkg::BUS_BYTES*8-1:0] local_data_o,
    output logic [heddle_config_pkg::BUS_BYTES-1:0] local_mask_o
);

  localparam int COUNT_BITS = $clog2(BURSTS + 1);
  localparam int INDEX_BITS = $clog2(LOADS);

  logic refused, empty, go;
  logic [4:0] buffer;
  logic [15:0] rows;
  logic [31:0] row_bytes, mem_stride, local_addr, local_stride, local_bytes;
  logic [47:0] address;
  heddle_dma_decode #(
      .STORE(1'b0)
  ) i_decode (
      .instr_i,
      .base_i,
      .refused_o     (refused),
      .empty_o       (empty),
      .buffer_o      (buffer),
      .rows_o        (rows),
      .row_bytes_o   (row_bytes),
      .address_o     (address),
      .mem_stride_o  (mem_stride),
      .local_addr_o  (local_addr),
      .local_stride_o(local_stride),
      .local_bytes_o (local_bytes)
  );
  assign go = start_i && !refused && !empty;

  // --- instructions under way ---
  // A ring: next_q is the place of the next one, newest the one before it, drain_q the one whose data arrive,
  // oldest_q the first that is not done. What follows an instruction in the ring has asked for data.
  localparam logic [INDEX_BITS:0] ONE = (INDEX_BITS + 1)'(1);
  logic [INDEX_BITS:0] next_q, drain_q, oldest_q, newest;
  logic [COUNT_BITS-1:0] pending_q[0:LOADS-1];  // bursts asked for and not yet complete
  logic [31:0] moved_q[0:LOADS-1];              // bytes
  logic [LOADS-1:0] asked_q;                // for all that they want
  assign newest = next_q - ONE;

  logic held_q;     // the newest one is not yet taken
  logic asking_q;   // it has rows to ask for
  logic refused_q, moves_q;
  logic error_q;    // a bus error, until the unit is empty
  logic [COUNT_BITS-1:0] bursts_q;      // under way, in units of 16 beats
  logic [4:0] asks_units, comes_units;  // of the next read, of the one whose beats come
  logic [7:0] came_q;                   // its beats before this one
  logic fire, complete, bursts_idle;
  logic [31:0] bursts_status, bursts_bytes;
  assign fire     = rd_req_valid_o && rd_req_ready_i;
  assign complete = rd_valid_i && rd_last_i;
  assign asks_units  = 5'((rd_req_beats_o + 9'd15) >> 4);
  assign comes_units = 5'(came_q[7:4]) + 5'd1;

  logic asked, retire, clean;
  assign asked  = asking_q && bursts_idle;
  assign retire = oldest_q != drain_q;
  assign clean  = moves_q && bursts_status == heddle_isa_pkg::STATUS_OK && !error_q && !abort_i;

  logic room, take;
  assign room = next_q - oldest_q != (INDEX_BITS + 1)'(LOADS);
  assign take = held_q && (clean ? (asked || !asking_q) && room : retire && oldest_q == newest);

  heddle_dma_bursts #(
      .STORE(1'b0)
  ) i_bursts (
      .clk_i,
      .rst_i,
      .start_i       (go),
      .stop_i        (abort_i || error_q),
      .hold_i        (bursts_q > COUNT_BITS'(BURSTS) - COUNT_BITS'(asks_units)),
      .windows_base_i,
      .windows_size_i,
      .rows_i        (rows),
      .row_bytes_i   (row_bytes),
      .address_i     (address),
      .mem_stride_i  (mem_stride),
      .local_addr_i  (local_addr),
      .local_stride_i(local_stride),
      .local_bytes_i (local_bytes),
      .idle_o        (bursts_idle),
      .status_o      (bursts_status),
      .bytes_o       (bursts_bytes),
      .req_valid_o   (rd_req_valid_o),
      .req_ready_i   (rd_req_ready_i),
      .req_addr_o    (rd_req_addr_o),
      .req_beats_o   (rd_req_beats_o)
  );

  // --- data: where the beats of the instruction at drain_q go ---
  logic waiting;         // there are instructions behind the one whose beats are walked
  logic walking_q;       // it is walked
  logic walk, drained;
  logic [4:0] buffer_q, next_buffer;
  logic [31:0] next_row_bytes, next_addr, next_stride;
  assign walk = waiting && (!walking_q || drained);

  logic [INDEX_BITS:0] unused_waiting;
  heddle_beat_fifo #(
      .WIDTH(5 + 3 * 32),
      .DEPTH(LOADS)
  ) i_next (
      .clk_i,
      .rst_i,
      .push_i (start_i),
      .data_i ({buffer, row_bytes, local_addr, local_stride}),
      .pop_i  (walk),
      .valid_o(waiting),
      .data_o ({next_buffer, next_row_bytes, next_addr, next_stride}),
      .count_o(unused_waiting)
  );

  logic [INDEX_BITS-1:0] drain;
  assign drain   = drain_q[INDEX_BITS-1:0];
  assign drained = walking_q && asked_q[drain] &&
                   (pending_q[drain] == '0 || (complete && pending_q[drain] == COUNT_BITS'(1)));

  logic [31:0] beat_addr;
  logic [heddle_config_pkg::BUS_BYTES-1:0] beat_mask;
  heddle_dma_beats i_beats (
      .clk_i,
      .start_i       (walk),
      .step_i        (rd_valid_i),
      .row_bytes_i   (next_row_bytes),
      .local_addr_i  (next_addr),
      .local_stride_i(next_stride),
      .addr_o        (beat_addr),
      .mask_o        (beat_mask)
  );

  // --- the unit ---
  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      next_q      <= '0;
      drain_q     <= '0;
      oldest_q    <= '0;
      bursts_q    <= '0;
      came_q      <= '0;
      held_q      <= 1'b0;
      asking_q    <= 1'b0;
      walking_q   <= 1'b0;
      error_q     <= 1'b0;
      taken_o     <= 1'b0;
      done_o      <= 1'b0;
      local_wen_o <= '0;
    end else begin
      bursts_q    <= bursts_q + (fire ? COUNT_BITS'(asks_units) : '0) - (complete ? COUNT_BITS'(comes_units) : '0);
      if (rd_valid_i) came_q <= rd_last_i ? '0 : came_q + 8'd1;
      local_wen_o <= rd_valid_i && !rd_error_i && !error_q ? buffer_q : '0;
      taken_o     <= take;
      done_o      <= retire;
      if (rd_valid_i && rd_error_i) error_q <= 1'b1;
      if (take) held_q <= 1'b0;
      if (asked) asking_q <= 1'b0;
      if (drained) drain_q <= drain_q + ONE;
      if (retire) oldest_q <= oldest_q + ONE;
      walking_q <= walk || (walking_q && !drained);
      if (start_i) begin
        next_q   <= next_q + ONE;
        held_q   <= 1'b1;
        asking_q <= go;
        if (next_q == oldest_q) error_q <= 1'b0;
      end
    end
  end

  for (genvar i = 0; i < LOADS; i++) begin : gen_load
    logic enters, grows, shrinks;
    assign enters  = start_i && next_q[INDEX_BITS-1:0] == INDEX_BITS'(i);
    assign grows   = fire && newest[INDEX_BITS-1:0] == INDEX_BITS'(i);
    assign shrinks = complete && drain == INDEX_BITS'(i);
    always_ff @(posedge clk_i) begin
      if (enters) begin
        pending_q[i] <= '0;
        moved_q[i]   <= '0;
        asked_q[i]   <= !go;
      end else begin
        pending_q[i] <= pending_q[i] + COUNT_BITS'(grows) - COUNT_BITS'(shrinks);
        if (asked && newest[INDEX_BITS-1:0] == INDEX_BITS'(i)) begin
          moved_q[i] <= bursts_bytes;
          asked_q[i] <= 1'b1;
        end
      end
    end
  end

  logic [31:0] outcome;
  always_comb begin
    outcome = heddle_isa_pkg::STATUS_OK;
    if (oldest_q == newest && moves_q) outcome = bursts_status;
    if (oldest_q == newest && refused_q) outcome = heddle_isa_pkg::STATUS_ILLEGAL;
    if (error_q) outcome = heddle_isa_pkg::STATUS_BUS;
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      refused_q <= refused;
      moves_q   <= go;
    end
    if (walk) buffer_q <= next_buffer;
    if (rd_valid_i) begin
      local_addr_o <= beat_addr;
      local_data_o <= rd_data_i;
      local_mask_o <= beat_mask;
    end
    if (retire) begin
      status_o <= outcome;
      bytes_o  <= outcome == heddle_isa_pkg::STATUS_OK ? moved_q[oldest_q[INDEX_BITS-1:0]] : '0;
    end
  end

endmodule
