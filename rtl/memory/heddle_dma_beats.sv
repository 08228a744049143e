// Walks the beats of a LOAD's or STORE's rows on the side of the buffer: the address of each beat and which
// of its bytes belong to the row.
//
// start_i takes the rows; the outputs describe the present beat, step_i moves to the next. Row follows row
// without end; the caller knows how many beats there are. Rows have at least one byte.
module heddle_dma_beats (
    input  logic        clk_i,
    input  logic        start_i,
    input  logic        step_i,
    input  logic [31:0] row_bytes_i,
    input  logic [31:0] local_addr_i,
    input  logic [31:0] local_stride_i,
    output logic [31:0] addr_o,  // a multiple of the bus
    output logic [heddle_config_pkg::BUS_BYTES-1:0] mask_o
);

  localparam int BUS = heddle_config_pkg::BUS_BYTES;
  localparam int BUS_BITS = heddle_config_pkg::LOG2_BUS_BYTES;

  logic [31:0] row_bytes_q, stride_q;
  logic [31:0] row_q;       // first byte of the row
  logic [31:0] beat_q;      // address of the beat
  logic [32:0] left_q;      // bytes from the beat's start to the row's last byte
  logic first_q;

  logic last;
  assign last = left_q < 33'(BUS);

  logic [31:0] next_row;
  assign next_row = row_q + stride_q;

  // start_i comes late in its cycle: it chooses between sums and is in none of them.
  always_ff @(posedge clk_i) begin
    if (start_i) begin
      row_bytes_q <= row_bytes_i;
      stride_q    <= local_stride_i;
    end
    if (start_i) begin
      row_q   <= local_addr_i;
      beat_q  <= {local_addr_i[31:BUS_BITS], {BUS_BITS{1'b0}}};
      left_q  <= {1'b0, row_bytes_i} + 33'(local_addr_i[BUS_BITS-1:0]) - 33'd1;
      first_q <= 1'b1;
    end else if (step_i && last) begin
      row_q   <= next_row;
      beat_q  <= {next_row[31:BUS_BITS], {BUS_BITS{1'b0}}};
      left_q  <= {1'b0, row_bytes_q} + 33'(next_row[BUS_BITS-1:0]) - 33'd1;
      first_q <= 1'b1;
    end else if (step_i) begin
      beat_q  <= beat_q + 32'(BUS);
      left_q  <= left_q - 33'(BUS);
      first_q <= 1'b0;
    end
  end

  assign addr_o = beat_q;

  always_comb begin
    mask_o = '1;
    if (first_q) mask_o = mask_o << row_q[BUS_BITS-1:0];
    if (last) mask_o = mask_o & ({BUS{1'b1}} >> ~left_q[BUS_BITS-1:0]);
  end

endmodule
