// A short queue. Push when ready_o would not be lost: the caller counts what is on its way by count_o.
// data_o is the oldest entry while valid_o; pop_i takes it. A push into a full queue is an error of the caller.
module heddle_beat_fifo #(
    parameter int WIDTH = 8,
    parameter int DEPTH = 4,  // a power of two
    localparam int BITS = $clog2(DEPTH)
) (
    input  logic             clk_i,
    input  logic             rst_i,
    input  logic             push_i,
    input  logic [WIDTH-1:0] data_i,
    input  logic             pop_i,
    output logic             valid_o,
    output logic [WIDTH-1:0] data_o,
    output logic [   BITS:0] count_o
);

  logic [WIDTH-1:0] mem[0:DEPTH-1];
  logic [BITS-1:0] write_q, read_q;
  logic [BITS:0] count_q;

  assign valid_o = count_q != '0;
  assign data_o  = mem[read_q];
  assign count_o = count_q;

  always_ff @(posedge clk_i) begin
    if (push_i) mem[write_q] <= data_i;
    if (rst_i) begin
      write_q <= '0;
      read_q  <= '0;
      count_q <= '0;
    end else begin
      if (push_i) write_q <= write_q + BITS'(1);
      if (pop_i) read_q <= read_q + BITS'(1);
      count_q <= count_q + (BITS + 1)'(push_i) - (BITS + 1)'(pop_i);
    end
  end

`ifdef VERILATOR
  always_ff @(posedge clk_i) begin
    assert (rst_i || !(push_i && count_q == (BITS + 1)'(DEPTH)))
    else $error("push into a full queue");
    assert (rst_i || !(pop_i && count_q == '0))
    else $error("pop from an empty queue");
  end
`endif

endmodule
