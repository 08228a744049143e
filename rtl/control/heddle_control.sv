// Everything of the core but its units and their memories: registers, program fetch, scalar unit, issue,
// counters, completion record and the join of all traffic on the device's memory bus.
//
// Units (0 LOAD, 1 STORE, 2 MATRIX, 3 VECTOR): start_o pulses while a unit is idle, its instruction and base
// stand until its done pulse, whose status is STATUS_OK or the fault; LOAD's stand until load_taken_i, and the
// next may start then. clear_o, one cycle at the start of
// every run, is to reset all four. abort_o is high from the end of execution to the next start: LOAD and
// STORE then start no new request, and are done once theirs are answered.
//
// Bus: see rtl/memory; responses to LOAD share rd_data_i, rd_last_i and rd_error_i with the port.
module heddle_control (
    input  logic            clk_i,
    input  logic            rst_i,
    // AXI4-Lite.
    input  logic [11:0]     s_axi_awaddr,
    input  logic            s_axi_awvalid,
    output logic            s_axi_awready,
    input  logic [31:0]     s_axi_wdata,
    input  logic [3:0]      s_axi_wstrb,
    input  logic            s_axi_wvalid,
    output logic            s_axi_wready,
    output logic [1:0]      s_axi_bresp,
    output logic            s_axi_bvalid,
    input  logic            s_axi_bready,
    input  logic [11:0]     s_axi_araddr,
    input  logic            s_axi_arvalid,
    output logic            s_axi_arready,
    output logic [31:0]     s_axi_rdata,
    output logic [1:0]      s_axi_rresp,
    output logic            s_axi_rvalid,
    input  logic            s_axi_rready,
    output logic            interrupt_o,
    // Units.
    output logic            clear_o,
    output logic            abort_o,
    output logic [3:0]      start_o,
    output logic [3:0]      busy_o,         // from start to done
    output logic [2047:0]   instr_o,
    output logic [95:0]     base_o,         // LOAD, STORE
    input  logic            load_taken_i,
    input  logic [3:0]      done_i,
    input  logic [127:0]    status_i,
    input  logic [31:0]     load_bytes_i,
    input  logic [31:0]     store_bytes_i,
    input  logic            mac_row_i,      // MATRIX: a row of A enters the array
    input  logic            vector_step_i,  // VECTOR: a step enters the lanes
    output logic [4*64-1:0] windows_base_o,
    output logic [4*64-1:0] windows_size_o,
    // LOAD's reads.
    input  logic            load_req_valid_i,
    output logic            load_req_ready_o,
    input  logic [47:0]     load_req_addr_i,
    input  logic [8:0]      load_req_beats_i,
    output logic            load_valid_o,
    // STORE's writes.
    input  logic            store_sending_i,
    input  logic            store_req_valid_i,
    output logic            store_req_ready_o,
    input  logic [47:0]     store_req_addr_i,
    input  logic [8:0]      store_req_beats_i,
    input  logic            store_valid_i,
    output logic            store_ready_o,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] store_data_i,
    input  logic [heddle_config_pkg::BUS_BYTES-1:0]   store_strb_i,
    input  logic            store_last_i,
    output logic            store_done_o,
    // Bus.
    output logic            rd_req_valid_o,
    input  logic            rd_req_ready_i,
    output logic [47:0]     rd_req_addr_o,
    output logic [8:0]      rd_req_beats_o,
    input  logic            rd_valid_i,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] rd_data_i,
    input  logic            rd_last_i,
    input  logic            rd_error_i,
    output logic            wr_req_valid_o,
    input  logic            wr_req_ready_i,
    output logic [47:0]     wr_req_addr_o,
    output logic [8:0]      wr_req_beats_o,
    output logic            wr_valid_o,
    input  logic            wr_ready_i,
    output logic [8*heddle_config_pkg::BUS_BYTES-1:0] wr_data_o,
    output logic [heddle_config_pkg::BUS_BYTES-1:0]   wr_strb_o,
    output logic            wr_last_o,
    input  logic            wr_done_i
);
  localparam int BusBytes = heddle_config_pkg::BUS_BYTES;

  // --- host ------------------------------------------------------------------------------------------
  logic start, running, done, clear, stop, count;
  logic [31:0] status;
  logic [47:0] pc, argument;
  logic [3:0] argument_index;
  logic [4:0] host_index, record_index;
  logic [63:0] program_address, record_address, watchdog, counter_value;
  logic [4*64-1:0] windows_base, windows_size;
  logic record_start, record_done, record_idle;

  assign windows_base_o = windows_base;
  assign windows_size_o = windows_size;
  assign clear_o = clear;
  assign abort_o = stop;
  assign busy_o = busy;

  heddle_registers i_registers (
      .clk_i(clk_i), .rst_i(rst_i), .s_axi_awaddr(s_axi_awaddr), .s_axi_awvalid(s_axi_awvalid),
      .s_axi_awready(s_axi_awready), .s_axi_wdata(s_axi_wdata), .s_axi_wstrb(s_axi_wstrb),
      .s_axi_wvalid(s_axi_wvalid), .s_axi_wready(s_axi_wready), .s_axi_bresp(s_axi_bresp),
      .s_axi_bvalid(s_axi_bvalid), .s_axi_bready(s_axi_bready), .s_axi_araddr(s_axi_araddr),
      .s_axi_arvalid(s_axi_arvalid), .s_axi_arready(s_axi_arready), .s_axi_rdata(s_axi_rdata),
      .s_axi_rresp(s_axi_rresp), .s_axi_rvalid(s_axi_rvalid), .s_axi_rready(s_axi_rready),
      .interrupt_o(interrupt_o), .start_o(start), .running_i(running), .done_i(done), .status_i(status),
      .pc_i(pc), .counter_index_o(host_index), .counter_i(counter_value), .counter_busy_i(~record_idle),
      .program_o(program_address), .record_o(record_address), .watchdog_o(watchdog),
      .windows_base_o(windows_base), .windows_size_o(windows_size), .argument_index_i(argument_index),
      .argument_o(argument));

  // --- program ---------------------------------------------------------------------------------------
  logic fetch_idle, quad_valid, quad_ready, redirect;
  logic [127:0] quad;
  logic [47:0] quad_pc, redirect_pc;
  logic [31:0] quad_status;
  logic [2:0] req_valid, req_ready, resp_valid;
  logic [143:0] req_addr;
  logic [26:0] req_beats;

  heddle_fetch i_fetch (
      .clk_i(clk_i), .rst_i(rst_i), .start_i(clear), .stop_i(stop), .idle_o(fetch_idle), .cache_read_o(cache_read),
      .program_i(program_address), .windows_base_i(windows_base), .windows_size_i(windows_size),
      .quad_valid_o(quad_valid), .quad_ready_i(quad_ready), .quad_o(quad), .quad_pc_o(quad_pc),
      .quad_status_o(quad_status), .redirect_i(redirect), .redirect_pc_i(redirect_pc),
      .rd_req_valid_o(req_valid[0]), .rd_req_ready_i(req_ready[0]), .rd_req_addr_o(req_addr[47:0]),
      .rd_req_beats_o(req_beats[8:0]), .rd_valid_i(resp_valid[0]), .rd_data_i(rd_data_i),
      .rd_last_i(rd_last_i), .rd_error_i(rd_error_i));

  logic scalar_idle, units_idle, wait_valid, wait_grant, signal_valid, halted, scalar_error;
  logic [3:0] push, full;
  logic [511:0] tile;
  logic [47:0] tile_base, scalar_pc;
  logic [15:0] wait_mask, signal_mask;
  logic [31:0] scalar_status;
  logic executed, fetch_stall, scalar_waiting, cache_read;

  heddle_scalar i_scalar (
      .clk_i(clk_i), .rst_i(rst_i), .clear_i(clear), .stop_i(stop), .idle_o(scalar_idle),
      .quad_valid_i(quad_valid), .quad_ready_o(quad_ready), .quad_i(quad), .quad_pc_i(quad_pc),
      .quad_status_i(quad_status), .redirect_o(redirect), .redirect_pc_o(redirect_pc),
      .argument_index_o(argument_index), .argument_i(argument), .windows_base_i(windows_base),
      .windows_size_i(windows_size), .rd_req_valid_o(req_valid[1]), .rd_req_ready_i(req_ready[1]),
      .rd_req_addr_o(req_addr[95:48]), .rd_valid_i(resp_valid[1]), .rd_data_i(rd_data_i),
      .rd_error_i(rd_error_i), .push_o(push), .full_i(full), .instr_o(tile), .base_o(tile_base),
      .pc_o(scalar_pc), .units_idle_i(units_idle), .wait_valid_o(wait_valid), .wait_mask_o(wait_mask),
      .wait_grant_i(wait_grant), .signal_valid_o(signal_valid), .signal_mask_o(signal_mask),
      .halted_o(halted), .error_o(scalar_error), .error_status_o(scalar_status), .executed_o(executed),
      .fetch_stall_o(fetch_stall), .waiting_o(scalar_waiting));
  assign req_beats[17:9] = 9'd1;

  // --- units -----------------------------------------------------------------------------------------
  logic [3:0] busy, token, finished;
  logic no_head, unit_fault;
  logic [31:0] head_pc, unit_status;
  logic [47:0] unit_pc;

  heddle_issue i_issue (
      .clk_i(clk_i), .rst_i(rst_i | clear), .stop_i(stop), .push_i(push), .full_o(full), .instr_i(tile),
      .base_i(tile_base), .pc_i(scalar_pc), .wait_valid_i(wait_valid), .wait_mask_i(wait_mask),
      .wait_grant_o(wait_grant), .signal_valid_i(signal_valid), .signal_mask_i(signal_mask),
      .start_o(start_o), .unit_instr_o(instr_o), .unit_base_o(base_o),
      .load_taken_i(load_taken_i), .done_i(done_i),
      .status_i(status_i), .busy_o(busy), .token_o(token), .finished_o(finished), .idle_o(units_idle),
      .no_head_o(no_head), .head_pc_o(head_pc), .fault_o(unit_fault), .fault_status_o(unit_status),
      .fault_pc_o(unit_pc));

  // --- bus -------------------------------------------------------------------------------------------
  logic bus_idle, read_beat, write_beat;
  logic [1:0] wr_req_valid, wr_req_ready, wr_valid, wr_ready, wr_last, wr_done;
  logic [95:0] wr_req_addr;
  logic [17:0] wr_req_beats;
  logic [16*BusBytes-1:0] wr_data;
  logic [2*BusBytes-1:0] wr_strb;

  assign req_valid[2] = load_req_valid_i;
  assign req_addr[143:96] = load_req_addr_i;
  assign req_beats[26:18] = load_req_beats_i;
  assign load_req_ready_o = req_ready[2];
  assign load_valid_o = resp_valid[2];
  assign wr_req_valid[0] = store_req_valid_i;
  assign wr_req_addr[47:0] = store_req_addr_i;
  assign wr_req_beats[8:0] = store_req_beats_i;
  assign wr_valid[0] = store_valid_i;
  assign wr_data[8*BusBytes-1:0] = store_data_i;
  assign wr_strb[BusBytes-1:0] = store_strb_i;
  assign wr_last[0] = store_last_i;
  assign store_req_ready_o = wr_req_ready[0];
  assign store_ready_o = wr_ready[0];
  assign store_done_o = wr_done[0];

  heddle_bus i_bus (
      .clk_i(clk_i), .rst_i(rst_i), .idle_o(bus_idle), .req_valid_i(req_valid), .req_ready_o(req_ready),
      .req_addr_i(req_addr), .req_beats_i(req_beats), .resp_valid_o(resp_valid),
      .store_sending_i(store_sending_i), .record_i(~record_idle),
      .wr_req_valid_i(wr_req_valid), .wr_req_ready_o(wr_req_ready),
      .wr_req_addr_i(wr_req_addr), .wr_req_beats_i(wr_req_beats), .wr_valid_i(wr_valid),
      .wr_ready_o(wr_ready), .wr_data_i(wr_data), .wr_strb_i(wr_strb), .wr_last_i(wr_last),
      .wr_done_o(wr_done), .rd_req_valid_o(rd_req_valid_o), .rd_req_ready_i(rd_req_ready_i),
      .rd_req_addr_o(rd_req_addr_o), .rd_req_beats_o(rd_req_beats_o), .rd_valid_i(rd_valid_i),
      .rd_last_i(rd_last_i), .wr_req_valid_o(wr_req_valid_o), .wr_req_ready_i(wr_req_ready_i),
      .wr_req_addr_o(wr_req_addr_o), .wr_req_beats_o(wr_req_beats_o), .wr_valid_o(wr_valid_o),
      .wr_ready_i(wr_ready_i), .wr_data_o(wr_data_o), .wr_strb_o(wr_strb_o), .wr_last_o(wr_last_o),
      .wr_done_i(wr_done_i));

  assign read_beat = rd_valid_i;
  assign write_beat = wr_valid_o & wr_ready_i;

  // A record follows only where the run has stopped.
  logic record_clk;
  heddle_unit_clock i_record_clock (
      .clk_i(clk_i), .rst_i(rst_i), .busy_i(stop | ~record_idle), .clk_o(record_clk));

  heddle_record i_record (
      .clk_i(record_clk), .rst_i(rst_i), .start_i(record_start), .done_o(record_done), .idle_o(record_idle),
      .address_i(record_address), .status_i(status), .pc_i(pc), .counter_index_o(record_index),
      .counter_i(counter_value), .windows_base_i(windows_base), .windows_size_i(windows_size),
      .wr_req_valid_o(wr_req_valid[1]), .wr_req_ready_i(wr_req_ready[1]),
      .wr_req_addr_o(wr_req_addr[95:48]), .wr_req_beats_o(wr_req_beats[17:9]), .wr_valid_o(wr_valid[1]),
      .wr_ready_i(wr_ready[1]), .wr_data_o(wr_data[8*BusBytes+:8*BusBytes]),
      .wr_strb_o(wr_strb[BusBytes+:BusBytes]), .wr_last_o(wr_last[1]), .wr_done_i(wr_done[1]));

  // --- the run ---------------------------------------------------------------------------------------
  logic drained, progress;
  assign drained = fetch_idle & scalar_idle & bus_idle & record_idle & ~busy[0] & ~busy[1];
  assign progress = (|finished) | read_beat | write_beat | wr_done_i;

  heddle_sequencer i_sequencer (
      .clk_i(clk_i), .rst_i(rst_i), .start_i(start), .clear_o(clear), .stop_o(stop), .count_o(count),
      .running_o(running), .done_o(done), .status_o(status), .pc_o(pc), .watchdog_i(watchdog),
      .progress_i(progress), .halted_i(halted), .scalar_pc_i(scalar_pc), .scalar_fault_i(scalar_error),
      .scalar_status_i(scalar_status), .unit_fault_i(unit_fault), .unit_status_i(unit_status),
      .unit_pc_i(unit_pc), .no_head_i(no_head), .head_pc_i(head_pc), .drained_i(drained),
      .record_start_o(record_start), .record_done_i(record_done));

  // --- counters --------------------------------------------------------------------------------------
  // Units that move something in this cycle: a beat of the bus, a row of A, a step of the lanes.
  logic [3:0] active;
  logic [3:0] trace_active /* verilator public_flat_rd */;  // for a simulator's harness
  assign trace_active = active & busy;
  assign active = {vector_step_i, mac_row_i, store_valid_i & store_ready_o, load_valid_o};

  logic [heddle_isa_pkg::COUNTERS-1:0] events;
  assign events[heddle_isa_pkg::COUNTER_CYCLES] = 1'b1;
  assign events[heddle_isa_pkg::COUNTER_SCALAR_INSTRUCTIONS] = executed;
  for (genvar u = 0; u < heddle_isa_pkg::UNITS; u++) begin : gen_unit_events
    // Counters of the units lie in unit order: one of instructions, and of cycles busy, stalled, token, issue.
    localparam int States = heddle_isa_pkg::COUNTER_STORE_BUSY - heddle_isa_pkg::COUNTER_LOAD_BUSY;
    localparam int Busy = heddle_isa_pkg::COUNTER_LOAD_BUSY + States * u;
    assign events[heddle_isa_pkg::COUNTER_LOAD_INSTRUCTIONS+u] = finished[u];
    assign events[Busy] = busy[u] & active[u];
    assign events[Busy+1] = busy[u] & ~active[u];
    assign events[Busy+2] = token[u];
    assign events[Busy+3] = ~busy[u] & ~token[u];
  end
  assign events[heddle_isa_pkg::COUNTER_LOAD_BYTES] = finished[heddle_isa_pkg::UNIT_LOAD];
  assign events[heddle_isa_pkg::COUNTER_STORE_BYTES] = finished[heddle_isa_pkg::UNIT_STORE];
  assign events[heddle_isa_pkg::COUNTER_MACS] = mac_row_i & busy[heddle_isa_pkg::UNIT_MATRIX];
  assign events[heddle_isa_pkg::COUNTER_FETCH_STALL] = fetch_stall;
  assign events[heddle_isa_pkg::COUNTER_SCALAR_WAIT] = scalar_waiting;
  assign events[heddle_isa_pkg::COUNTER_READ_BEATS] = read_beat;
  assign events[heddle_isa_pkg::COUNTER_WRITE_BEATS] = write_beat;
  assign events[heddle_isa_pkg::COUNTER_CACHE_READS] = cache_read;

  heddle_counters i_counters (
      .clk_i(clk_i), .clear_i(clear), .count_i(count), .event_i(events), .load_bytes_i(load_bytes_i),
      .store_bytes_i(store_bytes_i), .index_i(record_idle ? host_index : record_index),
      .value_o(counter_value));
endmodule
