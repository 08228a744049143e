// The accelerator without its AXI4 masters: control, the four units and the on-chip memories, on the
// device's memory bus. Wiring only.
//
// Bus: a read or write request is an aligned address and 1 to 256 beats of BUS_BYTES, taken with valid and
// ready; responses come in order; read beats are always taken; wr_done_i comes once for each write request.
module heddle_core (
    input  logic        clk_i,
    input  logic        rst_i,
    // AXI4-Lite.
    input  logic [11:0] s_axi_awaddr,
    input  logic        s_axi_awvalid,
    output logic        s_axi_awready,
    input  logic [31:0] s_axi_wdata,
    input  logic [3:0]  s_axi_wstrb,
    input  logic        s_axi_wvalid,
    output logic        s_axi_wready,
    output logic [1:0]  s_axi_bresp,
    output logic        s_axi_bvalid,
    input  logic        s_axi_bready,
    input  logic [11:0] s_axi_araddr,
    input  logic        s_axi_arvalid,
    output logic        s_axi_arready,
    output logic [31:0] s_axi_rdata,
    output logic [1:0]  s_axi_rresp,
    output logic        s_axi_rvalid,
    input  logic        s_axi_rready,
    output logic        interrupt_o,
    // Bus.
    output logic        rd_req_valid_o,
    input  logic        rd_req_ready_i,
    output logic [47:0] rd_req_addr_o,
    output logic [8:0]  rd_req_beats_o,
    input  logic        rd_valid_i,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] rd_data_i,
    input  logic        rd_last_i,
    input  logic        rd_error_i,
    output logic        wr_req_valid_o,
    input  logic        wr_req_ready_i,
    output logic [47:0] wr_req_addr_o,
    output logic [8:0]  wr_req_beats_o,
    output logic        wr_valid_o,
    input  logic        wr_ready_i,
    output logic [8*heddle_config_pkg::BUS_BYTES-1:0] wr_data_o,
    output logic [heddle_config_pkg::BUS_BYTES-1:0]   wr_strb_o,
    output logic        wr_last_o,
    input  logic        wr_done_i,
    input  logic        wr_error_i
);
  localparam int Bus = 8 * heddle_config_pkg::BUS_BYTES;
  localparam int Bytes = heddle_config_pkg::BUS_BYTES;
  localparam int Cols = heddle_config_pkg::COLS;
  localparam int Weights = 8 * Cols * heddle_config_pkg::WEIGHT_ROWS;
  // Bits of the instructions, bases and states of the units.
  localparam int Load = heddle_isa_pkg::UNIT_LOAD;
  localparam int Store = heddle_isa_pkg::UNIT_STORE;
  localparam int Matrix = heddle_isa_pkg::UNIT_MATRIX;
  localparam int Vector = heddle_isa_pkg::UNIT_VECTOR;
  localparam int BufferA = heddle_isa_pkg::BUFFER_A;
  localparam int BufferW = heddle_isa_pkg::BUFFER_W;
  localparam int BufferC = heddle_isa_pkg::BUFFER_C;
  localparam int BufferV = heddle_isa_pkg::BUFFER_V;
  localparam int BufferS = heddle_isa_pkg::BUFFER_S;

  // --- control ---------------------------------------------------------------------------------------
  logic clear, clear_q, unit_reset, abort, load_taken, mac_row, vector_step;
  logic [3:0] start, busy, done, unit_clk;
  logic [2047:0] instr;
  logic [95:0] base;
  logic [127:0] status;
  logic [31:0] load_bytes, store_bytes;
  logic [255:0] windows_base, windows_size;
  logic load_req_valid, load_req_ready, load_valid;
  logic [47:0] load_req_addr, store_req_addr;
  logic [8:0] load_req_beats, store_req_beats;
  logic store_sending, store_req_valid, store_req_ready, store_valid, store_ready, store_last, store_done;
  logic [Bus-1:0] store_data;
  logic [Bytes-1:0] store_strb;

  // The units are reset for one cycle as a run begins, long before it can give them work.
  always_ff @(posedge clk_i) clear_q <= clear;
  assign unit_reset = rst_i | clear_q;

  // A unit without work has no clock.
  for (genvar u = 0; u < heddle_isa_pkg::UNITS; u++) begin : gen_clock
    heddle_unit_clock i_clock (
        .clk_i(clk_i), .rst_i(unit_reset), .busy_i(busy[u]), .clk_o(unit_clk[u]));
  end

  heddle_control i_control (
      .clk_i(clk_i), .rst_i(rst_i), .s_axi_awaddr(s_axi_awaddr), .s_axi_awvalid(s_axi_awvalid),
      .s_axi_awready(s_axi_awready), .s_axi_wdata(s_axi_wdata), .s_axi_wstrb(s_axi_wstrb),
      .s_axi_wvalid(s_axi_wvalid), .s_axi_wready(s_axi_wready), .s_axi_bresp(s_axi_bresp),
      .s_axi_bvalid(s_axi_bvalid), .s_axi_bready(s_axi_bready), .s_axi_araddr(s_axi_araddr),
      .s_axi_arvalid(s_axi_arvalid), .s_axi_arready(s_axi_arready), .s_axi_rdata(s_axi_rdata),
      .s_axi_rresp(s_axi_rresp), .s_axi_rvalid(s_axi_rvalid), .s_axi_rready(s_axi_rready),
      .interrupt_o(interrupt_o), .clear_o(clear), .abort_o(abort), .start_o(start), .busy_o(busy),
      .instr_o(instr), .base_o(base), .load_taken_i(load_taken), .done_i(done), .status_i(status),
      .load_bytes_i(load_bytes), .store_bytes_i(store_bytes), .mac_row_i(mac_row),
      .vector_step_i(vector_step), .windows_base_o(windows_base),
      .windows_size_o(windows_size), .load_req_valid_i(load_req_valid),
      .load_req_ready_o(load_req_ready), .load_req_addr_i(load_req_addr),
      .load_req_beats_i(load_req_beats), .load_valid_o(load_valid),
      .store_sending_i(store_sending), .store_req_valid_i(store_req_valid),
      .store_req_ready_o(store_req_ready), .store_req_addr_i(store_req_addr),
      .store_req_beats_i(store_req_beats), .store_valid_i(store_valid), .store_ready_o(store_ready),
      .store_data_i(store_data), .store_strb_i(store_strb), .store_last_i(store_last),
      .store_done_o(store_done), .rd_req_valid_o(rd_req_valid_o), .rd_req_ready_i(rd_req_ready_i),
      .rd_req_addr_o(rd_req_addr_o), .rd_req_beats_o(rd_req_beats_o), .rd_valid_i(rd_valid_i),
      .rd_data_i(rd_data_i), .rd_last_i(rd_last_i), .rd_error_i(rd_error_i),
      .wr_req_valid_o(wr_req_valid_o), .wr_req_ready_i(wr_req_ready_i), .wr_req_addr_o(wr_req_addr_o),
      .wr_req_beats_o(wr_req_beats_o), .wr_valid_o(wr_valid_o), .wr_ready_i(wr_ready_i),
      .wr_data_o(wr_data_o), .wr_strb_o(wr_strb_o), .wr_last_o(wr_last_o), .wr_done_i(wr_done_i));

  // --- LOAD and STORE --------------------------------------------------------------------------------
  logic [4:0] load_wen, store_ren;
  logic [31:0] load_addr, store_addr;
  logic [Bus-1:0] load_data, a_store_data, v_store_data, s_store_data;
  logic [Bytes-1:0] load_mask;

  heddle_load i_load (
      .clk_i(unit_clk[Load]), .rst_i(unit_reset), .start_i(start[Load]), .instr_i(instr[512*Load+:512]),
      .base_i(base[48*Load+:48]), .taken_o(load_taken), .done_o(done[Load]), .status_o(status[32*Load+:32]),
      .bytes_o(load_bytes), .windows_base_i(windows_base), .windows_size_i(windows_size),
      .abort_i(abort), .rd_req_valid_o(load_req_valid), .rd_req_ready_i(load_req_ready),
      .rd_req_addr_o(load_req_addr), .rd_req_beats_o(load_req_beats), .rd_valid_i(load_valid),
      .rd_data_i(rd_data_i), .rd_last_i(rd_last_i), .rd_error_i(rd_error_i), .local_wen_o(load_wen),
      .local_addr_o(load_addr), .local_data_o(load_data), .local_mask_o(load_mask));

  heddle_store i_store (
      .clk_i(unit_clk[Store]), .rst_i(unit_reset), .start_i(start[Store]), .instr_i(instr[512*Store+:512]),
      .base_i(base[48*Store+:48]), .done_o(done[Store]), .status_o(status[32*Store+:32]),
      .bytes_o(store_bytes), .windows_base_i(windows_base), .windows_size_i(windows_size),
      .abort_i(abort), .sending_o(store_sending), .wr_req_valid_o(store_req_valid), .wr_req_ready_i(store_req_ready),
      .wr_req_addr_o(store_req_addr), .wr_req_beats_o(store_req_beats), .wr_valid_o(store_valid),
      .wr_ready_i(store_ready), .wr_data_o(store_data), .wr_strb_o(store_strb), .wr_last_o(store_last),
      .wr_done_i(store_done), .wr_error_i(wr_error_i), .local_ren_o(store_ren),
      .local_addr_o(store_addr), .local_data_i(a_store_data | v_store_data | s_store_data));

  // W and C cannot be stored: STORE refuses them.
  logic unused;
  assign unused = store_ren[BufferW] | store_ren[BufferC];

  // --- MATRIX ----------------------------------------------------------------------------------------
  logic ma_ren, mw_ren, mc_ren, ms_ren, mv_wen;
  logic [15:0] ma_block, mw_word, mc_block, ms_word, mv_block;
  logic [8*Cols-1:0] ma_data;
  logic [Weights-1:0] mw_data;
  logic [32*Cols-1:0] mc_data, mv_data;
  logic [31:0] ms_data;

  heddle_matrix i_matrix (
      .clk_i(unit_clk[Matrix]), .rst_i(unit_reset), .start_i(start[Matrix]), .instr_i(instr[512*Matrix+:512]),
      .done_o(done[Matrix]), .status_o(status[32*Matrix+:32]), .mac_row_o(mac_row), .a_ren_o(ma_ren),
      .a_block_o(ma_block), .a_data_i(ma_data), .w_ren_o(mw_ren), .w_word_o(mw_word),
      .w_data_i(mw_data), .c_ren_o(mc_ren), .c_block_o(mc_block), .c_data_i(mc_data),
      .s_ren_o(ms_ren), .s_word_o(ms_word), .s_data_i(ms_data), .v_wen_o(mv_wen),
      .v_block_o(mv_block), .v_data_o(mv_data));

  // --- VECTOR ----------------------------------------------------------------------------------------
  logic va_ren, vu_ren, sa_ren, aa_ren, s0_ren, s1_ren, vv_wen, va_wen, vs_wen, vr_wen;
  logic [15:0] va_block, vu_block, sa_block, aa_block, s0_word, s1_word;
  logic [15:0] vv_wblock, va_wblock, vs_wblock, vr_word;
  logic [32*Cols-1:0] va_data, vu_data, sa_data, vv_wdata, vs_wdata;
  logic [8*Cols-1:0] aa_data, va_wdata;
  logic [31:0] s0_data, s1_data, vr_wdata;
  logic [Cols-1:0] vv_wmask, va_wmask, vs_wmask;

  heddle_vector i_vector (
      .clk_i(unit_clk[Vector]), .rst_i(unit_reset), .start_i(start[Vector]), .instr_i(instr[512*Vector+:512]),
      .done_o(done[Vector]), .status_o(status[32*Vector+:32]), .step_o(vector_step), .va_ren_o(va_ren),
      .va_block_o(va_block), .va_data_i(va_data), .vu_ren_o(vu_ren), .vu_block_o(vu_block),
      .vu_data_i(vu_data), .sa_ren_o(sa_ren), .sa_block_o(sa_block), .sa_data_i(sa_data),
      .aa_ren_o(aa_ren), .aa_block_o(aa_block), .aa_data_i(aa_data), .s0_ren_o(s0_ren),
      .s0_word_o(s0_word), .s0_data_i(s0_data), .s1_ren_o(s1_ren), .s1_word_o(s1_word),
      .s1_data_i(s1_data), .v_wen_o(vv_wen), .v_block_o(vv_wblock), .v_mask_o(vv_wmask),
      .v_data_o(vv_wdata), .a_wen_o(va_wen), .a_block_o(va_wblock), .a_mask_o(va_wmask),
      .a_data_o(va_wdata), .s_wen_o(vs_wen), .s_block_o(vs_wblock), .s_mask_o(vs_wmask),
      .s_data_o(vs_wdata), .r_wen_o(vr_wen), .r_word_o(vr_word), .r_data_o(vr_wdata));

  // --- memories --------------------------------------------------------------------------------------
  heddle_buffer_a i_buffer_a (
      .clk_i(clk_i), .rst_i(unit_reset), .matrix_ren_i(ma_ren), .matrix_block_i(ma_block),
      .matrix_data_o(ma_data), .vector_ren_i(aa_ren), .vector_block_i(aa_block),
      .vector_data_o(aa_data), .vector_wen_i(va_wen), .vector_wblock_i(va_wblock),
      .vector_wmask_i(va_wmask), .vector_wdata_i(va_wdata), .dma_ren_i(store_ren[BufferA]),
      .dma_raddr_i(store_addr), .dma_rdata_o(a_store_data), .dma_wen_i(load_wen[BufferA]),
      .dma_waddr_i(load_addr), .dma_wdata_i(load_data), .dma_wmask_i(load_mask));

  heddle_buffer_w i_buffer_w (
      .clk_i(clk_i), .matrix_ren_i(mw_ren), .matrix_word_i(mw_word), .matrix_data_o(mw_data),
      .dma_wen_i(load_wen[BufferW]), .dma_waddr_i(load_addr), .dma_wdata_i(load_data),
      .dma_wmask_i(load_mask));

  heddle_buffer_c i_buffer_c (
      .clk_i(clk_i), .matrix_ren_i(mc_ren), .matrix_block_i(mc_block), .matrix_data_o(mc_data),
      .dma_wen_i(load_wen[BufferC]), .dma_waddr_i(load_addr), .dma_wdata_i(load_data),
      .dma_wmask_i(load_mask));

  heddle_buffer_v i_buffer_v (
      .clk_i(clk_i), .rst_i(unit_reset), .a_ren_i(va_ren), .a_block_i(va_block), .a_data_o(va_data),
      .u_ren_i(vu_ren), .u_block_i(vu_block), .u_data_o(vu_data), .vector_wen_i(vv_wen),
      .vector_wblock_i(vv_wblock), .vector_wmask_i(vv_wmask), .vector_wdata_i(vv_wdata),
      .matrix_wen_i(mv_wen), .matrix_wblock_i(mv_block), .matrix_wdata_i(mv_data),
      .dma_ren_i(store_ren[BufferV]), .dma_raddr_i(store_addr), .dma_rdata_o(v_store_data),
      .dma_wen_i(load_wen[BufferV]), .dma_waddr_i(load_addr), .dma_wdata_i(load_data),
      .dma_wmask_i(load_mask));

  heddle_buffer_s i_buffer_s (
      .clk_i(clk_i), .rst_i(unit_reset), .stream_ren_i(sa_ren), .stream_block_i(sa_block),
      .stream_data_o(sa_data), .stream_wen_i(vs_wen), .stream_wblock_i(vs_wblock),
      .stream_wmask_i(vs_wmask), .stream_wdata_i(vs_wdata), .s0_ren_i(s0_ren), .s0_word_i(s0_word),
      .s0_data_o(s0_data), .s1_ren_i(s1_ren), .s1_word_i(s1_word), .s1_data_o(s1_data),
      .reduce_wen_i(vr_wen), .reduce_word_i(vr_word), .reduce_wdata_i(vr_wdata),
      .matrix_ren_i(ms_ren), .matrix_word_i(ms_word), .matrix_data_o(ms_data),
      .dma_ren_i(store_ren[BufferS]), .dma_raddr_i(store_addr), .dma_rdata_o(s_store_data),
      .dma_wen_i(load_wen[BufferS]), .dma_waddr_i(load_addr), .dma_wdata_i(load_data),
      .dma_wmask_i(load_mask));
endmodule
