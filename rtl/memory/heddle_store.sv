// The STORE unit: rows of bytes from a buffer (A, V, S) into device memory, with byte strobes.
//
// start_i: pulse, only when idle; instr_i, base_i and the windows hold until done_o, a pulse after the memory
// has answered the last write, with status_o and bytes_o (zero unless STATUS_OK) beside it. Up to BURSTS
// writes are under way; the data of a burst follow its request, bursts in order. After a bus error, a row
// outside windows or buffer, or abort_i (a level), no new request is made; bursts whose request was taken
// get their data and are waited for. A bus error goes before the error of a later row.
module heddle_store #(
    parameter int BURSTS = 16  // a power of two
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         start_i,
    input  logic [511:0] instr_i,
    input  logic [ 47:0] base_i,
    output logic         done_o,
    output logic [ 31:0] status_o,
    output logic [ 31:0] bytes_o,
    input  logic [255:0] windows_base_i,
    input  logic [255:0] windows_size_i,
    input  logic         abort_i,
    // Memory bus, write side
    output logic         sending_o,  // data of a burst that was asked for have not all been read
    output logic         wr_req_valid_o,
    input  logic         wr_req_ready_i,
    output logic [ 47:0] wr_req_addr_o,
    output logic [  8:0] wr_req_beats_o,
    output logic         wr_valid_o,
    input  logic         wr_ready_i,
    output logic [heddle_config_pkg::BUS_BYTES*8-1:0] wr_data_o,
    output logic [heddle_config_pkg::BUS_BYTES-1:0] wr_strb_o,
    output logic         wr_last_o,
    input  logic         wr_done_i,
    input  logic         wr_error_i,
    // Buffers A, W, C, V, S; byte address, a multiple of the bus; data one cycle later
    output logic [  4:0] local_ren_o,
    output logic [ 31:0] local_addr_o,
    input  logic [heddle_config_pkg::BUS_BYTES*8-1:0] local_data_i
);

  localparam int BUS = heddle_config_pkg::BUS_BYTES;
  localparam int COUNT_BITS = $clog2(BURSTS + 1);
  localparam int BURST_BITS = $clog2(BURSTS);

  logic refused, empty, go;
  logic [4:0] buffer;
  logic [15:0] rows;
  logic [31:0] row_bytes, mem_stride, local_addr, local_stride, local_bytes;
  logic [47:0] address;
  heddle_dma_decode #(
      .STORE(1'b1)
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

  logic busy_q, error_q;
  logic [COUNT_BITS-1:0] pending_q;  // bursts asked for and not yet answered
  logic fire, bursts_idle;
  logic [31:0] bursts_status, bursts_bytes;
  assign fire = wr_req_valid_o && wr_req_ready_i;

  heddle_dma_bursts #(
      .STORE(1'b1)
  ) i_bursts (
      .clk_i,
      .rst_i,
      .start_i       (go),
      .stop_i        (abort_i || error_q),
      .hold_i        (pending_q == COUNT_BITS'(BURSTS)),
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
      .req_valid_o   (wr_req_valid_o),
      .req_ready_i   (wr_req_ready_i),
      .req_addr_o    (wr_req_addr_o),
      .req_beats_o   (wr_req_beats_o)
  );

  // --- data: beats of the bursts whose requests were taken ---
  logic length_valid, read, burst_last;
  logic [8:0] length, sent_q;  // beats of the present burst, and how many of them were read
  logic [BURST_BITS:0] unused_lengths;
  heddle_beat_fifo #(
      .WIDTH(9),
      .DEPTH(BURSTS)
  ) i_lengths (
      .clk_i,
      .rst_i,
      .push_i (fire),
      .data_i (wr_req_beats_o),
      .pop_i  (read && burst_last),
      .valid_o(length_valid),
      .data_o (length),
      .count_o(unused_lengths)
  );

  logic [BUS-1:0] beat_mask, mask_q;
  logic read_q, last_q;
  logic [2:0] beats;  // waiting for the bus
  assign read       = length_valid && beats + 3'(read_q) < 3'd4;
  assign burst_last = sent_q + 9'd1 == length;
  assign sending_o  = length_valid;

  heddle_dma_beats i_beats (
      .clk_i,
      .start_i       (go),
      .step_i        (read),
      .row_bytes_i   (row_bytes),
      .local_addr_i  (local_addr),
      .local_stride_i(local_stride),
      .addr_o        (local_addr_o),
      .mask_o        (beat_mask)
  );
  assign local_ren_o = read ? buffer : '0;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      read_q <= 1'b0;
      sent_q <= '0;
    end else begin
      read_q <= read;
      if (read) sent_q <= burst_last ? '0 : sent_q + 9'd1;
    end
    if (read) begin
      mask_q <= beat_mask;
      last_q <= burst_last;
    end
  end

  heddle_beat_fifo #(
      .WIDTH(BUS * 9 + 1),
      .DEPTH(4)
  ) i_queue (
      .clk_i,
      .rst_i,
      .push_i (read_q),
      .data_i ({last_q, mask_q, local_data_i}),
      .pop_i  (wr_valid_o && wr_ready_i),
      .valid_o(wr_valid_o),
      .data_o ({wr_last_o, wr_strb_o, wr_data_o}),
      .count_o(beats)
  );

  // --- the unit ---
  logic finished;
  assign finished = busy_q && bursts_idle && pending_q == '0;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q    <= 1'b0;
      error_q   <= 1'b0;
      pending_q <= '0;
      done_o    <= 1'b0;
    end else begin
      pending_q <= pending_q + COUNT_BITS'(fire) - COUNT_BITS'(wr_done_i);
      done_o    <= finished || (start_i && !go);
      if (wr_done_i && wr_error_i) error_q <= 1'b1;
      if (finished) busy_q <= 1'b0;
      if (start_i) begin
        busy_q  <= go;
        error_q <= 1'b0;
      end
    end
    if (start_i) begin
      status_o <= refused ? heddle_isa_pkg::STATUS_ILLEGAL : heddle_isa_pkg::STATUS_OK;
      bytes_o  <= '0;
    end else if (finished) begin
      status_o <= error_q ? heddle_isa_pkg::STATUS_BUS : bursts_status;
      bytes_o  <= error_q || bursts_status != heddle_isa_pkg::STATUS_OK ? '0 : bursts_bytes;
    end
  end

endmodule
