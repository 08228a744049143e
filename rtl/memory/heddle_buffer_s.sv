// S: row scalars, FP32, in two banks, consecutive halves. A block is COLS words.
//
// Each bank has one write port (VECTOR's stream, VECTOR's reduction, LOAD: legal programs never use one
// twice in a cycle; if they did, the first in that order would win) and a copy for every reader, so that
// reads never collide: VECTOR's stream reads blocks, VECTOR's operands s0 and s1 and MATRIX read words, STORE
// reads beats. Data stand one cycle after a read, until that reader's next one. dma_rdata_o is zero unless
// dma_ren_i was high in the cycle before.
module heddle_buffer_s (
    input  logic        clk_i,
    input  logic        rst_i,
    // VECTOR's stream, blocks
    input  logic        stream_ren_i,
    input  logic [15:0] stream_block_i,
    output logic [heddle_config_pkg::COLS*32-1:0] stream_data_o,
    input  logic        stream_wen_i,
    input  logic [15:0] stream_wblock_i,
    input  logic [heddle_config_pkg::COLS-1:0] stream_wmask_i,  // one bit a word
    input  logic [heddle_config_pkg::COLS*32-1:0] stream_wdata_i,
    // VECTOR's row scalars and reduction, words
    input  logic        s0_ren_i,
    input  logic [15:0] s0_word_i,
    output logic [31:0] s0_data_o,
    input  logic        s1_ren_i,
    input  logic [15:0] s1_word_i,
    output logic [31:0] s1_data_o,
    input  logic        reduce_wen_i,
    input  logic [15:0] reduce_word_i,
    input  logic [31:0] reduce_wdata_i,
    // MATRIX's row scales, words
    input  logic        matrix_ren_i,
    input  logic [15:0] matrix_word_i,
    output logic [31:0] matrix_data_o,
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
  localparam int COLS = heddle_config_pkg::COLS;
  localparam int BLOCK = COLS * 4;
  localparam int BANKS = heddle_isa_pkg::SCALAR_BANKS;
  localparam int DEPTH = heddle_config_pkg::S_WORDS / COLS / BANKS;
  localparam int BITS = $clog2(DEPTH);
  localparam int BEATS = BLOCK / BUS;  // bus beats in a block
  localparam int READERS = 5;          // stream, s0, s1, matrix, dma

  logic stream_bank, s0_bank, s1_bank, matrix_bank, dma_rbank, stream_wbank, reduce_bank, dma_wbank;
  logic [BITS-1:0] stream_row, s0_row, s1_row, matrix_row, dma_rrow, stream_wrow, reduce_row, dma_wrow;
  logic [31:0] reduce_part, dma_wpart;
  assign {stream_bank, stream_row}   = (BITS + 1)'(32'(stream_block_i));
  assign {s0_bank, s0_row}           = (BITS + 1)'(32'(s0_word_i) / COLS);
  assign {s1_bank, s1_row}           = (BITS + 1)'(32'(s1_word_i) / COLS);
  assign {matrix_bank, matrix_row}   = (BITS + 1)'(32'(matrix_word_i) / COLS);
  assign {dma_rbank, dma_rrow}       = (BITS + 1)'(dma_raddr_i / BLOCK);
  assign {stream_wbank, stream_wrow} = (BITS + 1)'(32'(stream_wblock_i));
  assign {reduce_bank, reduce_row}   = (BITS + 1)'(32'(reduce_word_i) / COLS);
  assign {dma_wbank, dma_wrow}       = (BITS + 1)'(dma_waddr_i / BLOCK);
  assign reduce_part = 32'(reduce_word_i) % COLS;
  assign dma_wpart   = (dma_waddr_i / BUS) % BEATS;

  // Byte enables of the stream's write.
  logic [BLOCK-1:0] stream_mask;
  for (genvar c = 0; c < COLS; c++) begin : gen_mask
    assign stream_mask[4*c+:4] = {4{stream_wmask_i[c]}};
  end

  logic [BANKS*BLOCK*8-1:0] stream_rdata, s0_rdata, s1_rdata, matrix_rdata, dma_rdata;

  for (genvar b = 0; b < BANKS; b++) begin : gen_bank
    logic stream_write, reduce_write, dma_write;
    assign stream_write = stream_wen_i && 32'(stream_wbank) == b;
    assign reduce_write = reduce_wen_i && 32'(reduce_bank) == b;
    assign dma_write    = dma_wen_i && 32'(dma_wbank) == b;

    logic [READERS-1:0] ren;
    assign ren = {
      dma_ren_i && 32'(dma_rbank) == b,
      matrix_ren_i && 32'(matrix_bank) == b,
      s1_ren_i && 32'(s1_bank) == b,
      s0_ren_i && 32'(s0_bank) == b,
      stream_ren_i && 32'(stream_bank) == b
    };

    logic [BITS-1:0] waddr;
    logic [BLOCK-1:0] wmask;
    logic [BLOCK*8-1:0] wdata;
    always_comb begin
      if (stream_write) begin
        waddr = stream_wrow;
        wmask = stream_mask;
        wdata = stream_wdata_i;
      end else if (reduce_write) begin
        waddr = reduce_row;
        wmask = BLOCK'(4'hF) << (reduce_part * 4);
        wdata = {COLS{reduce_wdata_i}};
      end else begin
        waddr = dma_wrow;
        wmask = BLOCK'(dma_wmask_i) << (dma_wpart * BUS);
        wdata = {BEATS{dma_wdata_i}};
      end
    end

    logic [READERS*BLOCK*8-1:0] rdata;
    heddle_ram #(
        .DEPTH(DEPTH),
        .BYTES(BLOCK),
        .READS(READERS)
    ) i_ram (
        .clk_i,
        .wen_i  (stream_write || reduce_write || dma_write),
        .waddr_i(waddr),
        .wmask_i(wmask),
        .wdata_i(wdata),
        .ren_i  (ren),
        .raddr_i({dma_rrow, matrix_row, s1_row, s0_row, stream_row}),
        .rdata_o(rdata)
    );
    assign stream_rdata[b*BLOCK*8+:BLOCK*8] = rdata[0*BLOCK*8+:BLOCK*8];
    assign s0_rdata[b*BLOCK*8+:BLOCK*8]     = rdata[1*BLOCK*8+:BLOCK*8];
    assign s1_rdata[b*BLOCK*8+:BLOCK*8]     = rdata[2*BLOCK*8+:BLOCK*8];
    assign matrix_rdata[b*BLOCK*8+:BLOCK*8] = rdata[3*BLOCK*8+:BLOCK*8];
    assign dma_rdata[b*BLOCK*8+:BLOCK*8]    = rdata[4*BLOCK*8+:BLOCK*8];

