// The counters of a run, in the order of isa/counters.hpp; 48 bits each, read as 64.
//
// event_i[i] adds one to counter i while count_i is high; the byte counters add what their unit asked for,
// and COUNTER_MACS counts rows of activations, each ROWS * COLS multiply-accumulates when read.
module heddle_counters (
    input  logic        clk_i,
    input  logic        clear_i,
    input  logic        count_i,
    input  logic [heddle_isa_pkg::COUNTERS-1:0] event_i,
    input  logic [31:0] load_bytes_i,
    input  logic [31:0] store_bytes_i,
    input  logic [4:0]  index_i,
    output logic [63:0] value_o
);
  localparam int Counters = heddle_isa_pkg::COUNTERS;
  localparam int Bits = 48;
  localparam int MacShift = heddle_config_pkg::LOG2_ROWS + heddle_config_pkg::LOG2_COLS;

  logic [32*Bits-1:0] counts;

  for (genvar c = 0; c < 32; c++) begin : gen_counter
    if (c < Counters) begin : gen_real
      logic [Bits-1:0] count_q;
      logic [31:0] step;
      if (c == heddle_isa_pkg::COUNTER_LOAD_BYTES) begin : gen_load_bytes
        assign step = load_bytes_i;
      end else if (c == heddle_isa_pkg::COUNTER_STORE_BYTES) begin : gen_store_bytes
        assign step = store_bytes_i;
      end else begin : gen_one
        assign step = 32'd1;
      end
      always_ff @(posedge clk_i) begin
        if (clear_i) count_q <= '0;
        else if (count_i && event_i[c]) count_q <= count_q + {{(Bits - 32) {1'b0}}, step};
      end
      assign counts[Bits*c+:Bits] = count_q;
    end else begin : gen_none
      assign counts[Bits*c+:Bits] = '0;
    end
  end

  logic [Bits-1:0] count;
  assign count = counts[Bits*index_i+:Bits];
  assign value_o = (index_i == 5'(heddle_isa_pkg::COUNTER_MACS)) ? {16'd0, count} << MacShift
                                                                  : {16'd0, count};
endmodule
