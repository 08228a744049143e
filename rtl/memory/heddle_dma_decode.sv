// The fields of a LOAD or STORE, and whether they may execute. Combinational.
//
// refused_o: a reserved field is set, the buffer cannot be reached, or memory and buffer disagree modulo the
// bus. empty_o: there is nothing to move. address_o is the first row's in memory, local_bytes_o the size of
// the buffer.
module heddle_dma_decode #(
    parameter bit STORE = 1'b0
) (
    input  logic [511:0] instr_i,
    input  logic [ 47:0] base_i,
    output logic         refused_o,
    output logic         empty_o,
    output logic [  4:0] buffer_o,        // one bit each: A, W, C, V, S
    output logic [ 15:0] rows_o,
    output logic [ 31:0] row_bytes_o,
    output logic [ 47:0] address_o,
    output logic [ 31:0] mem_stride_o,
    output logic [ 31:0] local_addr_o,
    output logic [ 31:0] local_stride_o,
    output logic [ 31:0] local_bytes_o
);

  localparam int COLS = heddle_config_pkg::COLS;
  localparam int A_BYTES = heddle_config_pkg::A_BLOCKS * COLS;
  localparam int W_BYTES = heddle_config_pkg::W_WORDS * heddle_config_pkg::WEIGHT_ROWS * COLS;
  localparam int C_BYTES = heddle_config_pkg::C_BLOCKS * COLS * 4;
  localparam int V_BYTES = heddle_config_pkg::V_BLOCKS * COLS * 4;
  localparam int S_BYTES = heddle_config_pkg::S_WORDS * 4;
  localparam logic [31:0] BUS_MASK = 32'(heddle_config_pkg::BUS_BYTES - 1);

  logic [15:0] flags;
  assign flags          = instr_i[16*heddle_isa_pkg::HALF_FLAGS+:16];
  assign rows_o         = instr_i[16*heddle_isa_pkg::DMA_ROWS+:16];
  assign row_bytes_o    = instr_i[16*heddle_isa_pkg::DMA_ROW_BYTES+:32];
  assign address_o      = base_i + {16'd0, instr_i[16*heddle_isa_pkg::DMA_MEM_OFFSET+:32]};
  assign mem_stride_o   = instr_i[16*heddle_isa_pkg::DMA_MEM_STRIDE+:32];
  assign local_addr_o   = instr_i[16*heddle_isa_pkg::DMA_LOCAL_ADDR+:32];
  assign local_stride_o = instr_i[16*heddle_isa_pkg::DMA_LOCAL_STRIDE+:32];

  logic buffer_ok;
  always_comb begin
    buffer_ok     = 1'b1;
    buffer_o      = '0;
    local_bytes_o = '0;
    case (32'(flags[3:0]))
      heddle_isa_pkg::BUFFER_A: begin
        buffer_o      = 5'b00001;
        local_bytes_o = A_BYTES;
      end
      heddle_isa_pkg::BUFFER_W: begin
        buffer_o      = 5'b00010;
        local_bytes_o = W_BYTES;
        buffer_ok     = !STORE;
      end
      heddle_isa_pkg::BUFFER_C: begin
        buffer_o      = 5'b00100;
        local_bytes_o = C_BYTES;
        buffer_ok     = !STORE;
      end
      heddle_isa_pkg::BUFFER_V: begin
        buffer_o      = 5'b01000;
        local_bytes_o = V_BYTES;
      end
      heddle_isa_pkg::BUFFER_S: begin
        buffer_o      = 5'b10000;
        local_bytes_o = S_BYTES;
      end
      default: buffer_ok = 1'b0;
    endcase
  end

  logic reserved, rotated;
  assign reserved = flags[15:9] != '0 || instr_i[511:16*(heddle_isa_pkg::DMA_LOCAL_STRIDE+2)] != '0;
  assign rotated = ((address_o[31:0] ^ local_addr_o) & BUS_MASK) != '0 ||
                   (rows_o > 16'd1 && ((mem_stride_o ^ local_stride_o) & BUS_MASK) != '0);
  assign empty_o = rows_o == '0 || row_bytes_o == '0;
  assign refused_o = reserved || !buffer_ok || (!empty_o && rotated);

  // The base register's number was used before; opcode, tag, masks and patches are of no interest here.
  logic unused_instr;
  assign unused_instr = ^{flags[8:4], instr_i[16*heddle_isa_pkg::HALF_FLAGS-1:0]};

endmodule
