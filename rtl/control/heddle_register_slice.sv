// A two-entry valid/ready buffer: cuts every combinational path between its two sides, at full throughput.
// Latency one cycle. valid_o never waits for ready_i; data_o is stable while valid_o waits.
module heddle_register_slice #(
    parameter int WIDTH = 8
) (
    input  logic             clk_i,
    input  logic             rst_i,
    input  logic             valid_i,
    output logic             ready_o,
    input  logic [WIDTH-1:0] data_i,
    output logic             valid_o,
    input  logic             ready_i,
    output logic [WIDTH-1:0] data_o
);
  logic front_valid_q, spare_valid_q;
  logic [WIDTH-1:0] front_q, spare_q;

  assign ready_o = ~spare_valid_q;
  assign valid_o = front_valid_q;
  assign data_o  = front_q;

  always_ff @(posedge clk_i) begin
    if (valid_i && !spare_valid_q) begin
      if (front_valid_q && !ready_i) spare_q <= data_i;
      else front_q <= data_i;
    end else if (spare_valid_q && ready_i) begin
      front_q <= spare_q;
    end
    if (rst_i) begin
      front_valid_q <= 1'b0;
      spare_valid_q <= 1'b0;
    end else if (valid_i && !spare_valid_q) begin
      front_valid_q <= 1'b1;
      spare_valid_q <= front_valid_q && !ready_i;
    end else if (ready_i) begin
      front_valid_q <= spare_valid_q;
      spare_valid_q <= 1'b0;
    end
  end
endmodule
