// The MATRIX unit with its five buffers, for the test: the buffers' DMA ports are in the hands of the test.
module heddle_matrix_bench (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         start_i,
    input  logic [511:0] instr_i,
    output logic         done_o,
    output logic [ 31:0] status_o,
    output logic         mac_row_o,
    // Buffers A, W, C, V, S as a DMA unit sees them.
    input  logic [  4:0] dma_wen_i,
    input  logic [  4:0] dma_ren_i,
    input  logic [ 31:0] dma_addr_i,
    input  logic [heddle_config_pkg::BUS_BYTES*8-1:0] dma_wdata_i,
    input  logic [heddle_config_pkg::BUS_BYTES-1:0] dma_wmask_i,
    output logic [heddle_config_pkg::BUS_BYTES*8-1:0] dma_rdata_o,
    // What the unit writes to V.
    output logic         v_wen_o,
    output logic [ 15:0] v_block_o,
    output logic [heddle_config_pkg::COLS*32-1:0] v_data_o
);

  localparam int COLS = heddle_config_pkg::COLS;
  localparam int BUS = heddle_config_pkg::BUS_BYTES;

  logic a_ren, w_ren, c_ren, s_ren;
  logic [15:0] a_block, w_word, c_block, s_word;
  logic [COLS*8-1:0] a_data;
  logic [heddle_config_pkg::WEIGHT_ROWS*COLS*8-1:0] w_data;
  logic [COLS*32-1:0] c_data;
  logic [31:0] s_data;
  logic [BUS*8-1:0] a_rdata, v_rdata, s_rdata;
  assign dma_rdata_o = a_rdata | v_rdata | s_rdata;

  heddle_matrix i_matrix (
      .clk_i,
      .rst_i,
      .start_i,
      .instr_i,
      .done_o,
      .status_o,
      .mac_row_o,
      .a_ren_o  (a_ren),
      .a_block_o(a_block),
      .a_data_i (a_data),
      .w_ren_o  (w_ren),
      .w_word_o (w_word),
      .w_data_i (w_data),
      .c_ren_o  (c_ren),
      .c_block_o(c_block),
      .c_data_i (c_data),
      .s_ren_o  (s_ren),
      .s_word_o (s_word),
      .s_data_i (s_data),
      .v_wen_o,
      .v_block_o,
      .v_data_o
  );

  logic [COLS*8-1:0] unused_a_data;
  heddle_buffer_a i_a (
      .clk_i,
      .rst_i,
      .matrix_ren_i   (a_ren),
      .matrix_block_i (a_block),
      .matrix_data_o  (a_data),
      .vector_ren_i   (1'b0),
      .vector_block_i (16'd0),
      .vector_data_o  (unused_a_data),
      .vector_wen_i   (1'b0),
      .vector_wblock_i(16'd0),
      .vector_wmask_i ('0),
      .vector_wdata_i ('0),
      .dma_ren_i      (dma_ren_i[0]),
      .dma_raddr_i    (dma_addr_i),
      .dma_rdata_o    (a_rdata),
      .dma_wen_i      (dma_wen_i[0]),
      .dma_waddr_i    (dma_addr_i),
      .dma_wdata_i,
      .dma_wmask_i
  );
  heddle_buffer_w i_w (
      .clk_i,
      .matrix_ren_i (w_ren),
      .matrix_word_i(w_word),
      .matrix_data_o(w_data),
      .dma_wen_i    (dma_wen_i[1]),
      .dma_waddr_i  (dma_addr_i),
      .dma_wdata_i,
      .dma_wmask_i
  );
  heddle_buffer_c i_c (
      .clk_i,
      .matrix_ren_i  (c_ren),
      .matrix_block_i(c_block),
      .matrix_data_o (c_data),
      .dma_wen_i     (dma_wen_i[2]),
      .dma_waddr_i   (dma_addr_i),
      .dma_wdata_i,
      .dma_wmask_i
  );
  logic [COLS*32-1:0] unused_v_a, unused_v_u;
  heddle_buffer_v i_v (
      .clk_i,
      .rst_i,
      .a_ren_i        (1'b0),
      .a_block_i      (16'd0),
      .a_data_o       (unused_v_a),
      .u_ren_i        (1'b0),
      .u_block_i      (16'd0),
      .u_data_o       (unused_v_u),
      .vector_wen_i   (1'b0),
      .vector_wblock_i(16'd0),
      .vector_wmask_i ('0),
      .vector_wdata_i ('0),
      .matrix_wen_i   (v_wen_o),
      .matrix_wblock_i(v_block_o),
      .matrix_wdata_i (v_data_o),
      .dma_ren_i      (dma_ren_i[3]),
      .dma_raddr_i    (dma_addr_i),
      .dma_rdata_o    (v_rdata),
      .dma_wen_i      (dma_wen_i[3]),
      .dma_waddr_i    (dma_addr_i),
      .dma_wdata_i,
      .dma_wmask_i
  );
  logic [COLS*32-1:0] unused_stream;
  logic [31:0] unused_s0, unused_s1;
  heddle_buffer_s i_s (
      .clk_i,
      .rst_i,
      .stream_ren_i   (1'b0),
      .stream_block_i (16'd0),
      .stream_data_o  (unused_stream),
      .stream_wen_i   (1'b0),
      .stream_wblock_i(16'd0),
      .stream_wmask_i ('0),
      .stream_wdata_i ('0),
      .s0_ren_i       (1'b0),
      .s0_word_i      (16'd0),
      .s0_data_o      (unused_s0),
      .s1_ren_i       (1'b0),
      .s1_word_i      (16'd0),
      .s1_data_o      (unused_s1),
      .reduce_wen_i   (1'b0),
      .reduce_word_i  (16'd0),
      .reduce_wdata_i (32'd0),
      .matrix_ren_i   (s_ren),
      .matrix_word_i  (s_word),
      .matrix_data_o  (s_data),
      .dma_ren_i      (dma_ren_i[4]),
      .dma_raddr_i    (dma_addr_i),
      .dma_rdata_o    (s_rdata),
      .dma_wen_i      (dma_wen_i[4]),
      .dma_waddr_i    (dma_addr_i),
      .dma_wdata_i,
      .dma_wmask_i
  );

  // Write-only buffers ignore these.
  logic unused_ren;
  assign unused_ren = ^dma_ren_i[2:1];

endmodule
