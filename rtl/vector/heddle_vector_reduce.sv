// Row reductions in the shape of isa/numerics/reduction.hpp, fed with up to LANES columns a cycle, never
// stalling. Neighbours meet in a tree: the first levels over the lanes of a step, the further ones over
// steps, each with a register for the value that waits for its neighbour, up to blocks of 256 columns,
// which heddle_vector_accumulate joins. The last value of a block whose neighbour is absent passes on.
//
// valid_i  a step with count_i columns, 1 to LANES; last_i marks the step that ends its row
// valid_o  the result of a row, in the order of rows
// A row no wider than 2^k leaves after k levels of 4 cycles each (sum) or one cycle each (maximum).
module heddle_vector_reduce (
    input  logic                                      clk_i,
    input  logic                                      rst_i,
    input  logic                                      maximum_i,
    input  logic [15:0]                               columns_i,
    input  logic                                      valid_i,
    input  logic                                      last_i,
    input  logic [heddle_config_pkg::LOG2_LANES:0]    count_i,
    input  logic [32*heddle_config_pkg::LANES-1:0]    values_i,
    output logic                                      valid_o,
    output logic [31:0]                               value_o
);
  localparam int LANES = heddle_config_pkg::LANES;
  localparam int SPATIAL = heddle_config_pkg::LOG2_LANES;
  localparam int LEVELS = 8;  // of a block of 256
  localparam int STEPS = 256 / LANES;
  localparam int STEP_BITS = STEPS > 1 ? $clog2(STEPS) : 1;

  // Where a block of 256 columns ends.
  logic block_end;
  if (STEPS > 1) begin : g_steps
    logic [STEP_BITS-1:0] step_q;
    always_ff @(posedge clk_i) begin
      if (rst_i) step_q <= '0;
      else if (valid_i) step_q <= last_i ? '0 : step_q + STEP_BITS'(1);
    end
    assign block_end = last_i || step_q == STEP_BITS'(STEPS - 1);
  end else begin : g_step
    assign block_end = 1'b1;
  end

  // The result of level k of the first pair, for k = 0 to LEVELS, and its flags.
  logic [32*(LEVELS+1)-1:0] level_value;
  logic [LEVELS:0]          level_valid, level_block_end, level_last;
  assign level_value[31:0] = values_i[31:0];
  assign level_valid[0] = valid_i;
  assign level_block_end[0] = block_end;
  assign level_last[0] = last_i;

  // Levels over the lanes. Level k has LANES >> k values, stored from value 2 * LANES - (2 * LANES >> k) on.
  logic [32*2*LANES-1:0]           tree;
  logic [(SPATIAL+1)*(SPATIAL+1)-1:0] counts;
  assign tree[32*LANES-1:0] = values_i;
  assign tree[32*(2*LANES-1)+:32] = 32'd0;
  assign counts[SPATIAL:0] = count_i;
  for (genvar k = 0; k < SPATIAL; k++) begin : g_spatial
    localparam int FROM = 2 * LANES - ((2 * LANES) >> k);
    localparam int TO = 2 * LANES - ((2 * LANES) >> (k + 1));
    logic [3:0]       sum_en;
    logic             maximum_en;
    logic [SPATIAL:0] count;
    assign count = counts[(SPATIAL+1)*k+:SPATIAL+1];
    heddle_vector_stages #(
        .STAGES(4),
        .SKIP  (1)
    ) i_stages (
        .clk_i    (clk_i),
        .rst_i    (rst_i),
        .use_i    (!maximum_i),
        .valid_i  (level_valid[k]),
        .en_o     (sum_en),
        .skip_en_o(maximum_en),
        .valid_o  (level_valid[k+1])
    );
    heddle_vector_beside #(
        .WIDTH(SPATIAL + 3)
    ) i_beside (
        .clk_i    (clk_i),
        .en_i     (sum_en),
        .skip_en_i(maximum_en),
        .skip_i   (maximum_i),
        .x_i      ({level_block_end[k], level_last[k], (count >> 1) + {{SPATIAL{1'b0}}, count[0]}}),
        .y_o      ({level_block_end[k+1], level_last[k+1], counts[(SPATIAL+1)*(k+1)+:SPATIAL+1]})
    );
    for (genvar i = 0; i < (LANES >> (k + 1)); i++) begin : g_node
      heddle_vector_reduce_node i_node (
          .clk_i       (clk_i),
          .sum_en_i    (sum_en),
          .maximum_en_i(maximum_en),
          .maximum_i   (maximum_i),
          .pass_i      (count < (SPATIAL + 1)'(2 * i + 2)),
          .a_i         (tree[32*(FROM+2*i)+:32]),
          .b_i         (tree[32*(FROM+2*i+1)+:32]),
          .y_o         (tree[32*(TO+i)+:32])
      );
    end
    assign level_value[32*(k+1)+:32] = tree[32*TO+:32];
  end

  // Levels over steps.
  for (genvar k = SPATIAL; k < LEVELS; k++) begin : g_temporal
    logic        held_q, meet, maximum_en;
    logic [31:0] held_value_q;
    logic [3:0]  sum_en;
    assign meet = level_valid[k] && (held_q || level_block_end[k]);
    always_ff @(posedge clk_i) begin
      if (rst_i) held_q <= 1'b0;
      else if (level_valid[k]) held_q <= !meet;
      if (level_valid[k] && !meet) held_value_q <= level_value[32*k+:32];
    end
    heddle_vector_stages #(
        .STAGES(4),
        .SKIP  (1)
    ) i_stages (
        .clk_i    (clk_i),
        .rst_i    (rst_i),
        .use_i    (!maximum_i),
        .valid_i  (meet),
        .en_o     (sum_en),
        .skip_en_o(maximum_en),
        .valid_o  (level_valid[k+1])
    );
    heddle_vector_beside #(
        .WIDTH(2)
    ) i_beside (
        .clk_i    (clk_i),
        .en_i     (sum_en),
        .skip_en_i(maximum_en),
        .skip_i   (maximum_i),
        .x_i      ({level_block_end[k], level_last[k]}),
        .y_o      ({level_block_end[k+1], level_last[k+1]})
    );
    heddle_vector_reduce_node i_node (
        .clk_i       (clk_i),
        .sum_en_i    (sum_en),
        .maximum_en_i(maximum_en),
        .maximum_i   (maximum_i),
        .pass_i      (!held_q),
        .a_i         (held_q ? held_value_q : level_value[32*k+:32]),
        .b_i         (level_value[32*k+:32]),
        .y_o         (level_value[32*(k+1)+:32])
    );
  end

  // A narrow row is complete before the last level: its result is taken where it first stands alone.
  logic [LEVELS:0] at_level;
  logic [31:0]     taken;
  always_comb begin
    taken = 32'd0;
    for (int k = 0; k <= LEVELS; k++) begin
      at_level[k] = (k == LEVELS || columns_i <= 16'(1 << k)) && (k == 0 || columns_i > 16'((1 << k) >> 1));
      if (at_level[k]) taken = taken | level_value[32*k+:32];
    end
  end

  heddle_vector_accumulate i_accumulate (
      .clk_i    (clk_i),
      .rst_i    (rst_i),
      .single_i (columns_i <= 16'd256),
      .maximum_i(maximum_i),
      .valid_i  ((level_valid & at_level) != '0),
      .last_i   (level_last[LEVELS]),
      .value_i  (taken),
      .valid_o  (valid_o),
      .value_o  (value_o)
  );

  logic unused;
  assign unused = ^{counts[(SPATIAL+1)*SPATIAL+:SPATIAL+1], level_block_end[LEVELS],
                    tree[32*(2*LANES-1)+:32]};
endmodule
