// The LOAD unit: rows of bytes from device memory into a buffer.
//
// start_i: pulse, only when idle; instr_i, base_i and the windows hold until done_o, a pulse in the cycle
// after the last byte is written, with status_o and bytes_o (zero unless STATUS_OK) beside it. Up to BURSTS
// reads are under way; their data come in order and are written as they come, one cycle later, without
// back-pressure. After a bus error, a row outside windows or buffer, or abort_i (a level), no new request
// is made and what is under way is drained. A bus error goes before the error of a later row.
module heddle_load #(
    parameter int BURSTS = 32
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

  logic busy_q, error_q;
  logic [COUNT_BITS-1:0] pending_q;  // bursts asked for and not yet complete
  logic fire, complete, bursts_idle;
  logic [31:0] bursts_status, bursts_bytes;
  assign fire     = rd_req_valid_o && rd_req_ready_i;
  assign complete = rd_valid_i && rd_last_i;

  heddle_dma_bursts #(
      .STORE(1'b0)
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
      .req_valid_o   (rd_req_valid_o),
      .req_ready_i   (rd_req_ready_i),
      .req_addr_o    (rd_req_addr_o),
      .req_beats_o   (rd_req_beats_o)
  );

  logic [31:0] beat_addr;
  logic [heddle_config_pkg::BUS_BYTES-1:0] beat_mask;
  heddle_dma_beats i_beats (
      .clk_i,
      .start_i       (go),
      .step_i        (rd_valid_i),
      .row_bytes_i   (row_bytes),
      .local_addr_i  (local_addr),
      .local_stride_i(local_stride),
      .addr_o        (beat_addr),
      .mask_o        (beat_mask)
  );

  logic finished;
  assign finished = busy_q && bursts_idle && pending_q == '0;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      busy_q      <= 1'b0;
      error_q     <= 1'b0;
      pending_q   <= '0;
      done_o      <= 1'b0;
      local_wen_o <= '0;
    end else begin
      pending_q   <= pending_q + COUNT_BITS'(fire) - COUNT_BITS'(complete);
      local_wen_o <= rd_valid_i && !rd_error_i && !error_q ? buffer : '0;
      done_o      <= finished || (start_i && !go);
      if (rd_valid_i && rd_error_i) error_q <= 1'b1;
      if (finished) busy_q <= 1'b0;
      if (start_i) begin
        busy_q  <= go;
        error_q <= 1'b0;
      end
    end
    if (rd_valid_i) begin
      local_addr_o <= beat_addr;
      local_data_o <= rd_data_i;
      local_mask_o <= beat_mask;
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
