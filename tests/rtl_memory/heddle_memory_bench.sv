// LOAD and STORE with the five buffers, for the test. The bus and the buffers' other ports are in its hands:
// probe ports read blocks (W: words) and write them with a mask of elements.
module heddle_memory_bench (
    input  logic         clk_i,
    input  logic         rst_i,
    input  logic         load_start_i,
    input  logic         store_start_i,
    input  logic [511:0] instr_i,
    input  logic [ 47:0] base_i,
    input  logic [255:0] windows_base_i,
    input  logic [255:0] windows_size_i,
    input  logic         abort_i,
    output logic         load_taken_o,
    output logic         load_done_o,
    output logic [ 31:0] load_status_o,
    output logic [ 31:0] load_bytes_o,
    output logic         store_done_o,
    output logic [ 31:0] store_status_o,
    output logic [ 31:0] store_bytes_o,
    output logic         rd_req_valid_o,
    input  logic         rd_req_ready_i,
    output logic [ 47:0] rd_req_addr_o,
    output logic [  8:0] rd_req_beats_o,
    input  logic         rd_valid_i,
    input  logic [heddle_config_pkg::BUS_BYTES*8-1:0] rd_data_i,
    input  logic         rd_last_i,
    input  logic         rd_error_i,
    output logic         wr_req_valid_o,
    input  logic         wr_req_ready_i,
    output logic [ 47:0] wr_req_addr_o,
    output logic [  8:0] wr_req_beats_o,
    output logic         wr_valid_o,
    input  logic         wr_ready_i,
    output logic [heddle_config_pkg::BUS_BYTES*8-1:0] wr_data_o,
    output logic [heddle_config_pkg::BUS_BYTES-1:0] wr_strb_o,
    output logic         wr_last_o,
    input  logic         wr_done_i,
    input  logic         wr_error_i,
    // One bit a port: 0 A by MATRIX, 1 A by VECTOR, 2 W, 3 C, 4 V stream a, 5 V stream u, 6 S stream,
    // 7 S s0, 8 S s1, 9 S by MATRIX.
    input  logic [  9:0] probe_ren_i,
    input  logic [ 15:0] probe_block_i,
    output logic [heddle_config_pkg::COLS*8-1:0] probe_a0_o,
    output logic [heddle_config_pkg::COLS*8-1:0] probe_a1_o,
    output logic [heddle_config_pkg::WEIGHT_ROWS*heddle_config_pkg::COLS*8-1:0] probe_w_o,
    output logic [heddle_config_pkg::COLS*32-1:0] probe_c_o,
    output logic [heddle_config_pkg::COLS*32-1:0] probe_v0_o,
    output logic [heddle_config_pkg::COLS*32-1:0] probe_v1_o,
    output logic [heddle_config_pkg::COLS*32-1:0] probe_s_o,
    output logic [ 31:0] probe_s0_o,
    output logic [ 31:0] probe_s1_o,
    output logic [ 31:0] probe_sm_o,
    // 0 A by VECTOR, 1 V by VECTOR, 2 V by MATRIX, 3 S stream, 4 S reduction
    input  logic [  4:0] probe_wen_i,
    input  logic [heddle_config_pkg::COLS-1:0] probe_mask_i,
    input  logic [heddle_config_pkg::COLS*32-1:0] probe_data_i
);

  localparam int COLS = heddle_config_pkg::COLS;
  localparam int BUS = heddle_config_pkg::BUS_BYTES;

  logic [4:0] wen, ren;
  logic [31:0] waddr, raddr;
  logic [BUS*8-1:0] wdata, a_rdata, v_rdata, s_rdata;
  logic [BUS-1:0] wmask;

  heddle_load i_load (
      .clk_i,
      .rst_i,
      .start_i     (load_start_i),
      .instr_i,
      .base_i,
      .taken_o     (load_taken_o),
      .done_o      (load_done_o),
      .status_o    (load_status_o),
      .bytes_o     (load_bytes_o),
      .windows_base_i,
      .windows_size_i,
      .abort_i,
      .rd_req_valid_o,
      .rd_req_ready_i,
      .rd_req_addr_o,
      .rd_req_beats_o,
      .rd_valid_i,
      .rd_data_i,
      .rd_last_i,
      .rd_error_i,
      .local_wen_o (wen),
      .local_addr_o(waddr),
      .local_data_o(wdata),
      .local_mask_o(wmask)
  );
  logic unused_sending;  // the bus looks at it
  heddle_store i_store (
      .clk_i,
      .rst_i,
      .start_i     (store_start_i),
      .instr_i,
      .base_i,
      .done_o      (store_done_o),
      .status_o    (store_status_o),
      .bytes_o     (store_bytes_o),
      .windows_base_i,
      .windows_size_i,
      .abort_i,
      .sending_o   (unused_sending),
      .wr_req_valid_o,
      .wr_req_ready_i,
      .wr_req_addr_o,
      .wr_req_beats_o,
      .wr_valid_o,
      .wr_ready_i,
      .wr_data_o,
      .wr_strb_o,
      .wr_last_o,
      .wr_done_i,
      .wr_error_i,
      .local_ren_o (ren),
      .local_addr_o(raddr),
      .local_data_i(a_rdata | v_rdata | s_rdata)
  );

  heddle_buffer_a i_a (
      .clk_i,
      .rst_i,
      .matrix_ren_i   (probe_ren_i[0]),
      .matrix_block_i (probe_block_i),
      .matrix_data_o  (probe_a0_o),
      .vector_ren_i   (probe_ren_i[1]),
      .vector_block_i (probe_block_i),
      .vector_data_o  (probe_a1_o),
      .vector_wen_i   (probe_wen_i[0]),
      .vector_wblock_i(probe_block_i),
      .vector_wmask_i (probe_mask_i),
      .vector_wdata_i (probe_data_i[COLS*8-1:0]),
      .dma_ren_i      (ren[0]),
      .dma_raddr_i    (raddr),
      .dma_rdata_o    (a_rdata),
      .dma_wen_i      (wen[0]),
      .dma_waddr_i    (waddr),
      .dma_wdata_i    (wdata),
      .dma_wmask_i    (wmask)
  );
  heddle_buffer_w i_w (
      .clk_i,
      .matrix_ren_i (probe_ren_i[2]),
      .matrix_word_i(probe_block_i),
      .matrix_data_o(probe_w_o),
      .dma_wen_i    (wen[1]),
      .dma_waddr_i  (waddr),
      .dma_wdata_i  (wdata),
      .dma_wmask_i  (wmask)
  );
  heddle_buffer_c i_c (
      .clk_i,
      .matrix_ren_i  (probe_ren_i[3]),
      .matrix_block_i(probe_block_i),
      .matrix_data_o (probe_c_o),
      .dma_wen_i     (wen[2]),
      .dma_waddr_i   (waddr),
      .dma_wdata_i   (wdata),
      .dma_wmask_i   (wmask)
  );
  heddle_buffer_v i_v (
      .clk_i,
      .rst_i,
      .a_ren_i        (probe_ren_i[4]),
      .a_block_i      (probe_block_i),
      .a_data_o       (probe_v0_o),
      .u_ren_i        (probe_ren_i[5]),
      .u_block_i      (probe_block_i),
      .u_data_o       (probe_v1_o),
      .vector_wen_i   (probe_wen_i[1]),
      .vector_wblock_i(probe_block_i),
      .vector_wmask_i (probe_mask_i),
      .vector_wdata_i (probe_data_i),
      .matrix_wen_i   (probe_wen_i[2]),
      .matrix_wblock_i(probe_block_i),
      .matrix_wdata_i (probe_data_i),
      .dma_ren_i      (ren[3]),
      .dma_raddr_i    (raddr),
      .dma_rdata_o    (v_rdata),
      .dma_wen_i      (wen[3]),
      .dma_waddr_i    (waddr),
      .dma_wdata_i    (wdata),
      .dma_wmask_i    (wmask)
  );
  heddle_buffer_s i_s (
      .clk_i,
      .rst_i,
      .stream_ren_i   (probe_ren_i[6]),
      .stream_block_i (probe_block_i),
      .stream_data_o  (probe_s_o),
      .stream_wen_i   (probe_wen_i[3]),
      .stream_wblock_i(probe_block_i),
      .stream_wmask_i (probe_mask_i),
      .stream_wdata_i (probe_data_i),
      .s0_ren_i       (probe_ren_i[7]),
      .s0_word_i      (probe_block_i),
      .s0_data_o      (probe_s0_o),
      .s1_ren_i       (probe_ren_i[8]),
      .s1_word_i      (probe_block_i),
      .s1_data_o      (probe_s1_o),
      .reduce_wen_i   (probe_wen_i[4]),
      .reduce_word_i  (probe_block_i),
      .reduce_wdata_i (probe_data_i[31:0]),
      .matrix_ren_i   (probe_ren_i[9]),
      .matrix_word_i  (probe_block_i),
      .matrix_data_o  (probe_sm_o),
      .dma_ren_i      (ren[4]),
      .dma_raddr_i    (raddr),
      .dma_rdata_o    (s_rdata),
      .dma_wen_i      (wen[4]),
      .dma_waddr_i    (waddr),
      .dma_wdata_i    (wdata),
      .dma_wmask_i    (wmask)
  );

  // STORE never reads W and C.
  logic unused_ren;
  assign unused_ren = ^ren[2:1];

endmodule
