// Heddle: the accelerator with AXI4-Lite for control (the ap_ctrl map of isa/registers.hpp) and AXI_PORTS
// AXI4 masters for memory, concatenated: port p has bits [p*W +: W] of each m_axi signal.
//
// A port is BUS_BYTES / AXI_PORTS = PB bytes wide and addresses a memory of its own: byte X of the device's
// memory lies behind port (X / PB) mod AXI_PORTS, at (X / BUS_BYTES) * PB + X mod PB. One port is plain AXI4.
// Bursts are INCR of full width, at most 256 beats, within 4096 bytes; transactions carry no ID and must be
// answered in order. AXI signals keep the names that tools infer interfaces from.
module heddle_top (
    input  logic        clk_i,
    input  logic        rst_i,        // synchronous, active high
    output logic        interrupt_o,
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
  logic rd_req_valid, rd_req_ready, rd_valid, rd_last, rd_error;
  logic wr_req_valid, wr_req_ready, wr_valid, wr_ready, wr_last, wr_done, wr_error;
  logic [47:0] rd_req_addr, wr_req_addr;
  logic [8:0] rd_req_beats, wr_req_beats;
  logic [8*heddle_config_pkg::BUS_BYTES-1:0] rd_data, wr_data;
  logic [heddle_config_pkg::BUS_BYTES-1:0] wr_strb;

  heddle_core i_core (
      .clk_i(clk_i), .rst_i(rst_i), .s_axi_awaddr(s_axi_awaddr), .s_axi_awvalid(s_axi_awvalid),
      .s_axi_awready(s_axi_awready), .s_axi_wdata(s_axi_wdata), .s_axi_wstrb(s_axi_wstrb),
      .s_axi_wvalid(s_axi_wvalid), .s_axi_wready(s_axi_wready), .s_axi_bresp(s_axi_bresp),
      .s_axi_bvalid(s_axi_bvalid), .s_axi_bready(s_axi_bready), .s_axi_araddr(s_axi_araddr),
      .s_axi_arvalid(s_axi_arvalid), .s_axi_arready(s_axi_arready), .s_axi_rdata(s_axi_rdata),
      .s_axi_rresp(s_axi_rresp), .s_axi_rvalid(s_axi_rvalid), .s_axi_rready(s_axi_rready),
      .interrupt_o(interrupt_o), .rd_req_valid_o(rd_req_valid), .rd_req_ready_i(rd_req_ready),
      .rd_req_addr_o(rd_req_addr), .rd_req_beats_o(rd_req_beats), .rd_valid_i(rd_valid),
      .rd_data_i(rd_data), .rd_last_i(rd_last), .rd_error_i(rd_error), .wr_req_valid_o(wr_req_valid),
      .wr_req_ready_i(wr_req_ready), .wr_req_addr_o(wr_req_addr), .wr_req_beats_o(wr_req_beats),
      .wr_valid_o(wr_valid), .wr_ready_i(wr_ready), .wr_data_o(wr_data), .wr_strb_o(wr_strb),
      .wr_last_o(wr_last), .wr_done_i(wr_done), .wr_error_i(wr_error));

  heddle_axi_read i_axi_read (
      .clk_i(clk_i), .rst_i(rst_i), .rd_req_valid_i(rd_req_valid), .rd_req_ready_o(rd_req_ready),
      .rd_req_addr_i(rd_req_addr), .rd_req_beats_i(rd_req_beats), .rd_valid_o(rd_valid),
      .rd_data_o(rd_data), .rd_last_o(rd_last), .rd_error_o(rd_error), .m_axi_araddr(m_axi_araddr),
      .m_axi_arlen(m_axi_arlen), .m_axi_arsize(m_axi_arsize), .m_axi_arburst(m_axi_arburst),
      .m_axi_arcache(m_axi_arcache), .m_axi_arprot(m_axi_arprot), .m_axi_arvalid(m_axi_arvalid),
      .m_axi_arready(m_axi_arready), .m_axi_rdata(m_axi_rdata), .m_axi_rresp(m_axi_rresp),
      .m_axi_rlast(m_axi_rlast), .m_axi_rvalid(m_axi_rvalid), .m_axi_rready(m_axi_rready));

  heddle_axi_write i_axi_write (
      .clk_i(clk_i), .rst_i(rst_i), .wr_req_valid_i(wr_req_valid), .wr_req_ready_o(wr_req_ready),
      .wr_req_addr_i(wr_req_addr), .wr_req_beats_i(wr_req_beats), .wr_valid_i(wr_valid),
      .wr_ready_o(wr_ready), .wr_data_i(wr_data), .wr_strb_i(wr_strb), .wr_last_i(wr_last),
      .wr_done_o(wr_done), .wr_error_o(wr_error), .m_axi_awaddr(m_axi_awaddr),
      .m_axi_awlen(m_axi_awlen), .m_axi_awsize(m_axi_awsize), .m_axi_awburst(m_axi_awburst),
      .m_axi_awcache(m_axi_awcache), .m_axi_awprot(m_axi_awprot), .m_axi_awvalid(m_axi_awvalid),
      .m_axi_awready(m_axi_awready), .m_axi_wdata(m_axi_wdata), .m_axi_wstrb(m_axi_wstrb),
      .m_axi_wlast(m_axi_wlast), .m_axi_wvalid(m_axi_wvalid), .m_axi_wready(m_axi_wready),
      .m_axi_bresp(m_axi_bresp), .m_axi_bvalid(m_axi_bvalid), .m_axi_bready(m_axi_bready));
endmodule
