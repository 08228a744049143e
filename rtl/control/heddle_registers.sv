// The register map of isa/registers.hpp on AXI4-Lite, in the ap_ctrl layout.
//
// One write and one read at a time, each answered OKAY; write address and data may come in either order.
// start_o is high from the write of the start bit until done_i. done and ready clear when the control
// register is read, and at the next start. While start_o is high, writes to arguments are ignored; beyond
// the arguments they always are. What is not a register, and what is not aligned, reads as zero. Reads of a
// counter wait while counter_busy_i is high.
module heddle_registers (
    input  logic            clk_i,
    input  logic            rst_i,
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
    // The run.
    output logic            start_o,
    input  logic            running_i,
    input  logic            done_i,
    input  logic [31:0]     status_i,
    input  logic [47:0]     pc_i,
    output logic [4:0]      counter_index_o,
    input  logic [63:0]     counter_i,
    input  logic            counter_busy_i,
    // Arguments.
    output logic [63:0]     program_o,
    output logic [63:0]     record_o,
    output logic [63:0]     watchdog_o,
    output logic [4*64-1:0] windows_base_o,
    output logic [4*64-1:0] windows_size_o,
    input  logic [3:0]      argument_index_i,
    output logic [47:0]     argument_o
);
  localparam int EndWord = 32'(heddle_isa_pkg::REGISTER_ARGUMENT_END) / 4;
  localparam int WindowWord = 32'(heddle_isa_pkg::REGISTER_WINDOW) / 4;
  localparam int ArgumentBit = 8 * 32'(heddle_isa_pkg::REGISTER_ARGUMENT);

  // The arguments as they lie in the map; words that are no argument stay zero.
  logic [32*EndWord-1:0] words_q;

  // --- write channel ---------------------------------------------------------------------------------
  logic address_held_q, data_held_q, response_q;
  logic [11:0] address_q;
  logic [31:0] data_q;
  logic [3:0] strobe_q;
  logic write, write_control, write_interrupt;

  assign s_axi_awready = ~address_held_q;
  assign s_axi_wready = ~data_held_q;
  assign s_axi_bvalid = response_q;
  assign s_axi_bresp = 2'b00;
  assign write = address_held_q & data_held_q & ~response_q;
  assign write_control = write & (address_q == heddle_isa_pkg::REGISTER_CONTROL) & strobe_q[0];
  assign write_interrupt = write & (address_q[11:4] == 8'd0) & strobe_q[0];

  always_ff @(posedge clk_i) begin
    if (s_axi_awvalid && !address_held_q) address_q <= s_axi_awaddr;
    if (s_axi_wvalid && !data_held_q) begin
      data_q   <= s_axi_wdata;
      strobe_q <= s_axi_wstrb;
    end
    if (rst_i) begin
      address_held_q <= 1'b0;
      data_held_q <= 1'b0;
      response_q <= 1'b0;
    end else begin
      address_held_q <= (address_held_q | s_axi_awvalid) & ~write;
      data_held_q <= (data_held_q | s_axi_wvalid) & ~write;
      response_q <= write | (response_q & ~s_axi_bready);
    end
  end

  // --- arguments -------------------------------------------------------------------------------------
  logic write_argument;
  // Program, record and watchdog lie before the gap, windows and arguments after it.
  assign write_argument = write & ~start_o & (address_q[1:0] == 2'd0) &
                          (address_q >= heddle_isa_pkg::REGISTER_PROGRAM) &
                          (address_q < heddle_isa_pkg::REGISTER_ARGUMENT_END) &
                          ((address_q < heddle_isa_pkg::REGISTER_WATCHDOG + 12'd8) |
                           (address_q >= heddle_isa_pkg::REGISTER_WINDOW));
  // They change while the host writes and at no other time: everything that looks at them rests with them.
  logic arguments_clk;
  heddle_clock_gate i_arguments_clock (
      .clk_i(clk_i), .enable_i(rst_i | address_held_q), .clk_o(arguments_clk));

  always_ff @(posedge arguments_clk) begin
    if (rst_i) begin
      words_q <= '0;
    end else if (write_argument) begin
      if (strobe_q[0]) words_q[32*address_q[7:2]+:8] <= data_q[7:0];
      if (strobe_q[1]) words_q[32*address_q[7:2]+8+:8] <= data_q[15:8];
      if (strobe_q[2]) words_q[32*address_q[7:2]+16+:8] <= data_q[23:16];
      if (strobe_q[3]) words_q[32*address_q[7:2]+24+:8] <= data_q[31:24];
    end
  end

  assign program_o = words_q[8*heddle_isa_pkg::REGISTER_PROGRAM+:64];
  assign record_o = words_q[8*heddle_isa_pkg::REGISTER_RECORD+:64];
  assign watchdog_o = words_q[8*heddle_isa_pkg::REGISTER_WATCHDOG+:64];
  for (genvar i = 0; i < heddle_isa_pkg::WINDOWS; i++) begin : gen_window
    assign windows_base_o[64*i+:64] = words_q[32*WindowWord+128*i+:64];
    assign windows_size_o[64*i+:64] = words_q[32*WindowWord+128*i+64+:64];
  end
  assign argument_o = words_q[ArgumentBit+64*argument_index_i+:48];

  // --- control and interrupt -------------------------------------------------------------------------
  logic start_q, done_q, ready_q, interrupt_q;
  logic global_enable_q;
  logic [1:0] enable_q, pending_q;  // bit 0 done, bit 1 ready
  logic begin_run, read_control;

  assign begin_run = write_control & data_q[0] & ~start_q;
  assign start_o = start_q;
  assign interrupt_o = interrupt_q;

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      start_q <= 1'b0;
      done_q <= 1'b0;
      ready_q <= 1'b0;
      global_enable_q <= 1'b0;
      enable_q <= 2'b00;
      pending_q <= 2'b00;
      interrupt_q <= 1'b0;
    end else begin
      start_q <= (start_q | begin_run) & ~done_i;
      done_q <= done_i | (done_q & ~read_control & ~begin_run);
      ready_q <= done_i | (ready_q & ~read_control & ~begin_run);
      if (write_interrupt && address_q[3:0] == 4'h4) global_enable_q <= data_q[0];
      if (write_interrupt && address_q[3:0] == 4'h8) enable_q <= data_q[1:0];
      // Writing a one toggles; an event in the same cycle wins.
      if (write_interrupt && address_q[3:0] == 4'hC)
        pending_q <= (pending_q ^ data_q[1:0]) | ({2{done_i}} & enable_q);
      else pending_q <= pending_q | ({2{done_i}} & enable_q);
      interrupt_q <= global_enable_q & (|pending_q);
    end
  end

  // --- read channel ----------------------------------------------------------------------------------
  logic read_held_q, read_valid_q;
  logic [11:0] read_address_q;
  logic [31:0] read_data_q;
  logic is_counter, read;

  assign is_counter = (read_address_q >= heddle_isa_pkg::REGISTER_COUNTERS) &
                      (read_address_q < heddle_isa_pkg::REGISTER_END);
  assign counter_index_o = read_address_q[7:3];
  assign read = read_held_q & ~read_valid_q & ~(is_counter & counter_busy_i);
  assign read_control = read & (read_address_q == heddle_isa_pkg::REGISTER_CONTROL);
  assign s_axi_arready = ~read_held_q;
  assign s_axi_rvalid = read_valid_q;
  assign s_axi_rdata = read_data_q;
  assign s_axi_rresp = 2'b00;

  always_ff @(posedge clk_i) begin
    if (s_axi_arvalid && !read_held_q) read_address_q <= s_axi_araddr;
    if (read) begin
      read_data_q <= 32'd0;
      if (read_address_q[1:0] != 2'd0) begin
        read_data_q <= 32'd0;
      end else if (read_address_q < heddle_isa_pkg::REGISTER_ARGUMENT_END) begin
        case (read_address_q)
          heddle_isa_pkg::REGISTER_CONTROL:
            read_data_q <= {28'd0, ready_q, ~start_q & ~running_i, done_q, start_q};
          heddle_isa_pkg::REGISTER_GLOBAL_INTERRUPT: read_data_q <= {31'd0, global_enable_q};
          heddle_isa_pkg::REGISTER_INTERRUPT_ENABLE: read_data_q <= {30'd0, enable_q};
          heddle_isa_pkg::REGISTER_INTERRUPT_STATUS: read_data_q <= {30'd0, pending_q};
          default: read_data_q <= words_q[32*read_address_q[7:2]+:32];
        endcase
      end else if (is_counter) begin
        // The index names 32 counters, 0x200 to 0x2FF; what follows is none.
        if (!read_address_q[8]) read_data_q <= read_address_q[2] ? counter_i[63:32] : counter_i[31:0];
      end else begin
        case (read_address_q)
          heddle_isa_pkg::REGISTER_MAGIC: read_data_q <= heddle_isa_pkg::DEVICE_MAGIC;
          heddle_isa_pkg::REGISTER_VERSION: read_data_q <= heddle_isa_pkg::ISA_VERSION;
          heddle_isa_pkg::REGISTER_CONFIG_HASH: read_data_q <= heddle_config_pkg::CONFIG_HASH[31:0];
          heddle_isa_pkg::REGISTER_CONFIG_HASH + 12'd4: read_data_q <= heddle_config_pkg::CONFIG_HASH[63:32];
          heddle_isa_pkg::REGISTER_STATUS: read_data_q <= status_i;
          heddle_isa_pkg::REGISTER_PC: read_data_q <= pc_i[31:0];
          heddle_isa_pkg::REGISTER_PC + 12'd4: read_data_q <= {16'd0, pc_i[47:32]};
          default: read_data_q <= 32'd0;
        endcase
      end
    end
    if (rst_i) begin
      read_held_q  <= 1'b0;
      read_valid_q <= 1'b0;
    end else begin
      read_held_q  <= (read_held_q | s_axi_arvalid) & ~(read_valid_q & s_axi_rready);
      read_valid_q <= read | (read_valid_q & ~s_axi_rready);
    end
  end
endmodule
