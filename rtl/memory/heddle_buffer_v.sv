// V: FP32 vectors in four banks, consecutive quarters. A block is COLS words.
//
// Each bank has one read port (VECTOR's streams a and u, STORE) and one write port (MATRIX, VECTOR, LOAD).
// Legal programs never use one port twice in a cycle; if they did, the first client in that order would win.
// Data stand one cycle after a read, until another read of the same bank. dma_rdata_o is zero unless
// dma_ren_i was high in the cycle before.
module heddle_buffer_v (
    input  logic        clk_i,
    input  logic        rst_i,
    // VECTOR's streams
    input  logic        a_ren_i,
    input  logic [15:0] a_block_i,
    output logic [heddle_config_pkg::COLS*32-1:0] a_data_o,
    input  logic        u_ren_i,
    input  logic [15:0] u_block_i,
    output logic [heddle_config_pkg::COLS*32-1:0] u_data_o,
    input  logic        vector_wen_i,
    input  logic [15:0] vector_wblock_i,
    input  logic [heddle_config_pkg::COLS-1:0] vector_wmask_i,  // one bit a word
    input  logic [heddle_config_pkg::COLS*32-1:0] vector_wdata_i,
    // MATRIX writes whole blocks
    input  logic        matrix_wen_i,
    input  logic [15:0] matrix_wblock_i,
    input  logic [heddle_config_pkg::COLS*32-1:0] matrix_wdata_i,
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
  localparam int BANKS = heddle_isa_pkg::VECTOR_BANKS;
  localparam int DEPTH = heddle_config_pkg::V_BLOCKS / BANKS;
  localparam int BITS = $clog2(DEPTH);
  localparam int BANK_BITS = $clog2(BANKS);
  localparam int BEATS = BLOCK / BUS;  // bus beats in a block

  logic [BANK_BITS-1:0] a_bank, u_bank, vector_bank, matrix_bank, dma_rbank, dma_wbank;
  logic [BITS-1:0] a_word, u_word, vector_word, matrix_word, dma_rword, dma_wword;
  logic [31:0] dma_wpart;
  assign {a_bank, a_word}           = (BANK_BITS + BITS)'(32'(a_block_i));
  assign {u_bank, u_word}           = (BANK_BITS + BITS)'(32'(u_block_i));
  assign {vector_bank, vector_word} = (BANK_BITS + BITS)'(32'(vector_wblock_i));
  assign {matrix_bank, matrix_word} = (BANK_BITS + BITS)'(32'(matrix_wblock_i));
  assign {dma_rbank, dma_rword}     = (BANK_BITS + BITS)'(dma_raddr_i / BLOCK);
  assign {dma_wbank, dma_wword}     = (BANK_BITS + BITS)'(dma_waddr_i / BLOCK);
  assign dma_wpart = (dma_waddr_i / BUS) % BEATS;

  // Byte enables of the vector unit's write.
  logic [BLOCK-1:0] vector_mask;
  for (genvar c = 0; c < COLS; c++) begin : gen_mask
    assign vector_mask[4*c+:4] = {4{vector_wmask_i[c]}};
  end

  logic [BANKS*BLOCK*8-1:0] rdata;

  for (genvar b = 0; b < BANKS; b++) begin : gen_bank
    logic a_read, u_read, dma_read, matrix_write, vector_write, dma_write;
    assign a_read       = a_ren_i && 32'(a_bank) == b;
    assign u_read       = u_ren_i && 32'(u_bank) == b;
    assign dma_read     = dma_ren_i && 32'(dma_rbank) == b;
    assign matrix_write = matrix_wen_i && 32'(matrix_bank) == b;
    assign vector_write = vector_wen_i && 32'(vector_bank) == b;
    assign dma_write    = dma_wen_i && 32'(dma_wbank) == b;

    logic [BITS-1:0] raddr, waddr;
    logic [BLOCK-1:0] wmask;
    logic [BLOCK*8-1:0] wdata;
    always_comb begin
      if (a_read) raddr = a_word;
      else if (u_read) raddr = u_word;
      else raddr = dma_rword;
      if (matrix_write) begin
        waddr = matrix_word;
        wmask = '1;
        wdata = matrix_wdata_i;
      end else if (vector_write) begin
        waddr = vector_word;
        wmask = vector_mask;
        wdata = vector_wdata_i;
      end else begin
        waddr = dma_wword;
        wmask = BLOCK'(dma_wmask_i) << (dma_wpart * BUS);
        wdata = {BEATS{dma_wdata_i}};
      end
    end

    heddle_ram #(
        .DEPTH(DEPTH),
        .BYTES(BLOCK)
    ) i_ram (
        .clk_i,
        .wen_i  (matrix_write || vector_write || dma_write),
        .waddr_i(waddr),
        .wmask_i(wmask),
        .wdata_i(wdata),
        .ren_i  (a_read || u_read || dma_read),
        .raddr_i(raddr),
        .rdata_o(rdata[b*BLOCK*8+:BLOCK*8])
    );

`ifdef VERILATOR
    always_ff @(posedge clk_i) begin
      assert (rst_i || 32'(a_read) + 32'(u_read) + 32'(dma_read) <= 1)
      else $error("two reads of bank %0d of V in one cycle", b);
      assert (rst_i || 32'(matrix_write) + 32'(vector_write) + 32'(dma_write) <= 1)
      else $error("two writes to bank %0d of V in one cycle", b);
    end
`endif
  end

  // Where in the banks' outputs each client's data stand, in units of its own width.
  logic [BANK_BITS-1:0] a_bank_q, u_bank_q;
  logic [31:0] dma_part_q;
  logic dma_valid_q;
  always_ff @(posedge clk_i) begin
    if (a_ren_i) a_bank_q <= a_bank;
    if (u_ren_i) u_bank_q <= u_bank;
    if (dma_ren_i) dma_part_q <= 32'(dma_rbank) * BEATS + (dma_raddr_i / BUS) % BEATS;
    dma_valid_q <= dma_ren_i && !rst_i;
  end
  assign a_data_o    = rdata[32'(a_bank_q)*BLOCK*8+:BLOCK*8];
  assign u_data_o    = rdata[32'(u_bank_q)*BLOCK*8+:BLOCK*8];
  assign dma_rdata_o = dma_valid_q ? rdata[dma_part_q*BUS*8+:BUS*8] : '0;

endmodule
