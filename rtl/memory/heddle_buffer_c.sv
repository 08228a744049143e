// C: column scales, FP32. A block is COLS words.
//
// One bank: LOAD writes beats of the bus, MATRIX reads blocks. Data stand one cycle after a read, until the
// next one.
module heddle_buffer_c (
    input  logic        clk_i,
    // MATRIX
    input  logic        matrix_ren_i,
    input  logic [15:0] matrix_block_i,
    output logic [heddle_config_pkg::COLS*32-1:0] matrix_data_o,
    // LOAD; byte address, a multiple of the bus
    input  logic        dma_wen_i,
    input  logic [31:0] dma_waddr_i,
    input  logic [heddle_config_pkg::BUS_BYTES*8-1:0] dma_wdata_i,
    input  logic [heddle_config_pkg::BUS_BYTES-1:0] dma_wmask_i
);

  localparam int BUS = heddle_config_pkg::BUS_BYTES;
  localparam int BLOCK = heddle_config_pkg::COLS * 4;
  localparam int BEATS = BLOCK / BUS;  // bus beats in a block
  localparam int BITS = $clog2(heddle_config_pkg::C_BLOCKS);

  logic [31:0] write_part;
  assign write_part = (dma_waddr_i / BUS) % BEATS;

  heddle_ram #(
      .DEPTH(heddle_config_pkg::C_BLOCKS),
      .BYTES(BLOCK)
  ) i_ram (
      .clk_i,
      .wen_i  (dma_wen_i),
      .waddr_i(BITS'(dma_waddr_i / BLOCK)),
      .wmask_i(BLOCK'(dma_wmask_i) << (write_part * BUS)),
      .wdata_i({BEATS{dma_wdata_i}}),
      .ren_i  (matrix_ren_i),
      .raddr_i(BITS'(32'(matrix_block_i))),
      .rdata_o(matrix_data_o)
  );

endmodule
