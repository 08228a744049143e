// AXI4 write master, the counterpart of heddle_axi_read: one bus request becomes one INCR burst on each of
// AXI_PORTS ports, on every port with the same number of beats; bytes that are not written have no strobe.
//
// wr_done_o (one cycle, in order) comes when every port has answered a request, with wr_error_o if one of
// them reported an error. Addresses and data leave independently of each other.
module heddle_axi_write (
    input  logic        clk_i,
    input  logic        rst_i,
    // Bus.
    input  logic        wr_req_valid_i,
    output logic        wr_req_ready_o,
    input  logic [47:0] wr_req_addr_i,
    input  logic [8:0]  wr_req_beats_i,
    input  logic        wr_valid_i,
    output logic        wr_ready_o,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] wr_data_i,
    input  logic [heddle_config_pkg::BUS_BYTES-1:0]   wr_strb_i,
    input  logic        wr_last_i,
    output logic        wr_done_o,
    output logic        wr_error_o,
    // Ports, concatenated.
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
    output logic [heddle_config_pkg::AXI_PORTS-1:0]    m_axi_bready
);
  localparam int Ports = heddle_config_pkg::AXI_PORTS;
  localparam int PortBytes = heddle_config_pkg::BUS_BYTES / Ports;
  localparam int PortShift = $clog2(Ports);

  logic [Ports-1:0] request_ready, beat_ready, answer_valid, answer_error;
  logic [47:0] port_address;
  logic [7:0] port_length;
  logic request, beat, answer;

  assign port_address = wr_req_addr_i >> PortShift;
  assign port_length = 8'(wr_req_beats_i - 9'd1);
  assign wr_req_ready_o = &request_ready;
  assign request = wr_req_valid_i & wr_req_ready_o;
  assign wr_ready_o = &beat_ready;
  assign beat = wr_valid_i & wr_ready_o;
  assign answer = &answer_valid;
  assign wr_done_o = answer;
  assign wr_error_o = |answer_error;

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    logic [1:0] response;
    logic unused;
    assign unused = &{1'b0, response[0]};
    heddle_register_slice #(.WIDTH(56)) i_request (
        .clk_i(clk_i), .rst_i(rst_i), .valid_i(request), .ready_o(request_ready[p]),
        .data_i({port_length, port_address}), .valid_o(m_axi_awvalid[p]), .ready_i(m_axi_awready[p]),
        .data_o({m_axi_awlen[8*p+:8], m_axi_awaddr[64*p+:48]}));
    heddle_register_slice #(.WIDTH(9 * PortBytes + 1)) i_beat (
        .clk_i(clk_i), .rst_i(rst_i), .valid_i(beat), .ready_o(beat_ready[p]),
        .data_i({wr_last_i, wr_strb_i[PortBytes*p+:PortBytes], wr_data_i[8*PortBytes*p+:8*PortBytes]}),
        .valid_o(m_axi_wvalid[p]), .ready_i(m_axi_wready[p]),
        .data_o({m_axi_wlast[p], m_axi_wstrb[PortBytes*p+:PortBytes],
                 m_axi_wdata[8*PortBytes*p+:8*PortBytes]}));
    heddle_register_slice #(.WIDTH(2)) i_answer (
        .clk_i(clk_i), .rst_i(rst_i), .valid_i(m_axi_bvalid[p]), .ready_o(m_axi_bready[p]),
        .data_i(m_axi_bresp[2*p+:2]), .valid_o(answer_valid[p]), .ready_i(answer), .data_o(response));
    assign answer_error[p] = response[1];
    assign m_axi_awaddr[64*p+48+:16] = 16'd0;
    assign m_axi_awsize[3*p+:3] = 3'($clog2(PortBytes));
    assign m_axi_awburst[2*p+:2] = 2'b01;    // INCR
    assign m_axi_awcache[4*p+:4] = 4'b0011;  // normal, non-cacheable, bufferable
    assign m_axi_awprot[3*p+:3] = 3'b000;
  end
endmodule