`ifdef VERILATOR
    always_ff @(posedge clk_i) begin
      assert (rst_i || 32'(stream_write) + 32'(reduce_write) + 32'(dma_write) <= 1)
      else $error("two writes to bank %0d of S in one cycle", b);
    end
`endif
  end

  // Where in the banks' outputs each reader's data stand, in units of its own width.
  logic stream_bank_q, dma_valid_q;
  logic [31:0] s0_part_q, s1_part_q, matrix_part_q, dma_part_q;
  always_ff @(posedge clk_i) begin
    if (stream_ren_i) stream_bank_q <= stream_bank;
    if (s0_ren_i) s0_part_q <= 32'(s0_bank) * COLS + 32'(s0_word_i) % COLS;
    if (s1_ren_i) s1_part_q <= 32'(s1_bank) * COLS + 32'(s1_word_i) % COLS;
    if (matrix_ren_i) matrix_part_q <= 32'(matrix_bank) * COLS + 32'(matrix_word_i) % COLS;
    if (dma_ren_i) dma_part_q <= 32'(dma_rbank) * BEATS + (dma_raddr_i / BUS) % BEATS;
    dma_valid_q <= dma_ren_i && !rst_i;
  end
  assign stream_data_o = stream_rdata[32'(stream_bank_q)*BLOCK*8+:BLOCK*8];
  assign s0_data_o     = s0_rdata[s0_part_q*32+:32];
  assign s1_data_o     = s1_rdata[s1_part_q*32+:32];
  assign matrix_data_o = matrix_rdata[matrix_part_q*32+:32];
  assign dma_rdata_o   = dma_valid_q ? dma_rdata[dma_part_q*BUS*8+:BUS*8] : '0;

endmodule
