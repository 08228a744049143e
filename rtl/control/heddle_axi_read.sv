// AXI4 read master: one bus request becomes one INCR burst on each of AXI_PORTS ports.
//
// Port p carries bytes [p*PB, (p+1)*PB) of every bus beat (PB = BUS_BYTES / AXI_PORTS) and addresses its own
// memory: address X of the bus is X / AXI_PORTS there. Bursts of one port are answered in order (one ID, not
// shown). A beat is passed on once every port has delivered it; there is no back-pressure from the device.
// No combinational path joins inputs and outputs of the ports. Requests that cross no boundary of
// 4096 * AXI_PORTS cross none of 4096 on a port.
module heddle_axi_read (
    input  logic        clk_i,
    input  logic        rst_i,
    // Bus.
    input  logic        rd_req_valid_i,
    output logic        rd_req_ready_o,
    input  logic [47:0] rd_req_addr_i,
    input  logic [8:0]  rd_req_beats_i,
    output logic        rd_valid_o,
    output logic [8*heddle_config_pkg::BUS_BYTES-1:0] rd_data_o,
    output logic        rd_last_o,
    output logic        rd_error_o,
    // Ports, concatenated.
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
  localparam int Ports = heddle_config_pkg::AXI_PORTS;
  localparam int PortBytes = heddle_config_pkg::BUS_BYTES / Ports;
  localparam int PortShift = $clog2(Ports);

  logic [Ports-1:0] request_ready, beat_valid, beat_last, beat_error;
  logic [47:0] port_address;
  logic [7:0] port_length;
  logic request, beat;

  assign port_address = rd_req_addr_i >> PortShift;
  assign port_length = 8'(rd_req_beats_i - 9'd1);
  assign rd_req_ready_o = &request_ready;
  assign request = rd_req_valid_i & rd_req_ready_o;
  assign beat = &beat_valid;
  assign rd_valid_o = beat;
  assign rd_last_o = beat_last[0];
  assign rd_error_o = |beat_error;

  for (genvar p = 0; p < Ports; p++) begin : gen_port
    logic [1:0] response;
    logic unused;
    assign unused = &{1'b0, response[0]};
    logic last;
    heddle_register_slice #(.WIDTH(56)) i_request (
        .clk_i(clk_i), .rst_i(rst_i), .valid_i(request), .ready_o(request_ready[p]),
        .data_i({port_length, port_address}), .valid_o(m_axi_arvalid[p]), .ready_i(m_axi_arready[p]),
        .data_o({m_axi_arlen[8*p+:8], m_axi_araddr[64*p+:48]}));
    heddle_register_slice #(.WIDTH(8 * PortBytes + 3)) i_beat (
        .clk_i(clk_i), .rst_i(rst_i), .valid_i(m_axi_rvalid[p]), .ready_o(m_axi_rready[p]),
        .data_i({m_axi_rlast[p], m_axi_rresp[2*p+:2], m_axi_rdata[8*PortBytes*p+:8*PortBytes]}),
        .valid_o(beat_valid[p]), .ready_i(beat),
        .data_o({last, response, rd_data_o[8*PortBytes*p+:8*PortBytes]}));
    assign beat_last[p] = last;
    assign beat_error[p] = response[1];
    assign m_axi_araddr[64*p+48+:16] = 16'd0;
    assign m_axi_arsize[3*p+:3] = 3'($clog2(PortBytes));
    assign m_axi_arburst[2*p+:2] = 2'b01;    // INCR
    assign m_axi_arcache[4*p+:4] = 4'b0011;  // normal, non-cacheable, bufferable
    assign m_axi_arprot[3*p+:3] = 3'b000;
  end

  if (Ports > 1) begin : gen_unused
    logic unused;
    assign unused = &{1'b0, beat_last[Ports-1:1]};
  end
endmodule
