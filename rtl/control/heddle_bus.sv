// The device's memory bus: joins fetch, scalar unit, LOAD (reads) and STORE, record (writes).
//
// Reads: the first of fetch, scalar unit and LOAD that asks is accepted; responses come in the order of the
// requests and go to their owners, who always take them. Up to READS requests are outstanding. Writes: the
// sequencer gives the port to the record once STORE is idle, so that nothing is arbitrated. LOAD's reads wait
// while STORE sends, since a DRAM that goes back and forth between directions loses more than LOAD does.
module heddle_bus (
    input  logic         clk_i,
    input  logic         rst_i,
    output logic         idle_o,              // nothing outstanding
    // Readers: 0 fetch, 1 scalar unit, 2 LOAD.
    input  logic [2:0]   req_valid_i,
    output logic [2:0]   req_ready_o,
    input  logic [143:0] req_addr_i,
    input  logic [26:0]  req_beats_i,
    output logic [2:0]   resp_valid_o,        // data, last and error come straight from the memory side
    // Writers.
    input  logic         store_sending_i,     // STORE has bursts whose data are not all on their way
    input  logic         record_i,            // the port is the record's
    input  logic [1:0]   wr_req_valid_i,      // 0 STORE, 1 record
    output logic [1:0]   wr_req_ready_o,
    input  logic [95:0]  wr_req_addr_i,
    input  logic [17:0]  wr_req_beats_i,
    input  logic [1:0]   wr_valid_i,
    output logic [1:0]   wr_ready_o,
    input  logic [16*heddle_config_pkg::BUS_BYTES-1:0] wr_data_i,
    input  logic [2*heddle_config_pkg::BUS_BYTES-1:0]  wr_strb_i,
    input  logic [1:0]   wr_last_i,
    output logic [1:0]   wr_done_o,
    // Memory side.
    output logic         rd_req_valid_o,
    input  logic         rd_req_ready_i,
    output logic [47:0]  rd_req_addr_o,
    output logic [8:0]   rd_req_beats_o,
    input  logic         rd_valid_i,
    input  logic         rd_last_i,
    output logic         wr_req_valid_o,
    input  logic         wr_req_ready_i,
    output logic [47:0]  wr_req_addr_o,
    output logic [8:0]   wr_req_beats_o,
    output logic         wr_valid_o,
    input  logic         wr_ready_i,
    output logic [8*heddle_config_pkg::BUS_BYTES-1:0] wr_data_o,
    output logic [heddle_config_pkg::BUS_BYTES-1:0]   wr_strb_o,
    output logic         wr_last_o,
    input  logic         wr_done_i
);
  localparam int BusBytes = heddle_config_pkg::BUS_BYTES;
  localparam int Log2Reads = 5;

  // --- reads -----------------------------------------------------------------------------------------
  logic [1:0] owners_q [0:(1<<Log2Reads)-1];  // of the outstanding requests, a ring
  logic [Log2Reads-1:0] first_q, next_q;
  logic [Log2Reads:0] reads_q;
  logic [2:0] asks, grant;
  logic [1:0] grant_owner, owner;
  logic request, accept, slice_ready, pop;
  logic [56:0] request_payload;

  assign asks = {req_valid_i[2] & ~store_sending_i, req_valid_i[1:0]};
  assign grant = {asks[2] & ~(|asks[1:0]), asks[1] & ~asks[0], asks[0]};
  assign grant_owner = grant[2] ? 2'd2 : grant[1] ? 2'd1 : 2'd0;
  assign request = (|asks) & ~reads_q[Log2Reads];
  assign accept = request & slice_ready;
  assign req_ready_o = grant & {3{slice_ready & ~reads_q[Log2Reads]}};
  always_comb begin
    request_payload = {req_beats_i[8:0], req_addr_i[47:0]};
    if (grant[1]) request_payload = {req_beats_i[17:9], req_addr_i[95:48]};
    if (grant[2]) request_payload = {req_beats_i[26:18], req_addr_i[143:96]};
  end

  heddle_register_slice #(.WIDTH(57)) i_request (
      .clk_i(clk_i), .rst_i(rst_i), .valid_i(request), .ready_o(slice_ready), .data_i(request_payload),
      .valid_o(rd_req_valid_o), .ready_i(rd_req_ready_i), .data_o({rd_req_beats_o, rd_req_addr_o}));

  assign pop = rd_valid_i & rd_last_i;
  assign owner = owners_q[first_q];
  for (genvar r = 0; r < 3; r++) begin : gen_response
    assign resp_valid_o[r] = rd_valid_i & (owner == r);
  end

  always_ff @(posedge clk_i) begin
    if (accept) owners_q[next_q] <= grant_owner;
    if (rst_i) begin
      first_q <= '0;
      next_q  <= '0;
      reads_q <= '0;
    end else begin
      if (accept) next_q <= next_q + 1'b1;
      if (pop) first_q <= first_q + 1'b1;
      if (accept && !pop) reads_q <= reads_q + 1'b1;
      else if (pop && !accept) reads_q <= reads_q - 1'b1;
    end
  end

  // --- writes ----------------------------------------------------------------------------------------
  logic [15:0] writes_q;  // requests without a response
  logic write_accept;

  assign wr_req_valid_o = record_i ? wr_req_valid_i[1] : wr_req_valid_i[0];
  assign wr_req_addr_o = record_i ? wr_req_addr_i[95:48] : wr_req_addr_i[47:0];
  assign wr_req_beats_o = record_i ? wr_req_beats_i[17:9] : wr_req_beats_i[8:0];
  assign wr_valid_o = record_i ? wr_valid_i[1] : wr_valid_i[0];
  assign wr_data_o = record_i ? wr_data_i[8*BusBytes+:8*BusBytes] : wr_data_i[8*BusBytes-1:0];
  assign wr_strb_o = record_i ? wr_strb_i[BusBytes+:BusBytes] : wr_strb_i[BusBytes-1:0];
  assign wr_last_o = record_i ? wr_last_i[1] : wr_last_i[0];
  assign wr_req_ready_o = record_i ? {wr_req_ready_i, 1'b0} : {1'b0, wr_req_ready_i};
  assign wr_ready_o = record_i ? {wr_ready_i, 1'b0} : {1'b0, wr_ready_i};
  assign wr_done_o = record_i ? {wr_done_i, 1'b0} : {1'b0, wr_done_i};
  assign write_accept = wr_req_valid_o & wr_req_ready_i;

  always_ff @(posedge clk_i) begin
    if (rst_i) writes_q <= 16'd0;
    else if (write_accept && !wr_done_i) writes_q <= writes_q + 16'd1;
    else if (wr_done_i && !write_accept) writes_q <= writes_q - 16'd1;
  end

  assign idle_o = (reads_q == '0) & (writes_q == 16'd0);
endmodule
