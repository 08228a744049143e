// W: 8-bit weights, keys and values. A word is what the array takes in a cycle: WEIGHT_ROWS * COLS bytes.
//
// One bank: LOAD writes beats of the bus, MATRIX reads words. Data stand one cycle after a read, until the
// next one. A physical word is the larger of word and bus, so that each side is an aligned part of it.
module heddle_buffer_w (
    input  logic        clk_i,
    // MATRIX
    input  logic        matrix_ren_i,
    input  logic [15:0] matrix_word_i,
    output logic [heddle_config_pkg::WEIGHT_ROWS*heddle_config_pkg::COLS*8-1:0] matrix_data_o,
    // LOAD; byte address, a multiple of the bus
    input  logic        dma_wen_i,
    input  logic [31:0] dma_waddr_i,
    input  logic [heddle_config_pkg::BUS_BYTES*8-1:0] dma_wdata_i,
    input  logic [heddle_config_pkg::BUS_BYTES-1:0] dma_wmask_i
);

  localparam int BUS = heddle_config_pkg::BUS_BYTES;
  localparam int WORD = heddle_config_pkg::WEIGHT_ROWS * heddle_config_pkg::COLS;
  localparam int WIDE = WORD > BUS ? WORD : BUS;
  localparam int DEPTH = heddle_config_pkg::W_WORDS * WORD / WIDE;
  localparam int BITS = $clog2(DEPTH);
  localparam int BEATS = WIDE / BUS;   // bus beats in a physical word
  localparam int WORDS = WIDE / WORD;  // words in a physical word

  logic [31:0] read_part_q;
  always_ff @(posedge clk_i) if (matrix_ren_i) read_part_q <= 32'(matrix_word_i) % WORDS;

  logic [31:0] write_part;
  assign write_part = (dma_waddr_i / BUS) % BEATS;

  logic [WIDE*8-1:0] rdata;
  heddle_ram #(
      .DEPTH(DEPTH),
      .BYTES(WIDE)
  ) i_ram (
      .clk_i,
      .wen_i  (dma_wen_i),
      .waddr_i(BITS'(dma_waddr_i / WIDE)),
      .wmask_i(WIDE'(dma_wmask_i) << (write_part * BUS)),
      .wdata_i({BEATS{dma_wdata_i}}),
      .ren_i  (matrix_ren_i),
      .raddr_i(BITS'(32'(matrix_word_i) / WORDS)),
      .rdata_o(rdata)
  );
  assign matrix_data_o = rdata[read_part_q*WORD*8+:WORD*8];

endmodule
