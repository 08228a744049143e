// Turns the rows of a LOAD or STORE into bursts on the memory bus.
//
// Row by row the windows and the buffer's range are checked, then the row's beats are cut where MAX_BEATS
// consecutive beats begin (an aligned piece of memory, so that no burst crosses a 4 KB page of an AXI4 port)
// and joined with the row before where it ends just there, up to MAX_ROWS in a burst: it would wait for more.
// A row a cycle, a burst a cycle.
//
// start_i: fields valid and stable until idle_o. The first request appears three cycles later; it stays until
// it is taken. hold_i: no new request now. stop_i: no more requests, except one that stands already. A row
// that fails its check ends the work after the rows before it; status_o tells why. bytes_o: of the rows that
// passed, valid when idle_o.
module heddle_dma_bursts #(
    parameter bit STORE = 1'b0,
    parameter int MAX_BEATS = heddle_config_pkg::DMA_BURST_BEATS,
    parameter int MAX_ROWS = 16  // a power of two
) (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         start_i,
    input  logic         stop_i,
    input  logic         hold_i,
    input  logic [255:0] windows_base_i,
    input  logic [255:0] windows_size_i,
    input  logic [ 15:0] rows_i,
    input  logic [ 31:0] row_bytes_i,
    input  logic [ 47:0] address_i,
    input  logic [ 31:0] mem_stride_i,
    input  logic [ 31:0] local_addr_i,
    input  logic [ 31:0] local_stride_i,
    input  logic [ 31:0] local_bytes_i,
    output logic         idle_o,
    output logic [ 31:0] status_o,
    output logic [ 31:0] bytes_o,
    output logic         req_valid_o,
    input  logic         req_ready_i,
    output logic [ 47:0] req_addr_o,
    output logic [  8:0] req_beats_o
);

  localparam int BUS_BITS = heddle_config_pkg::LOG2_BUS_BYTES;
  localparam int BEAT_BITS = $clog2(MAX_BEATS);
  localparam int ROW_BITS = $clog2(MAX_ROWS);
  localparam int INDEX_BITS = 48 - BUS_BITS;  // a beat's number in memory

  // --- rows: check ---
  logic rows_q;  // there are rows to look at
  logic [15:0] left_q;
  logic [47:0] address_q;
  logic [31:0] local_q;
  logic window_ok, local_ok, row_take, row_ok;

  heddle_window_check i_check (
      .windows_base_i,
      .windows_size_i,
      .addr_i (address_q),
      .bytes_i(row_bytes_i),
      .write_i(STORE),
      .ok_o   (window_ok)
  );
  assign local_ok = {1'b0, local_q} + {1'b0, row_bytes_i} <= {1'b0, local_bytes_i};
  assign row_ok   = window_ok && local_ok;

  logic [32:0] row_beats;  // of the row that is checked
  assign row_beats = ({1'b0, row_bytes_i} + 33'(address_q[BUS_BITS-1:0]) + 33'(2 ** BUS_BITS - 1)) >>
                     BUS_BITS;

  // --- beats of a row: cut; burst: join ---
  logic row_valid_q, burst_valid_q;
  logic [INDEX_BITS-1:0] row_beat_q, burst_beat_q;
  logic [31:0] row_left_q;             // beats
  logic [BEAT_BITS:0] burst_beats_q;
  logic [ROW_BITS:0] burst_rows_q;     // that it has a part of

  logic [BEAT_BITS:0] room, piece;     // beats to the cut, beats taken
  logic piece_last, joins, complete, take, fire;
  logic [BEAT_BITS:0] burst_end;       // of the burst, counted from its cut
  assign room = (BEAT_BITS + 1)'(MAX_BEATS) - {1'b0, row_beat_q[BEAT_BITS-1:0]};
  assign piece_last = row_left_q <= 32'(room);
  assign piece = piece_last ? row_left_q[BEAT_BITS:0] : room;
  assign burst_end = {1'b0, burst_beat_q[BEAT_BITS-1:0]} + burst_beats_q;
  assign joins = burst_end == {1'b0, row_beat_q[BEAT_BITS-1:0]} &&
                 burst_beat_q[INDEX_BITS-1:BEAT_BITS] == row_beat_q[INDEX_BITS-1:BEAT_BITS];
  assign complete = burst_end[BEAT_BITS] || burst_rows_q[ROW_BITS] || (row_valid_q ? !joins : !rows_q);

  assign req_valid_o = burst_valid_q && complete && !hold_i;
  assign req_addr_o  = {burst_beat_q, {BUS_BITS{1'b0}}};
  assign req_beats_o = 9'(burst_beats_q);
  assign fire        = req_valid_o && req_ready_i;
  assign take        = row_valid_q && (fire || !burst_valid_q || !complete);
  assign row_take    = rows_q && (!row_valid_q || (take && piece_last));

  assign idle_o = !rows_q && !row_valid_q && !burst_valid_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      rows_q        <= 1'b0;
      row_valid_q   <= 1'b0;
      burst_valid_q <= 1'b0;
      status_o      <= heddle_isa_pkg::STATUS_OK;
    end else if (start_i) begin
      rows_q   <= 1'b1;
      status_o <= heddle_isa_pkg::STATUS_OK;
    end else if (stop_i) begin
      rows_q        <= 1'b0;
      row_valid_q   <= 1'b0;
      burst_valid_q <= req_valid_o && !req_ready_i;
    end else begin
      if (row_take) begin
        if (left_q == 16'd1 || !row_ok) rows_q <= 1'b0;
        if (!window_ok) status_o <= heddle_isa_pkg::STATUS_WINDOW;
        else if (!local_ok) status_o <= heddle_isa_pkg::STATUS_ILLEGAL;
      end
      if (row_take && row_ok) row_valid_q <= 1'b1;
      else if (take && piece_last) row_valid_q <= 1'b0;
      if (take) burst_valid_q <= 1'b1;
      else if (fire) burst_valid_q <= 1'b0;
    end
  end

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      left_q    <= rows_i;
      address_q <= address_i;
      local_q   <= local_addr_i;
      bytes_o   <= '0;
    end else if (row_take) begin
      left_q    <= left_q - 16'd1;
      address_q <= address_q + {16'd0, mem_stride_i};
      local_q   <= local_q + local_stride_i;
      bytes_o   <= bytes_o + row_bytes_i;
    end
    if (row_take) begin
      row_beat_q <= address_q[47:BUS_BITS];
      row_left_q <= row_beats[31:0];
    end else if (take) begin
      row_beat_q <= row_beat_q + INDEX_BITS'(piece);
      row_left_q <= row_left_q - 32'(piece);
    end
    if (take) begin
      if (burst_valid_q && !complete) begin
        burst_beats_q <= burst_beats_q + piece;
        burst_rows_q  <= burst_rows_q + (ROW_BITS + 1)'(1);
      end else begin
        burst_beat_q  <= row_beat_q;
        burst_beats_q <= piece;
        burst_rows_q  <= (ROW_BITS + 1)'(1);
      end
    end
  end

  // A row of 2^32 - 1 bytes has at most 2^32 / BUS_BYTES + 1 beats.
  logic unused_row_beats;
  assign unused_row_beats = row_beats[32];

endmodule
