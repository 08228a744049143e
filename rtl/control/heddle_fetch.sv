// Program fetch: checks the program's header, then delivers its quads in order, one a cycle from the cache.
//
// start_i (one cycle) takes the address of the header. quad_valid_o offers the quad at quad_pc_o, with a
// status: any other than STATUS_OK is the outcome of fetching that quad (window, bus, end of the code, or
// the header's own fault at pc 0) and comes only when the quad is reached, never for a prefetch. redirect_i
// drops what is under way and continues at redirect_pc_i; the next quad then comes three cycles later at
// the earliest. With stop_i high nothing new is requested; idle_o tells when nothing is outstanding.
module heddle_fetch (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            start_i,
    input  logic            stop_i,
    output logic            idle_o,
    output logic            cache_read_o,  // the cache is read in this cycle
    input  logic [63:0]     program_i,
    input  logic [4*64-1:0] windows_base_i,
    input  logic [4*64-1:0] windows_size_i,
    // Quads to the scalar unit.
    output logic            quad_valid_o,
    input  logic            quad_ready_i,
    output logic [127:0]    quad_o,
    output logic [47:0]     quad_pc_o,
    output logic [31:0]     quad_status_o,
    input  logic            redirect_i,
    input  logic [47:0]     redirect_pc_i,
    // Bus.
    output logic            rd_req_valid_o,
    input  logic            rd_req_ready_i,
    output logic [47:0]     rd_req_addr_o,
    output logic [8:0]      rd_req_beats_o,
    input  logic            rd_valid_i,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] rd_data_i,
    input  logic            rd_last_i,
    input  logic            rd_error_i
);
  localparam int Log2LineQuads = $clog2(heddle_config_pkg::ICACHE_LINE_BYTES / 16);
  localparam int LineBits = 44 - Log2LineQuads;  // of a line's address

  // OFF: before a start. IDENTITY, SIZE: quads 0 and 1 of the header. RUN: code. FAULT: header refused.
  typedef enum logic [2:0] {OFF, PREPARE, IDENTITY, SIZE, RUN, FAULT} state_e;
  state_e state_q;
  logic [31:0] fault_q;

  logic [43:0] base_q;       // quad address of the header
  logic [31:0] code_quads_q;
  logic [LineBits-1:0] last_line_q;  // that may be fetched
  logic [43:0] last_quad;
  logic in_header, jump;
  logic [47:0] jump_pc;
  logic [43:0] jump_address;

  // Stage A: address of the next read. Stage B: the cache's answer. Stage C: the quad on offer.
  logic [47:0] a_pc_q, b_pc_q, c_pc_q;
  logic [43:0] a_address_q, b_address_q;
  logic a_past, b_past_q, b_valid_q, c_valid_q;
  logic [127:0] c_quad_q, cache_quad;
  logic [31:0] c_status_q;
  logic cache_hit, cache_denied, cache_error, cache_ready;
  logic a_read, b_miss, b_move, c_taken;

  assign in_header = (state_q == IDENTITY) | (state_q == SIZE);
  assign a_past = ~in_header & (a_pc_q >= {16'b0, code_quads_q});
  assign c_taken = in_header | quad_ready_i;
  assign b_miss = b_valid_q & ~b_past_q & ~cache_hit;
  assign b_move = b_valid_q & (b_past_q | cache_hit) & (~c_valid_q | c_taken);
  assign a_read = (in_header | (state_q == RUN)) & (~b_valid_q | b_move) & ~b_miss & ~jump & ~stop_i;

  assign cache_read_o = a_read & ~a_past;

  heddle_icache i_cache (
      .clk_i(clk_i), .rst_i(rst_i), .start_i(start_i), .stop_i(stop_i), .ready_o(cache_ready),
      .idle_o(idle_o), .last_line_i(last_line_q), .windows_base_i(windows_base_i),
      .windows_size_i(windows_size_i), .ren_i(cache_read_o), .quad_address_i(a_address_q),
      .lookup_i(b_valid_q & ~b_past_q), .hit_o(cache_hit), .denied_o(cache_denied),
      .error_o(cache_error), .quad_o(cache_quad), .rd_req_valid_o(rd_req_valid_o),
      .rd_req_ready_i(rd_req_ready_i), .rd_req_addr_o(rd_req_addr_o), .rd_req_beats_o(rd_req_beats_o),
      .rd_valid_i(rd_valid_i), .rd_data_i(rd_data_i), .rd_last_i(rd_last_i), .rd_error_i(rd_error_i));

  assign quad_valid_o = ((state_q == RUN) & c_valid_q) | (state_q == FAULT);
  assign quad_o = c_quad_q;
  assign quad_pc_o = (state_q == FAULT) ? 48'd0 : c_pc_q;
  assign quad_status_o = (state_q == FAULT) ? fault_q : c_status_q;

  // Jumps: to the code after the header, or where the scalar unit says.
  logic header_done, unused;
  assign unused = &{1'b0, last_quad[Log2LineQuads-1:0]};
  assign header_done = (state_q == SIZE) & c_valid_q & (c_pc_q == 48'd1);
  assign jump = header_done | redirect_i;
  assign jump_pc = header_done ? 48'd0 : redirect_pc_i;
  assign last_quad = base_q + 44'd3 + {12'b0, c_quad_q[31:0]};
  assign jump_address = base_q + 44'd4 + jump_pc[43:0];

  always_ff @(posedge clk_i) begin
    if (start_i) begin
      a_pc_q <= 48'd0;
      a_address_q <= program_i[47:4];
    end else if (jump) begin
      a_pc_q <= jump_pc;
      a_address_q <= jump_address;
    end else if (b_miss) begin
      a_pc_q <= b_pc_q;
      a_address_q <= b_address_q;
    end else if (a_read) begin
      a_pc_q <= a_pc_q + 48'd1;
      a_address_q <= a_address_q + 44'd1;
    end

    if (a_read) begin
      b_pc_q <= a_pc_q;
      b_address_q <= a_address_q;
      b_past_q <= a_past;
    end
    if (b_move) begin
      c_pc_q <= b_pc_q;
      c_quad_q <= cache_quad;
      if (b_past_q) c_status_q <= heddle_isa_pkg::STATUS_ILLEGAL;
      else if (cache_denied) c_status_q <= heddle_isa_pkg::STATUS_WINDOW;
      else if (cache_error) c_status_q <= heddle_isa_pkg::STATUS_BUS;
      else c_status_q <= heddle_isa_pkg::STATUS_OK;
    end

    if (rst_i | start_i | jump | stop_i) begin
      b_valid_q <= 1'b0;
      c_valid_q <= 1'b0;
    end else begin
      b_valid_q <= a_read | (b_valid_q & ~b_move & ~b_miss);
      c_valid_q <= b_move | (c_valid_q & ~c_taken);
    end
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      PREPARE: begin
        if (fault_q != heddle_isa_pkg::STATUS_OK) state_q <= FAULT;
        else if (cache_ready) state_q <= IDENTITY;
      end
      IDENTITY: begin
        if (c_valid_q) begin
          fault_q <= c_status_q;
          if (c_status_q != heddle_isa_pkg::STATUS_OK) begin
            state_q <= FAULT;
          end else if (c_quad_q[31:0] != heddle_isa_pkg::PROGRAM_MAGIC ||
                       c_quad_q[63:32] != heddle_isa_pkg::ISA_VERSION) begin
            state_q <= FAULT;
            fault_q <= heddle_isa_pkg::STATUS_VERSION;
          end else if (c_quad_q[127:64] != heddle_config_pkg::CONFIG_HASH) begin
            state_q <= FAULT;
            fault_q <= heddle_isa_pkg::STATUS_CONFIG;
          end else begin
            state_q <= SIZE;
          end
        end
      end
      SIZE: begin
        if (header_done) begin
          code_quads_q <= c_quad_q[31:0];
          last_line_q <= last_quad[43:Log2LineQuads];
          state_q <= RUN;
        end
      end
      default: ;
    endcase
    if (stop_i) state_q <= OFF;
    if (start_i) begin
      state_q <= PREPARE;
      base_q <= program_i[47:4];
      last_line_q <= program_i[47:4+Log2LineQuads];
      if (program_i[5:0] != 6'd0) fault_q <= heddle_isa_pkg::STATUS_ILLEGAL;
      else if (program_i[63:48] != 16'd0) fault_q <= heddle_isa_pkg::STATUS_WINDOW;
      else fault_q <= heddle_isa_pkg::STATUS_OK;
    end
    if (rst_i) state_q <= OFF;
  end
endmodule
