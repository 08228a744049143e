// A: 8-bit activations in two banks, consecutive halves. A block is COLS bytes.
//
// Each bank has one read port (MATRIX, VECTOR, STORE) and one write port (VECTOR, LOAD). Legal programs
// never use one port twice in a cycle; if they did, the first client in that order would win. Data stand one
// cycle after a read, until that client's next read, provided that no other client reads the same bank
// meanwhile. dma_rdata_o is zero unless dma_ren_i was high in the cycle before. A physical word is the
// larger of block and bus.
module heddle_buffer_a (
    input  logic        clk_i,
    input  logic        rst_i,
    // MATRIX
    input  logic        matrix_ren_i,
    input  logic [15:0] matrix_block_i,
    output logic [heddle_config_pkg::COLS*8-1:0] matrix_data_o,
    // VECTOR
    input  logic        vector_ren_i,
    input  logic [15:0] vector_block_i,
    output logic [heddle_config_pkg::COLS*8-1:0] vector_data_o,
    input  logic        vector_wen_i,
    input  logic [15:0] vector_wblock_i,
    input  logic [heddle_config_pkg::COLS-1:0] vector_wmask_i,  // one bit a byte
    input  logic [heddle_config_pkg::COLS*8-1:0] vector_wdata_i,
    // STORE and LOAD; byte addresses, multiples of the bus
    input  logic        dma_ren_i,
    input  logic [31:0] dma_raddr_i,
    output logic [heddle_config_pkg::BUS_BYTES*8-1:0] dma_rdata_o,
    input  logic        dma_wen_i,
    input  logic [31:0] dma_waddr_i,
    input  logic [heddle_config_pkg::BUS_BYTES*8-1:0] dma_wdata_i,
    input  logic [heddle_config_pkg::BUS_BYTES-1:0] dma_wmask_i
);

  localparam int BUS = heddle_config_pkg::BUS_BYTES;
  localparam int BLOCK = heddle_config_pkg::COLS;
  localparam int BANKS = heddle_isa_pkg::ACTIVATION_BANKS;
  localparam int WIDE = BLOCK > BUS ? BLOCK : BUS;
  localparam int DEPTH = heddle_config_pkg::A_BLOCKS * BLOCK / WIDE / BANKS;
  localparam int BITS = $clog2(DEPTH);
  localparam int BLOCKS = WIDE / BLOCK;  // blocks in a physical word
  localparam int BEATS = WIDE / BUS;     // bus beats in a physical word

  // Physical word of each client, bank at the top, and the part of it.
  logic matrix_bank, vector_bank, vector_wbank, dma_rbank, dma_wbank;
  logic [BITS-1:0] matrix_word, vector_word, vector_wword, dma_rword, dma_wword;
  logic [31:0] vector_wpart, dma_wpart;
  assign {matrix_bank, matrix_word}   = (BITS + 1)'(32'(matrix_block_i) / BLOCKS);
  assign {vector_bank, vector_word}   = (BITS + 1)'(32'(vector_block_i) / BLOCKS);
  assign {vector_wbank, vector_wword} = (BITS + 1)'(32'(vector_wblock_i) / BLOCKS);
  assign {dma_rbank, dma_rword}       = (BITS + 1)'(dma_raddr_i / WIDE);
  assign {dma_wbank, dma_wword}       = (BITS + 1)'(dma_waddr_i / WIDE);
  assign vector_wpart = 32'(vector_wblock_i) % BLOCKS;
  assign dma_wpart    = (dma_waddr_i / BUS) % BEATS;

  logic [BANKS*WIDE*8-1:0] rdata;

  for (genvar b = 0; b < BANKS; b++) begin : gen_bank
    logic matrix_read, vector_read, dma_read, vector_write, dma_write;
    assign matrix_read  = matrix_ren_i && 32'(matrix_bank) == b;
    assign vector_read  = vector_ren_i && 32'(vector_bank) == b;
    assign dma_read     = dma_ren_i && 32'(dma_rbank) == b;
    assign vector_write = vector_wen_i && 32'(vector_wbank) == b;
    assign dma_write    = dma_wen_i && 32'(dma_wbank) == b;

    logic [BITS-1:0] raddr, waddr;
    logic [WIDE-1:0] wmask;
    logic [WIDE*8-1:0] wdata;
    always_comb begin
      if (matrix_read) raddr = matrix_word;
      else if (vector_read) raddr = vector_word;
      else raddr = dma_rword;
      if (vector_write) begin
        waddr = vector_wword;
        wmask = WIDE'(vector_wmask_i) << (vector_wpart * BLOCK);
        wdata = {BLOCKS{vector_wdata_i}};
      end else begin
        waddr = dma_wword;
        wmask = WIDE'(dma_wmask_i) << (dma_wpart * BUS);
        wdata = {BEATS{dma_wdata_i}};
      end
    end

    heddle_ram #(
        .DEPTH(DEPTH),
        .BYTES(WIDE)
    ) i_ram (
        .clk_i,
        .wen_i  (vector_write || dma_write),
        .waddr_i(waddr),
        .wmask_i(wmask),
        .wdata_i(wdata),
        .ren_i  (matrix_read || vector_read || dma_read),
        .raddr_i(raddr),
        .rdata_o(rdata[b*WIDE*8+:WIDE*8])
    );

`ifdef VERILATOR
    always_ff @(posedge clk_i) begin
      assert (rst_i || 32'(matrix_read) + 32'(vector_read) + 32'(dma_read) <= 1)
      else $error("two reads of bank %0d of A in one cycle", b);
      assert (rst_i || !(vector_write && dma_write))
      else $error("two writes to bank %0d of A in one cycle", b);
    end
`endif
  end

  // Where in the banks' outputs each client's data stand, in units of its own width.
  logic [31:0] matrix_part_q, vector_part_q, dma_part_q;
  logic dma_valid_q;
  always_ff @(posedge clk_i) begin
    if (matrix_ren_i) matrix_part_q <= 32'(matrix_bank) * BLOCKS + 32'(matrix_block_i) % BLOCKS;
    if (vector_ren_i) vector_part_q <= 32'(vector_bank) * BLOCKS + 32'(vector_block_i) % BLOCKS;
    if (dma_ren_i) dma_part_q <= 32'(dma_rbank) * BEATS + (dma_raddr_i / BUS) % BEATS;
    dma_valid_q <= dma_ren_i && !rst_i;
  end
  assign matrix_data_o = rdata[matrix_part_q*BLOCK*8+:BLOCK*8];
  assign vector_data_o = rdata[vector_part_q*BLOCK*8+:BLOCK*8];
  assign dma_rdata_o   = dma_valid_q ? rdata[dma_part_q*BUS*8+:BUS*8] : '0;

endmodule
