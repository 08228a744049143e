// The control part with its AXI masters, the units' side brought out for models in C++.
module heddle_control_bench (
    input  logic          clk_i,
    input  logic          rst_i,
    input  logic [11:0]   s_axi_awaddr,
    input  logic          s_axi_awvalid,
    output logic          s_axi_awready,
    input  logic [31:0]   s_axi_wdata,
    input  logic [3:0]    s_axi_wstrb,
    input  logic          s_axi_wvalid,
    output logic          s_axi_wready,
    output logic [1:0]    s_axi_bresp,
    output logic          s_axi_bvalid,
    input  logic          s_axi_bready,
    input  logic [11:0]   s_axi_araddr,
    input  logic          s_axi_arvalid,
    output logic          s_axi_arready,
    output logic [31:0]   s_axi_rdata,
    output logic [1:0]    s_axi_rresp,
    output logic          s_axi_rvalid,
    input  logic          s_axi_rready,
    output logic          interrupt_o,
    // Units.
    output logic          clear_o,
    output logic          abort_o,
    output logic [3:0]    start_o,
    output logic [2047:0] instr_o,
    output logic [95:0]   base_o,
    input  logic          load_taken_i,
    input  logic [3:0]    done_i,
    input  logic [127:0]  status_i,
    input  logic [31:0]   load_bytes_i,
    input  logic [31:0]   store_bytes_i,
    input  logic          mac_row_i,
    input  logic          vector_step_i,
    input  logic          load_req_valid_i,
    output logic          load_req_ready_o,
    input  logic [47:0]   load_req_addr_i,
    input  logic [8:0]    load_req_beats_i,
    output logic          load_valid_o,
    output logic [8*heddle_config_pkg::BUS_BYTES-1:0] load_data_o,
    output logic          load_last_o,
    output logic          load_error_o,
    input  logic          store_sending_i,
    input  logic          store_req_valid_i,
    output logic          store_req_ready_o,
    input  logic [47:0]   store_req_addr_i,
    input  logic [8:0]    store_req_beats_i,
    input  logic          store_valid_i,
    output logic          store_ready_o,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] store_data_i,
    input  logic [heddle_config_pkg::BUS_BYTES-1:0]   store_strb_i,
    input  logic          store_last_i,
    output logic          store_done_o,
    output logic          store_error_o,
    // Memory.
    output logic [64*heddle_config_pkg::AXI_PORTS-1:0] m_axi_awaddr,
    output logic [8*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_awlen,
    output logic [3*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_awsize,
    output logic [2*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_awburst,
    output logic [4*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_awcache,
    output logic [3*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_awprot,
    output logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_awvalid,
    input  logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_awready,
    output logic [8*heddle_config_pkg::BUS_BYTES-1:0]  m_axi_wdata,
    output logic [heddle_config_pkg::BUS_BYTES-1:0]    m_axi_wstrb,
    output logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_wlast,
    output logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_wvalid,
    input  logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_wready,
    input  logic [2*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_bresp,
    input  logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_bvalid,
    output logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_bready,
    output logic [64*heddle_config_pkg::AXI_PORTS-1:0] m_axi_araddr,
    output logic [8*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_arlen,
    output logic [3*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_arsize,
    output logic [2*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_arburst,
    output logic [4*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_arcache,
    output logic [3*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_arprot,
    output logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_arvalid,
    input  logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_arready,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0]  m_axi_rdata,
    input  logic [2*heddle_config_pkg::AXI_PORTS-1:0]  m_axi_rresp,
    input  logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_rlast,
    input  logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_rvalid,
    output logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_rready
);
  localparam int BusBytes = heddle_config_pkg::BUS_BYTES;

  logic [4*64-1:0] windows_base_o, windows_size_o;
  logic rd_req_valid, rd_req_ready, rd_valid, rd_last, rd_error;
  logic wr_req_valid, wr_req_ready, wr_valid, wr_ready, wr_last, wr_done, wr_error;
  logic [47:0] rd_req_addr, wr_req_addr;
  logic [8:0] rd_req_beats, wr_req_beats;
  logic [8*BusBytes-1:0] rd_data, wr_data;
  logic [BusBytes-1:0] wr_strb;
  logic unused;

  assign load_data_o = rd_data;
  assign load_last_o = rd_last;
  assign load_error_o = rd_error;
  assign store_error_o = wr_error;
  logic [3:0] busy_o;
  assign unused = &{1'b0, windows_base_o, windows_size_o, busy_o};

  heddle_control i_control (
      .*, .rd_req_valid_o(rd_req_valid), .rd_req_ready_i(rd_req_ready), .rd_req_addr_o(rd_req_addr),
      .rd_req_beats_o(rd_req_beats), .rd_valid_i(rd_valid), .rd_data_i(rd_data), .rd_last_i(rd_last),
      .rd_error_i(rd_error), .wr_req_valid_o(wr_req_valid), .wr_req_ready_i(wr_req_ready),
      .wr_req_addr_o(wr_req_addr), .wr_req_beats_o(wr_req_beats), .wr_valid_o(wr_valid),
      .wr_ready_i(wr_ready), .wr_data_o(wr_data), .wr_strb_o(wr_strb), .wr_last_o(wr_last),
      .wr_done_i(wr_done));

  heddle_axi_read i_axi_read (
      .*, .rd_req_valid_i(rd_req_valid), .rd_req_ready_o(rd_req_ready), .rd_req_addr_i(rd_req_addr),
      .rd_req_beats_i(rd_req_beats), .rd_valid_o(rd_valid), .rd_data_o(rd_data), .rd_last_o(rd_last),
      .rd_error_o(rd_error));

  heddle_axi_write i_axi_write (
      .*, .wr_req_valid_i(wr_req_valid), .wr_req_ready_o(wr_req_ready), .wr_req_addr_i(wr_req_addr),
      .wr_req_beats_i(wr_req_beats), .wr_valid_i(wr_valid), .wr_ready_o(wr_ready), .wr_data_i(wr_data),
      .wr_strb_i(wr_strb), .wr_last_i(wr_last), .wr_done_o(wr_done), .wr_error_o(wr_error));
endmodule
