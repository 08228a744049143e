// The scalar unit: executes scalar quads in order, assembles, patches and dispatches tile instructions.
//
// clear_i (one cycle) starts a run: registers read as zero, the first quad is awaited. A simple instruction
// takes two cycles, a taken branch about seven, a tile instruction six and one for each patch. While stop_i
// is high it starts nothing; a word that is being loaded is waited for (idle_o). error_o (one cycle) gives
// a fault with status and pc; afterwards, and after HALT (halted_o, once every unit is idle), it stands
// still until the next clear.
module heddle_scalar (
    input  logic            clk_i,
    input  logic            rst_i,
    input  logic            clear_i,
    input  logic            stop_i,
    output logic            idle_o,        // nothing outstanding on the bus
    // Program.
    input  logic            quad_valid_i,
    output logic            quad_ready_o,
    input  logic [127:0]    quad_i,
    input  logic [47:0]     quad_pc_i,
    input  logic [31:0]     quad_status_i,
    output logic            redirect_o,
    output logic [47:0]     redirect_pc_o,
    // Arguments and windows.
    output logic [3:0]      argument_index_o,
    input  logic [47:0]     argument_i,
    input  logic [4*64-1:0] windows_base_i,
    input  logic [4*64-1:0] windows_size_i,
    // Bus, for one word.
    output logic            rd_req_valid_o,
    input  logic            rd_req_ready_i,
    output logic [47:0]     rd_req_addr_o,
    input  logic            rd_valid_i,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] rd_data_i,
    input  logic            rd_error_i,
    // Dispatch to the queues, one bit for each unit.
    output logic [3:0]      push_o,
    input  logic [3:0]      full_i,
    output logic [511:0]    instr_o,
    output logic [47:0]     base_o,
    output logic [47:0]     pc_o,          // of the instruction that executes
    input  logic            units_idle_i,
    // Semaphores.
    output logic            wait_valid_o,
    output logic [15:0]     wait_mask_o,
    input  logic            wait_grant_i,
    output logic            signal_valid_o,
    output logic [15:0]     signal_mask_o,
    // Outcome and events to count.
    output logic            halted_o,
    output logic            error_o,
    output logic [31:0]     error_status_o,
    output logic            executed_o,
    output logic            fetch_stall_o,
    output logic            waiting_o
);
  localparam int Log2Bus = heddle_config_pkg::LOG2_BUS_BYTES;

  typedef enum logic [4:0] {
    STOPPED, FETCH, READ, EXECUTE, MULTIPLY, PRODUCT, REDIRECT, WORD_CHECK, WORD_REQUEST, WORD_RESPONSE,
    WAIT, FENCE, HALT, TILE, PATCH, BASE, DISPATCH, FAULT
  } state_e;
  state_e state_q;

  logic [511:0] instr_q;  // the scalar quad is its first quad
  logic [47:0] pc_q, a_q, b_q, base_q, address_q;
  logic [31:0] status_q;
  logic taken_q;

  // --- fields of the quad in instr_q ----------------------------------------------------------------
  logic [7:0] opcode;
  logic [4:0] rd, ra, rb;
  logic [47:0] immediate;
  logic use_immediate, is_tile, is_known, is_branch;
  logic [29:0] patches;
  logic [1:0] tile_unit;

  assign opcode = instr_q[7:0];
  assign rd = instr_q[16+:5];
  assign ra = instr_q[21+:5];
  assign rb = instr_q[26+:5];
  assign use_immediate = instr_q[31];
  assign immediate = instr_q[64+:48];
  assign patches = instr_q[64+:30];
  assign is_tile = (opcode >= heddle_isa_pkg::OP_LOAD) & (opcode <= heddle_isa_pkg::OP_VECTOR);
  assign is_known = is_tile | (opcode <= heddle_isa_pkg::OP_FENCE);
  assign is_branch = (opcode >= heddle_isa_pkg::OP_BRANCH_EQ) & (opcode <= heddle_isa_pkg::OP_LOOP);
  assign tile_unit = opcode[1:0];

  // --- registers: two read ports; one that was not written since the clear reads as zero ------------
  logic [47:0] registers_q [0:31];
  logic [31:0] written_q;
  logic [4:0] read_a, read_b;
  logic [47:0] value_a, value_b, write_value;
  logic write;
  logic [1:0] quad_q;  // of the tile instruction that arrives; the patch whose register is read

  logic [3:0] patch_register;
  always_comb begin
    case (quad_q)
      2'd1: patch_register = patches[8:5];
      2'd2: patch_register = patches[18:15];
      default: patch_register = patches[28:25];
    endcase
    read_b = rb;
    case (state_q)
      TILE: read_a = {1'b0, patch_register};
      BASE: read_a = instr_q[100+:5];
      default: read_a = (opcode == heddle_isa_pkg::OP_LOOP) ? rd : ra;
    endcase
  end
  assign value_a = written_q[read_a] ? registers_q[read_a] : 48'd0;
  assign value_b = written_q[read_b] ? registers_q[read_b] : 48'd0;

  always_ff @(posedge clk_i) begin
    if (write) registers_q[rd] <= write_value;
    if (rst_i | clear_i) written_q <= 32'd0;
    else if (write && rd != 5'd0) written_q[rd] <= 1'b1;
  end

  // --- arithmetic -----------------------------------------------------------------------------------
  logic [47:0] result;
  logic taken;
  logic [31:0] product_ll_q, product_lh_q, product_hl_q;
  logic [15:0] product_hh_q;
  logic [47:0] product;
  logic is_result, writes_word;
  logic [31:0] word;

  heddle_scalar_alu i_alu (
      .opcode_i(opcode), .a_i(a_q), .b_i(b_q), .result_o(result), .taken_o(taken));

  assign argument_index_o = immediate[3:0];
  assign product = {16'd0, product_ll_q} + {product_lh_q, 16'd0} + {product_hl_q, 16'd0} +
                   {product_hh_q, 32'd0};
  if (heddle_config_pkg::BUS_BYTES > 4) begin : gen_word
    assign word = rd_data_i[32*address_q[Log2Bus-1:2]+:32];
  end else begin : gen_bus_word
    assign word = rd_data_i;
  end

  always_comb begin
    case (opcode)
      heddle_isa_pkg::OP_ADD, heddle_isa_pkg::OP_SUB, heddle_isa_pkg::OP_SHL, heddle_isa_pkg::OP_SHR,
      heddle_isa_pkg::OP_AND, heddle_isa_pkg::OP_MIN, heddle_isa_pkg::OP_MAX,
      heddle_isa_pkg::OP_ARGUMENT, heddle_isa_pkg::OP_LOOP: is_result = 1'b1;
      default: is_result = 1'b0;
    endcase
    writes_word = (state_q == WORD_RESPONSE) & rd_valid_i & ~rd_error_i;
    write = ((state_q == EXECUTE) & is_result) | (state_q == PRODUCT) | writes_word;
    if (state_q == PRODUCT) write_value = product;
    else if (state_q == WORD_RESPONSE) write_value = {16'd0, word};
    else if (opcode == heddle_isa_pkg::OP_ARGUMENT) write_value = argument_i;
    else write_value = result;
  end

  // --- patches --------------------------------------------------------------------------------------
  logic [95:0] patch_value_q;
  logic [2:0] patch_pending_q, patch_wanted, patch_illegal, patch_rest;
  logic [5:0] patch_now;  // {wide, half}
  logic [31:0] patch_add, patch_old, patch_sum;
  logic [3:0] patch_word;
  logic patches_refused;

  for (genvar p = 0; p < 3; p++) begin : gen_patch
    assign patch_wanted[p] = patches[10*p+5+:4] != 4'd0;
    assign patch_illegal[p] = patch_wanted[p] & ((patches[10*p+:5] < 5'd6) |
                                                 (patches[10*p+9] & patches[10*p]));
  end
  assign patches_refused = (|patch_illegal) | (instr_q[95:94] != 2'd0);
  always_comb begin
    if (patch_pending_q[0]) begin
      patch_now  = {patches[9], patches[4:0]};
      patch_add  = patch_value_q[31:0];
      patch_rest = {patch_pending_q[2:1], 1'b0};
    end else if (patch_pending_q[1]) begin
      patch_now  = {patches[19], patches[14:10]};
      patch_add  = patch_value_q[63:32];
      patch_rest = {patch_pending_q[2], 2'b00};
    end else begin
      patch_now  = {patches[29], patches[24:20]};
      patch_add  = patch_value_q[95:64];
      patch_rest = 3'b000;
    end
    patch_word = patch_now[4:1];
    patch_old  = instr_q[32*patch_word+:32];
    if (patch_now[5]) patch_sum = patch_old + patch_add;
    else if (patch_now[0]) patch_sum = {patch_old[31:16] + patch_add[15:0], patch_old[15:0]};
    else patch_sum = {patch_old[31:16], patch_old[15:0] + patch_add[15:0]};
  end

  // --- the word's window ----------------------------------------------------------------------------
  logic word_ok;
  heddle_window_check i_window (
      .windows_base_i(windows_base_i), .windows_size_i(windows_size_i), .addr_i(address_q),
      .bytes_i(32'd4), .write_i(1'b0), .ok_o(word_ok));

  assign rd_req_valid_o = state_q == WORD_REQUEST;
  assign rd_req_addr_o = {address_q[47:Log2Bus], {Log2Bus{1'b0}}};
  assign idle_o = (state_q != WORD_REQUEST) & (state_q != WORD_RESPONSE);

  // --- what the others see --------------------------------------------------------------------------
  logic simple, take;
  // An instruction that ends in its execute cycle: the next quad is taken in the same cycle.
  assign simple = (is_result & ~is_branch) | (opcode == heddle_isa_pkg::OP_SIGNAL);
  assign take = (state_q == FETCH) | (state_q == PRODUCT) | ((state_q == EXECUTE) & simple);
  assign quad_ready_o = take | (state_q == TILE);
  assign redirect_o = (state_q == REDIRECT) & taken_q;
  assign redirect_pc_o = immediate;
  assign instr_o = instr_q;
  assign base_o = base_q;
  assign pc_o = pc_q;
  for (genvar u = 0; u < 4; u++) begin : gen_push
    assign push_o[u] = (state_q == DISPATCH) & (tile_unit == u) & ~full_i[u] & ~stop_i;
  end
  assign wait_valid_o = (state_q == WAIT) & ~stop_i;
  assign wait_mask_o = instr_q[32+:16];
  assign signal_valid_o = (state_q == EXECUTE) & (opcode == heddle_isa_pkg::OP_SIGNAL) & ~stop_i;
  assign signal_mask_o = instr_q[48+:16];
  assign halted_o = (state_q == HALT) & units_idle_i;
  assign error_o = state_q == FAULT;
  assign error_status_o = status_q;
  assign executed_o = ~stop_i & (((state_q == EXECUTE) & simple) | (state_q == PRODUCT) |
                                 (state_q == REDIRECT) | writes_word |
                                 ((state_q == WAIT) & wait_grant_i) |
                                 ((state_q == FENCE) & units_idle_i) | halted_o);
  assign fetch_stall_o = ((state_q == FETCH) | (state_q == TILE)) & ~quad_valid_i;
  assign waiting_o = (state_q == WAIT) | (state_q == FENCE) | (state_q == HALT) | (state_q == DISPATCH) |
                     (state_q == WORD_REQUEST) | (state_q == WORD_RESPONSE);

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      READ: begin
        a_q <= value_a;
        if (opcode == heddle_isa_pkg::OP_LOOP) b_q <= 48'd1;
        else if (opcode == heddle_isa_pkg::OP_LOAD_WORD || (use_immediate && !is_branch)) b_q <= immediate;
        else b_q <= value_b;
        quad_q <= 2'd1;
        patch_pending_q <= patch_wanted;
        status_q <= heddle_isa_pkg::STATUS_ILLEGAL;
        if (instr_q[15:8] != 8'd0 || !is_known) state_q <= FAULT;
        else if (is_tile) state_q <= TILE;
        else if (opcode == heddle_isa_pkg::OP_MUL) state_q <= MULTIPLY;
        else if (opcode == heddle_isa_pkg::OP_WAIT) state_q <= WAIT;
        else if (opcode == heddle_isa_pkg::OP_FENCE) state_q <= FENCE;
        else if (opcode == heddle_isa_pkg::OP_HALT) state_q <= HALT;
        else if (opcode == heddle_isa_pkg::OP_ARGUMENT && immediate[47:4] != 44'd0) state_q <= FAULT;
        else state_q <= EXECUTE;
      end
      EXECUTE: begin
        address_q <= result;
        taken_q <= taken;
        if (is_branch) state_q <= REDIRECT;
        else if (opcode == heddle_isa_pkg::OP_LOAD_WORD) state_q <= WORD_CHECK;
      end
      MULTIPLY: begin
        product_ll_q <= a_q[15:0] * b_q[15:0];
        product_lh_q <= a_q[15:0] * b_q[31:16];
        product_hl_q <= a_q[31:16] * b_q[15:0];
        product_hh_q <= a_q[31:16] * b_q[31:16];
        state_q <= PRODUCT;
      end
      REDIRECT: state_q <= FETCH;
      WORD_CHECK: begin
        status_q <= (address_q[1:0] != 2'd0) ? heddle_isa_pkg::STATUS_ILLEGAL
                                             : heddle_isa_pkg::STATUS_WINDOW;
        state_q <= (address_q[1:0] == 2'd0 && word_ok) ? WORD_REQUEST : FAULT;
      end
      WORD_REQUEST: if (rd_req_ready_i) state_q <= WORD_RESPONSE;
      WORD_RESPONSE: begin
        status_q <= heddle_isa_pkg::STATUS_BUS;
        if (rd_valid_i) begin
          if (stop_i) state_q <= STOPPED;
          else state_q <= rd_error_i ? FAULT : FETCH;
        end
      end
      WAIT: if (wait_grant_i) state_q <= FETCH;
      FENCE: if (units_idle_i) state_q <= FETCH;
      TILE: begin
        if (quad_valid_i) begin
          instr_q[128*quad_q+:128] <= quad_i;
          quad_q <= quad_q + 2'd1;
          if (quad_q == 2'd3) begin
            if (patches_refused) state_q <= FAULT;
            else state_q <= (|patch_pending_q) ? PATCH : BASE;
          end
          if (quad_status_i != heddle_isa_pkg::STATUS_OK) begin
            status_q <= quad_status_i;
            state_q  <= FAULT;
          end
        end
        if (quad_q == 2'd1) patch_value_q[31:0] <= value_a[31:0];
        if (quad_q == 2'd2) patch_value_q[63:32] <= value_a[31:0];
        if (quad_q == 2'd3) patch_value_q[95:64] <= value_a[31:0];
      end
      PATCH: begin
        instr_q[32*patch_word+:32] <= patch_sum;
        patch_pending_q <= patch_rest;
        if (patch_rest == 3'b000) state_q <= BASE;
      end
      BASE: begin
        base_q  <= value_a;
        state_q <= DISPATCH;
      end
      DISPATCH: if (!full_i[tile_unit]) state_q <= FETCH;
      FAULT: state_q <= STOPPED;
      default: ;
    endcase

    if (take) begin
      if (quad_valid_i) begin
        instr_q[127:0] <= quad_i;
        pc_q <= quad_pc_i;
        status_q <= quad_status_i;
        state_q <= (quad_status_i != heddle_isa_pkg::STATUS_OK) ? FAULT : READ;
      end else begin
        state_q <= FETCH;
      end
    end
    if (stop_i && state_q != WORD_REQUEST && state_q != WORD_RESPONSE) state_q <= STOPPED;
    if (clear_i) begin
      state_q <= FETCH;
      pc_q <= 48'd0;
    end
    if (rst_i) state_q <= STOPPED;
  end
endmodule
