// Counts what works in a simulation, instance by instance: bound to the cells, operators and memories of the
// design in a library built to count (sim/library/build.hpp), and in no other. It sees what the registers see:
// an operation counts in the cycle in which its unit's clock takes the operands.
//
// Kinds are those of heddle_switching_kind (isa/device_library.h).
package heddle_switching_pkg;
  import "DPI-C" function int heddle_switching_unit(input string instance_path);
  // `amount` operations or bytes; `toggled` of the `bits` of their operands differ from those before.
  import "DPI-C" function void heddle_switching_count(input int unit, input int kind, input int amount,
                                                      input int toggled, input int bits);
  localparam int PRODUCTS = 0;
  localparam int WEIGHTS = 1;
  localparam int MULTIPLICATIONS = 2;
  localparam int ADDITIONS = 3;
  localparam int CONVERSIONS = 4;
  localparam int FUNCTIONS = 5;
  localparam int READS = 6;
  localparam int WRITES = 7;
  localparam int BUS_READS = 8;
  localparam int BUS_WRITES = 9;
endpackage

// `AMOUNT` of a kind in every enabled clock, and the bits of an operand that change.
module heddle_switching_operation #(
    parameter int KIND = 0,
    parameter int AMOUNT = 1,
    parameter int WIDTH = 32
) (
    input logic             clk_i,
    input logic             enable_i,
    input logic [WIDTH-1:0] operand_i
);
  int unit;
  logic [WIDTH-1:0] before_q;
  initial unit = heddle_switching_pkg::heddle_switching_unit($sformatf("%m"));
  always_ff @(posedge clk_i) begin
    if (enable_i) begin
      before_q <= operand_i;
      heddle_switching_pkg::heddle_switching_count(unit, KIND, AMOUNT, $countones(operand_i ^ before_q), WIDTH);
    end
  end
endmodule

// A memory: whole words are read, bytes under the mask are written.
module heddle_switching_memory #(
    parameter int BYTES = 16,
    parameter int READS = 1
) (
    input logic               clk_i,
    input logic               wen_i,
    input logic [  BYTES-1:0] wmask_i,
    input logic [BYTES*8-1:0] wdata_i,
    input logic [  READS-1:0] ren_i
);
  int unit;
  logic [BYTES*8-1:0] before_q;
  initial unit = heddle_switching_pkg::heddle_switching_unit($sformatf("%m"));
  always_ff @(posedge clk_i) begin
    if (wen_i) begin
      before_q <= wdata_i;
      heddle_switching_pkg::heddle_switching_count(unit, heddle_switching_pkg::WRITES, $countones(wmask_i),
                                                   $countones(wdata_i ^ before_q), BYTES * 8);
    end
    if (ren_i != '0)
      heddle_switching_pkg::heddle_switching_count(unit, heddle_switching_pkg::READS,
                                                   BYTES * $countones(ren_i), 0, 0);
  end
endmodule

bind heddle_array_cell heddle_switching_operation #(
    .KIND(heddle_switching_pkg::PRODUCTS), .AMOUNT(INPUTS), .WIDTH(INPUTS * 8)
) i_count_products (.clk_i(clk_i), .enable_i(enable_i), .operand_i(row_i));

bind heddle_array_cell heddle_switching_operation #(
    .KIND(heddle_switching_pkg::WEIGHTS), .AMOUNT(INPUTS), .WIDTH(INPUTS * 8)
) i_count_weights (.clk_i(clk_i), .enable_i(load_i || shift_i), .operand_i(load_i ? load_data_i : shift_data_i));

bind heddle_fp_mul heddle_switching_operation #(
    .KIND(heddle_switching_pkg::MULTIPLICATIONS), .WIDTH(64)
) i_count (.clk_i(clk_i), .enable_i(en_i[0]), .operand_i({a_i, b_i}));

bind heddle_fp_add heddle_switching_operation #(
    .KIND(heddle_switching_pkg::ADDITIONS), .WIDTH(64)
) i_count (.clk_i(clk_i), .enable_i(en_i[0]), .operand_i({a_i, b_i}));

bind heddle_int_to_fp heddle_switching_operation #(
    .KIND(heddle_switching_pkg::CONVERSIONS)
) i_count (.clk_i(clk_i), .enable_i(en_i[0]), .operand_i(x_i));

bind heddle_vector_function heddle_switching_operation #(
    .KIND(heddle_switching_pkg::FUNCTIONS)
) i_count (.clk_i(clk_i), .enable_i(en_i[0]), .operand_i(x_i));

bind heddle_ram heddle_switching_memory #(.BYTES(BYTES), .READS(READS)) i_count (
    .clk_i(clk_i), .wen_i(wen_i), .wmask_i(wmask_i), .wdata_i(wdata_i), .ren_i(ren_i));

bind heddle_icache_ram heddle_switching_memory #(.BYTES((WIDTH + 7) / 8)) i_count (
    .clk_i(clk_i), .wen_i(wen_i), .wmask_i('1), .wdata_i(((WIDTH + 7) / 8 * 8)'(wdata_i)), .ren_i(ren_i));

bind heddle_core heddle_switching_operation #(
    .KIND(heddle_switching_pkg::BUS_READS), .AMOUNT(heddle_config_pkg::BUS_BYTES),
    .WIDTH(8 * heddle_config_pkg::BUS_BYTES)
) i_count_reads (.clk_i(clk_i), .enable_i(rd_valid_i), .operand_i(rd_data_i));

bind heddle_core heddle_switching_operation #(
    .KIND(heddle_switching_pkg::BUS_WRITES), .AMOUNT(heddle_config_pkg::BUS_BYTES),
    .WIDTH(8 * heddle_config_pkg::BUS_BYTES)
) i_count_writes (.clk_i(clk_i), .enable_i(wr_valid_o && wr_ready_i), .operand_i(wr_data_o));
