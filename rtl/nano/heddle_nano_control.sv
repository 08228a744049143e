// Runs a program from START to done: header, instructions one after the other, completion record.
//
// There is no scalar unit and there are no tokens (isa/config.hpp, parts): HALT, FENCE and the tile
// instructions without patches and masks are executed, everything else is refused. All state that the host
// sees lies in the register block and in the record.
module heddle_nano_control (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        start_i,
    output logic        running_o,
    // Device memory, read and written; data a cycle after the address.
    output logic        memory_valid_o,
    output logic        memory_write_o,
    output logic [13:0] memory_address_o,
    output logic [31:0] memory_wdata_o,
    input  logic [31:0] memory_data_i,
    // Registers.
    output logic        register_write_o,
    output logic [7:0]  register_address_o,
    output logic [31:0] register_wdata_o,
    input  logic [31:0] register_data_i,
    // Windows.
    output logic        check_o,
    output logic [31:0] check_addr_o,
    output logic        check_beyond_o,
    output logic [31:0] check_bytes_o,
    output logic        check_write_o,
    input  logic        checked_i,
    input  logic        allowed_i,
    input  logic        present_i,
    // The units: words of an instruction, then the start of one of them.
    output logic        field_valid_o,
    output logic [3:0]  field_index_o,
    output logic [31:0] field_o,
    output logic        dma_start_o,
    output logic        store_o,
    output logic        matrix_start_o,
    output logic        unit_reset_o,
    input  logic        dma_done_i,
    input  logic [2:0]  dma_status_i,
    input  logic [31:0] dma_moved_i,
    input  logic        matrix_done_i,
    input  logic        matrix_illegal_i,
    input  logic [27:0] matrix_rows_i
);
  localparam logic [2:0] Ok = 3'(heddle_isa_pkg::STATUS_OK), Window = 3'(heddle_isa_pkg::STATUS_WINDOW);
  localparam logic [2:0] Bus = 3'(heddle_isa_pkg::STATUS_BUS), Illegal = 3'(heddle_isa_pkg::STATUS_ILLEGAL);
  localparam logic [2:0] Version = 3'(heddle_isa_pkg::STATUS_VERSION);
  localparam logic [2:0] Config = 3'(heddle_isa_pkg::STATUS_CONFIG);
  localparam logic [2:0] Watchdog = 3'(heddle_isa_pkg::STATUS_WATCHDOG);

  // Words of the register map.
  localparam logic [7:0] Program = 8'h04, Record = 8'h06, Limit = 8'h08;
  localparam logic [7:0] Status = 8'h64, Pc = 8'h66, Counters = 8'h80;
  localparam logic [5:0] CounterWords = 6'(2 * heddle_isa_pkg::COUNTERS);

  typedef enum logic [4:0] {
    IDLE, CLEAR, ARGUMENTS, HEADER_CHECK, HEADER_JUDGE, HEADER, FETCH, FETCH_JUDGE, QUAD, OPCODE, TILE_CHECK,
    TILE_JUDGE, FIELDS, START, EXECUTE, COUNT, COUNT_LOW, COUNT_HIGH, COUNTED, REPORT, RECORD, RECORD_CHECK,
    RECORD_JUDGE, RECORD_COPY
  } state_e;
  state_e state_q;

  logic [5:0]  step_q;      // within a state; data of step i comes with step i + 1
  logic [31:0] address_q;   // of the header, then of the next quad, then of the record
  logic        beyond_q;    // the address does not fit 32 bits
  logic [31:0] limit_q, idle_q;
  logic [47:0] cycles_q;
  logic [31:0] quads_left_q;
  logic [15:0] pc_q;
  logic [2:0]  status_q;
  logic        foreign_q;   // a word of the header is not ours
  logic [1:0]  unit_q;      // of the tile instruction
  logic        bad_q;       // an instruction's word that this machine has no part for
  logic [3:0]  counter_q;   // which counter COUNT adds to
  logic [31:0] amount_q;
  logic        second_q;    // bytes or multiply-accumulates are counted too
  logic        carry_q, hang;
  logic [31:0] low;

  assign running_o = state_q != IDLE;
  assign hang = (limit_q != 32'd0) & (idle_q >= limit_q);

  // Device memory: header, quads and record.
  logic reads;
  logic [13:0] offset;
  assign reads = ((state_q == HEADER) & (step_q < 6'd5)) | (state_q == QUAD) |
                 ((state_q == FIELDS) & (step_q < 6'd16));
  assign memory_write_o   = (state_q == RECORD_COPY) & (step_q != 6'd0 | second_q);
  assign memory_valid_o   = reads | memory_write_o;
  assign offset           = (state_q == QUAD) ? 14'd0 : {8'd0, step_q};
  // The record's words are written a step after the registers were read.
  assign memory_address_o = reads ? address_q[15:2] + offset :
                            memory_write_o ? address_q[15:2] + {8'd0, step_q} - 14'd1 + {7'd0, second_q & (step_q == 6'd0), 6'd0} :
                            14'd0;
  always_comb begin
    memory_wdata_o = 32'd0;
    if (memory_write_o) begin
      case (step_q)
        6'd1: memory_wdata_o = heddle_isa_pkg::RECORD_MAGIC;
        6'd2: memory_wdata_o = {29'd0, status_q};
        6'd3: memory_wdata_o = {16'd0, pc_q};
        6'd4: memory_wdata_o = 32'd0;
        default: memory_wdata_o = register_data_i;
      endcase
    end
  end

  // Registers.
  assign low = register_data_i + amount_q;
  always_comb begin
    register_write_o   = 1'b0;
    register_address_o = 8'd0;
    register_wdata_o   = 32'd0;
    case (state_q)
      CLEAR: begin
        register_write_o   = 1'b1;
        register_address_o = Counters + {2'd0, step_q};
      end
      ARGUMENTS: register_address_o = (step_q[1:0] == 2'd2) ? Limit : Program + {6'd0, step_q[1:0]};
      COUNT: register_address_o = Counters + {3'd0, counter_q, 1'b0};
      COUNT_LOW: begin
        register_write_o   = 1'b1;
        register_address_o = Counters + {3'd0, counter_q, 1'b0};
        register_wdata_o   = low;
      end
      COUNT_HIGH: register_address_o = Counters + {3'd0, counter_q, 1'b1};
      COUNTED: begin
        register_write_o   = 1'b1;
        register_address_o = Counters + {3'd0, counter_q, 1'b1};
        register_wdata_o   = register_data_i + {31'd0, carry_q};
      end
      REPORT: begin
        register_write_o = 1'b1;
        case (step_q[2:0])
          3'd0: begin
            register_address_o = Counters;
            register_wdata_o   = cycles_q[31:0];
          end
          3'd1: begin
            register_address_o = Counters + 8'd1;
            register_wdata_o   = {16'd0, cycles_q[47:32]};
          end
          3'd2: begin
            register_address_o = Pc;
            register_wdata_o   = {16'd0, pc_q};
          end
          default: begin
            register_address_o = Status;
            register_wdata_o   = {29'd0, status_q};
          end
        endcase
      end
      RECORD: register_address_o = Record + {7'd0, step_q[0]};
      RECORD_COPY: register_address_o = Counters + {2'd0, step_q} - 8'd4;
      default: ;
    endcase
  end

  assign check_o        = (state_q == HEADER_CHECK) | ((state_q == FETCH) & (quads_left_q != 32'd0)) |
                          (state_q == TILE_CHECK) | (state_q == RECORD_CHECK);
  logic checking;
  assign checking = check_o | (state_q == HEADER_JUDGE) | (state_q == FETCH_JUDGE) | (state_q == TILE_JUDGE) |
                    (state_q == RECORD_JUDGE);
  assign check_write_o  = (state_q == RECORD_CHECK) | (state_q == RECORD_JUDGE);
  assign check_addr_o   = checking ? address_q : 32'd0;
  assign check_beyond_o = checking & beyond_q;
  always_comb begin
    check_bytes_o = 32'd0;
    if (check_write_o) check_bytes_o = 32'd256;
    else if (state_q == FETCH || state_q == FETCH_JUDGE) check_bytes_o = 32'd16;
    else if (checking) check_bytes_o = 32'd64;
  end

  logic [15:0] word_low;
  assign word_low = memory_data_i[15:0];
  logic [3:0] field_step;
  assign field_step     = 4'(step_q - 6'd1);
  assign field_valid_o  = (state_q == FIELDS) & (step_q != 6'd0);
  assign field_index_o  = field_step;
  assign field_o        = memory_data_i;
  assign dma_start_o    = (state_q == START) & ~bad_q & ~unit_q[1];
  assign matrix_start_o = (state_q == START) & ~bad_q & (unit_q == 2'd2);
  assign store_o        = unit_q[0];
  assign unit_reset_o   = (state_q == EXECUTE) & hang;

  // Past the header or the instruction. Both lie in memory, so that 17 bits hold the end.
  logic [2:0]  quads;
  logic [15:0] next_pc;
  logic [16:0] next_address;
  assign quads        = (state_q != HEADER && counter_q == 4'(heddle_isa_pkg::COUNTER_SCALAR_INSTRUCTIONS)) ? 3'd1 : 3'd4;
  assign next_pc      = pc_q + {13'd0, quads};
  assign next_address = address_q[16:0] + {10'd0, quads, 4'd0};

  logic       finished;
  logic [2:0] outcome;
  assign finished = unit_q[1] ? matrix_done_i : dma_done_i;
  assign outcome  = unit_q[1] ? (matrix_illegal_i ? Illegal : Ok) : dma_status_i;

  always_ff @(posedge clk_i) begin
    cycles_q <= cycles_q + 48'd1;
    idle_q   <= idle_q + 32'd1;
    step_q   <= step_q + 6'd1;
    case (state_q)
      IDLE: begin
        step_q   <= 6'd0;
        cycles_q <= 48'd0;
        idle_q   <= 32'd0;
        pc_q     <= 16'd0;
        status_q <= Ok;
        beyond_q <= 1'b0;
        if (start_i) state_q <= CLEAR;
      end
      CLEAR: begin
        if (step_q == CounterWords - 6'd1) begin
          step_q  <= 6'd0;
          state_q <= ARGUMENTS;
        end
      end
      ARGUMENTS: begin
        if (step_q == 6'd1) address_q <= register_data_i;
        if (step_q == 6'd2) beyond_q <= |register_data_i;
        if (step_q == 6'd3) begin
          limit_q  <= register_data_i;
          status_q <= Illegal;
          state_q  <= (|address_q[5:0]) ? REPORT : HEADER_CHECK;
          step_q   <= 6'd0;
        end
      end
      HEADER_CHECK: state_q <= HEADER_JUDGE;
      HEADER_JUDGE: begin
        step_q    <= 6'd0;
        foreign_q <= 1'b0;
        status_q  <= ~allowed_i ? Window : ~present_i ? Bus : Version;
        if (checked_i) state_q <= (allowed_i & present_i) ? HEADER : REPORT;
      end
      HEADER: begin  // step i + 1 sees word i
        case (step_q)
          6'd1: foreign_q <= memory_data_i != heddle_isa_pkg::PROGRAM_MAGIC;
          6'd2: begin
            foreign_q <= 1'b0;
            if (foreign_q || memory_data_i != heddle_isa_pkg::ISA_VERSION) begin
              step_q  <= 6'd0;
              state_q <= REPORT;
            end
          end
          6'd3: begin
            status_q  <= Config;
            foreign_q <= memory_data_i != heddle_config_pkg::CONFIG_HASH[31:0];
          end
          6'd4: foreign_q <= foreign_q | (memory_data_i != heddle_config_pkg::CONFIG_HASH[63:32]);
          6'd5: begin
            step_q          <= 6'd0;
            quads_left_q    <= memory_data_i;
            address_q[16:0] <= next_address;
            state_q         <= foreign_q ? REPORT : FETCH;
          end
          default: ;
        endcase
      end
      FETCH: begin
        step_q   <= 6'd0;
        status_q <= Illegal;
        state_q  <= (quads_left_q == 32'd0) ? REPORT : FETCH_JUDGE;
      end
      FETCH_JUDGE: begin
        step_q   <= 6'd0;
        status_q <= ~allowed_i ? Window : Bus;
        if (checked_i) state_q <= (allowed_i & present_i) ? QUAD : REPORT;
      end
      QUAD: begin
        status_q <= Illegal;
        state_q  <= OPCODE;
      end
      OPCODE: begin
        step_q    <= 6'd0;
        unit_q    <= memory_data_i[1:0];
        counter_q <= 4'(heddle_isa_pkg::COUNTER_SCALAR_INSTRUCTIONS);
        amount_q  <= 32'd1;
        second_q  <= 1'b0;
        state_q   <= REPORT;
        if (word_low == {8'd0, heddle_isa_pkg::OP_HALT}) begin
          status_q <= Ok;
          state_q  <= COUNT;
        end else if (word_low == {8'd0, heddle_isa_pkg::OP_FENCE}) begin
          bad_q   <= 1'b0;
          state_q <= COUNT;
        end else if (word_low[15:2] == {8'd0, heddle_isa_pkg::OP_LOAD[7:2]} && quads_left_q >= 32'd4) begin
          state_q <= TILE_CHECK;
        end
      end
      TILE_CHECK: state_q <= TILE_JUDGE;
      TILE_JUDGE: begin
        step_q   <= 6'd0;
        bad_q    <= unit_q == 2'd3;  // VECTOR
        status_q <= ~allowed_i ? Window : Bus;
        if (checked_i) state_q <= (allowed_i & present_i) ? FIELDS : REPORT;
      end
      FIELDS: begin  // masks and patches need the scalar unit and the tokens
        if ((step_q == 6'd2 || step_q == 6'd3) && memory_data_i != 32'd0) bad_q <= 1'b1;
        if (step_q == 6'd16) state_q <= START;
      end
      START: begin
        step_q   <= 6'd0;
        status_q <= Illegal;
        state_q  <= bad_q ? REPORT : EXECUTE;
      end
      EXECUTE: begin
        step_q    <= 6'd0;
        counter_q <= 4'(heddle_isa_pkg::COUNTER_LOAD_INSTRUCTIONS) + {2'd0, unit_q};
        amount_q  <= 32'd1;
        second_q  <= 1'b1;
        status_q  <= hang ? Watchdog : outcome;
        if (hang) state_q <= REPORT;
        else if (finished) state_q <= (outcome == Ok) ? COUNT : REPORT;
      end
      COUNT: state_q <= COUNT_LOW;
      COUNT_LOW: begin
        carry_q <= low < amount_q;
        state_q <= COUNT_HIGH;
      end
      COUNT_HIGH: state_q <= COUNTED;
      COUNTED: begin
        step_q    <= 6'd0;
        second_q  <= 1'b0;
        counter_q <= 4'(heddle_isa_pkg::COUNTER_LOAD_BYTES) + {2'd0, unit_q};
        amount_q  <= unit_q[1] ? {matrix_rows_i, 4'd0} : dma_moved_i;
        idle_q    <= 32'd0;
        if (second_q) begin
          state_q <= COUNT;
        end else if (counter_q == 4'(heddle_isa_pkg::COUNTER_SCALAR_INSTRUCTIONS)) begin
          pc_q    <= (status_q == Ok) ? pc_q : next_pc;
          state_q <= (status_q == Ok) ? REPORT : FETCH;
        end else begin
          pc_q    <= next_pc;
          state_q <= FETCH;
        end
        if (!second_q) begin
          quads_left_q    <= quads_left_q - {29'd0, quads};
          address_q[16:0] <= next_address;
        end
      end
      REPORT: begin
        second_q <= 1'b0;
        if (step_q[2:0] == 3'd3) begin
          step_q  <= 6'd0;
          state_q <= RECORD;
        end
      end
      RECORD: begin
        if (step_q == 6'd1) address_q <= register_data_i;
        if (step_q == 6'd2) begin
          beyond_q <= |register_data_i;
          step_q   <= 6'd0;
          state_q  <= (|address_q[5:0]) ? IDLE : RECORD_CHECK;
        end
      end
      RECORD_CHECK: state_q <= RECORD_JUDGE;
      RECORD_JUDGE: begin
        step_q <= 6'd0;
        if (checked_i) state_q <= (allowed_i & present_i) ? RECORD_COPY : IDLE;
      end
      default: begin  // RECORD_COPY
        if (step_q == 6'd63) second_q <= 1'b1;
        if (second_q) state_q <= IDLE;
      end
    endcase
    if (rst_i) state_q <= IDLE;
  end
endmodule
