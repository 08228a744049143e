// Generated from isa/ by heddle_generate; do not edit. The contract as SystemVerilog constants.
/* verilator lint_off UNUSEDPARAM */
package heddle_isa_pkg;

  // Version
  localparam logic [31:0] ISA_VERSION = 32'h2;
  localparam logic [31:0] DEVICE_MAGIC = 32'h314C4448;
  localparam logic [31:0] PROGRAM_MAGIC = 32'h50444C48;
  localparam logic [31:0] RECORD_MAGIC = 32'h52444C48;

  // Opcodes
  localparam logic [7:0] OP_HALT = 8'h0;
  localparam logic [7:0] OP_ADD = 8'h1;
  localparam logic [7:0] OP_SUB = 8'h2;
  localparam logic [7:0] OP_MUL = 8'h3;
  localparam logic [7:0] OP_SHL = 8'h4;
  localparam logic [7:0] OP_SHR = 8'h5;
  localparam logic [7:0] OP_AND = 8'h6;
  localparam logic [7:0] OP_MIN = 8'h7;
  localparam logic [7:0] OP_MAX = 8'h8;
  localparam logic [7:0] OP_ARGUMENT = 8'h9;
  localparam logic [7:0] OP_LOAD_WORD = 8'hA;
  localparam logic [7:0] OP_BRANCH_EQ = 8'hB;
  localparam logic [7:0] OP_BRANCH_NE = 8'hC;
  localparam logic [7:0] OP_BRANCH_LT = 8'hD;
  localparam logic [7:0] OP_BRANCH_GE = 8'hE;
  localparam logic [7:0] OP_LOOP = 8'hF;
  localparam logic [7:0] OP_WAIT = 8'h10;
  localparam logic [7:0] OP_SIGNAL = 8'h11;
  localparam logic [7:0] OP_FENCE = 8'h12;
  localparam logic [7:0] OP_LOAD = 8'h20;
  localparam logic [7:0] OP_STORE = 8'h21;
  localparam logic [7:0] OP_MATRIX = 8'h22;
  localparam logic [7:0] OP_VECTOR = 8'h23;
  localparam logic [7:0] OP_TOP_K = 8'h30;
  localparam logic [7:0] OP_ARGMAX = 8'h31;

  // Instruction shape
  localparam int QUAD_BYTES = 16;
  localparam int TILE_QUADS = 4;
  localparam int TILE_HALVES = 32;
  localparam int SEMAPHORES = 16;
  localparam int SCALAR_REGISTERS = 32;
  localparam int SCALAR_BITS = 48;
  localparam int ARGUMENTS = 16;
  localparam int PATCHES = 3;
  localparam logic [15:0] SCALAR_IMMEDIATE = 16'h8000;
  localparam int HALF_OPCODE = 0;
  localparam int HALF_TAG = 1;
  localparam int HALF_WAIT = 2;
  localparam int HALF_SIGNAL = 3;
  localparam int HALF_PATCHES = 4;
  localparam int HALF_FLAGS = 6;
  localparam int HALF_REGISTERS = 1;
  localparam int HALF_IMMEDIATE = 4;

  // Units
  localparam int UNIT_LOAD = 0;
  localparam int UNIT_STORE = 1;
  localparam int UNIT_MATRIX = 2;
  localparam int UNIT_VECTOR = 3;
  localparam int UNITS = 4;

  // Formats
  localparam logic [3:0] FORMAT_INT8 = 4'h0;
  localparam logic [3:0] FORMAT_FP32 = 4'h1;
  localparam logic [3:0] FORMAT_INT4 = 4'h2;
  localparam logic [3:0] FORMAT_FP8_E4_M3 = 4'h3;
  localparam logic [3:0] FORMAT_FP8_E5_M2 = 4'h4;
  localparam logic [3:0] FORMAT_BF16 = 4'h5;
  localparam logic [3:0] FORMAT_INT32 = 4'h6;

  // LOAD and STORE
  localparam int BUFFER_A = 0;
  localparam int BUFFER_W = 1;
  localparam int BUFFER_C = 2;
  localparam int BUFFER_V = 3;
  localparam int BUFFER_S = 4;
  localparam int BUFFERS = 5;
  localparam int DMA_ROWS = 7;
  localparam int DMA_ROW_BYTES = 8;
  localparam int DMA_MEM_OFFSET = 10;
  localparam int DMA_MEM_STRIDE = 12;
  localparam int DMA_LOCAL_ADDR = 14;
  localparam int DMA_LOCAL_STRIDE = 16;

  // MATRIX
  localparam int MATRIX_FIRST = 1;
  localparam int MATRIX_LAST = 2;
  localparam int MATRIX_TRANSPOSED = 4;
  localparam int MATRIX_FORMATS = 7;
  localparam int MATRIX_ROWS = 8;
  localparam int MATRIX_K_TILES = 9;
  localparam int MATRIX_N_TILES = 10;
  localparam int MATRIX_OUTER = 11;
  localparam int MATRIX_A_ADDR = 12;
  localparam int MATRIX_A_ROW_STRIDE = 13;
  localparam int MATRIX_A_BLOCK_STRIDE = 14;
  localparam int MATRIX_A_OUTER_STRIDE = 15;
  localparam int MATRIX_W_ADDR = 16;
  localparam int MATRIX_W_K_STRIDE = 17;
  localparam int MATRIX_W_N_STRIDE = 18;
  localparam int MATRIX_W_OUTER_STRIDE = 19;
  localparam int MATRIX_C_ADDR = 20;
  localparam int MATRIX_C_OUTER_STRIDE = 21;
  localparam int MATRIX_S_ADDR = 22;
  localparam int MATRIX_S_ROW_STRIDE = 23;
  localparam int MATRIX_S_OUTER_STRIDE = 24;
  localparam int MATRIX_D_ADDR = 25;
  localparam int MATRIX_D_ROW_STRIDE = 26;
  localparam int MATRIX_D_OUTER_STRIDE = 27;
  localparam int MATRIX_ACC_ADDR = 28;
  localparam int MATRIX_ACC_N_STRIDE = 29;
  localparam int MATRIX_GROUP = 30;

  // VECTOR
  localparam int SEL_NONE = 0;
  localparam int SEL_U = 1;
  localparam int SEL_S0 = 2;
  localparam int SEL_S1 = 3;
  localparam int SEL_IMM0 = 4;
  localparam int SEL_IMM1 = 5;
  localparam int COMBINE_ADD = 0;
  localparam int COMBINE_SUB = 1;
  localparam int COMBINE_MAX = 2;
  localparam int COMBINE_MIN = 3;
  localparam int FUNC_NONE = 0;
  localparam int FUNC_EXP = 1;
  localparam int FUNC_RECIPROCAL = 2;
  localparam int FUNC_RSQRT = 3;
  localparam int REDUCE_NONE = 0;
  localparam int REDUCE_SUM = 1;
  localparam int REDUCE_MAX = 2;
  localparam int REDUCE_ABS_MAX = 3;
  localparam int SPACE_V = 0;
  localparam int SPACE_S = 1;
  localparam int SPACE_A = 2;
  localparam int SPACE_CONST = 3;
  localparam int DEST_NONE = 0;
  localparam int DEST_V = 1;
  localparam int DEST_A = 2;
  localparam int DEST_S = 3;
  localparam int VECTOR_MASK_LIMIT = 7;
  localparam int VECTOR_SELECTS = 8;
  localparam int VECTOR_DEST = 9;
  localparam int VECTOR_COLUMNS = 10;
  localparam int VECTOR_ROWS = 11;
  localparam int VECTOR_OUTER = 12;
  localparam int VECTOR_A_ADDR = 13;
  localparam int VECTOR_A_ROW_STRIDE = 14;
  localparam int VECTOR_A_OUTER_STRIDE = 15;
  localparam int VECTOR_U_ADDR = 16;
  localparam int VECTOR_U_ROW_STRIDE = 17;
  localparam int VECTOR_U_OUTER_STRIDE = 18;
  localparam int VECTOR_S0_ADDR = 19;
  localparam int VECTOR_S1_ADDR = 20;
  localparam int VECTOR_RED_ADDR = 21;
  localparam int VECTOR_S_ROW_STRIDE = 22;
  localparam int VECTOR_S_OUTER_STRIDE = 23;
  localparam int VECTOR_D_ADDR = 24;
  localparam int VECTOR_D_ROW_STRIDE = 25;
  localparam int VECTOR_D_OUTER_STRIDE = 26;
  localparam int VECTOR_D_BLOCK_STRIDE = 27;
  localparam int VECTOR_IMM0 = 28;
  localparam int VECTOR_IMM1 = 30;

  // Numerics
  localparam logic [31:0] FP32_NAN = 32'h7FC00000;
  localparam logic [31:0] FP32_INFINITY = 32'h7F800000;
  localparam int REDUCTION_BLOCK = 256;
  localparam int TABLE_EXP = 0;
  localparam int TABLE_RECIPROCAL = 64;
  localparam int TABLE_RSQRT = 128;
  localparam logic [31:0] MASKED_SCORE = 32'hF149F2CA;

  // Status
  localparam logic [31:0] STATUS_OK = 32'h0;
  localparam logic [31:0] STATUS_VERSION = 32'h1;
  localparam logic [31:0] STATUS_CONFIG = 32'h2;
  localparam logic [31:0] STATUS_WINDOW = 32'h3;
  localparam logic [31:0] STATUS_BUS = 32'h4;
  localparam logic [31:0] STATUS_WATCHDOG = 32'h5;
  localparam logic [31:0] STATUS_ILLEGAL = 32'h6;
  localparam logic [31:0] STATUS_RUNNING = 32'hFFFFFFFF;

  // Registers
  localparam int WINDOWS = 4;
  localparam logic [11:0] REGISTER_CONTROL = 12'h0;
  localparam logic [11:0] REGISTER_GLOBAL_INTERRUPT = 12'h4;
  localparam logic [11:0] REGISTER_INTERRUPT_ENABLE = 12'h8;
  localparam logic [11:0] REGISTER_INTERRUPT_STATUS = 12'hC;
  localparam logic [11:0] REGISTER_PROGRAM = 12'h10;
  localparam logic [11:0] REGISTER_RECORD = 12'h18;
  localparam logic [11:0] REGISTER_WATCHDOG = 12'h20;
  localparam logic [11:0] REGISTER_WINDOW = 12'h40;
  localparam logic [11:0] REGISTER_ARGUMENT = 12'h80;
  localparam logic [11:0] REGISTER_ARGUMENT_END = 12'h100;
  localparam logic [11:0] REGISTER_MAGIC = 12'h180;
  localparam logic [11:0] REGISTER_VERSION = 12'h184;
  localparam logic [11:0] REGISTER_CONFIG_HASH = 12'h188;
  localparam logic [11:0] REGISTER_STATUS = 12'h190;
  localparam logic [11:0] REGISTER_PC = 12'h198;
  localparam logic [11:0] REGISTER_COUNTERS = 12'h200;
  localparam logic [11:0] REGISTER_END = 12'h400;

  // Banks
  localparam int VECTOR_BANKS = 4;
  localparam int ACTIVATION_BANKS = 2;
  localparam int SCALAR_BANKS = 2;
  localparam int BYTES_PER_WORD = 4;

  // Counters
  localparam int COUNTER_CYCLES = 0;
  localparam int COUNTER_SCALAR_INSTRUCTIONS = 1;
  localparam int COUNTER_LOAD_INSTRUCTIONS = 2;
  localparam int COUNTER_STORE_INSTRUCTIONS = 3;
  localparam int COUNTER_MATRIX_INSTRUCTIONS = 4;
  localparam int COUNTER_VECTOR_INSTRUCTIONS = 5;
  localparam int COUNTER_LOAD_BYTES = 6;
  localparam int COUNTER_STORE_BYTES = 7;
  localparam int COUNTER_MACS = 8;
  localparam int COUNTER_LOAD_BUSY = 9;
  localparam int COUNTER_LOAD_MEMORY = 10;
  localparam int COUNTER_LOAD_TOKEN = 11;
  localparam int COUNTER_LOAD_ISSUE = 12;
  localparam int COUNTER_STORE_BUSY = 13;
  localparam int COUNTER_STORE_MEMORY = 14;
  localparam int COUNTER_STORE_TOKEN = 15;
  localparam int COUNTER_STORE_ISSUE = 16;
  localparam int COUNTER_MATRIX_BUSY = 17;
  localparam int COUNTER_MATRIX_OPERAND = 18;
  localparam int COUNTER_MATRIX_TOKEN = 19;
  localparam int COUNTER_MATRIX_ISSUE = 20;
  localparam int COUNTER_VECTOR_BUSY = 21;
  localparam int COUNTER_VECTOR_OPERAND = 22;
  localparam int COUNTER_VECTOR_TOKEN = 23;
  localparam int COUNTER_VECTOR_ISSUE = 24;
  localparam int COUNTER_FETCH_STALL = 25;
  localparam int COUNTER_SCALAR_WAIT = 26;
  localparam int COUNTER_READ_BEATS = 27;
  localparam int COUNTER_WRITE_BEATS = 28;
  localparam int COUNTER_CACHE_READS = 29;
  localparam int COUNTERS = 30;

endpackage
/* verilator lint_on UNUSEDPARAM */
