// Joins the results of a row's 256-column blocks in order, ((s0 + s1) + s2) + ..., or takes their maximum.
// A row of a single block (single_i) passes through. No back-pressure: an addition takes four cycles, a
// block of sums comes at most every four, and the short one that ends a row waits in a queue of four.
// result valid_o/value_o is registered and holds for one cycle.
module heddle_vector_accumulate (
    input  logic        clk_i,
    input  logic        rst_i,
    input  logic        single_i,
    input  logic        maximum_i,
    input  logic        valid_i,
    input  logic        last_i,   // the block ends its row
    input  logic [31:0] value_i,
    output logic        valid_o,
    output logic [31:0] value_o
);
  // Queue.
  logic [32:0] queue [0:3];
  logic [2:0]  write_q, read_q;
  logic        push, take, head_last;
  logic [31:0] head;
  assign push = valid_i && !single_i;
  assign {head_last, head} = queue[read_q[1:0]];
  always_ff @(posedge clk_i) begin
    if (push) queue[write_q[1:0]] <= {last_i, value_i};
  end

  // The first block of a row becomes the total; every other one joins it.
  logic        begun_q, added_q, begin_row, join_sum, join_maximum;
  logic [3:0]  adding_q, ending_q;  // the adder's four stages
  logic [31:0] total_q, sum, a, maximum;
  assign take = write_q != read_q && adding_q[2:0] == 3'd0;
  assign begin_row = take && !begun_q;
  assign join_sum = take && begun_q && !maximum_i;
  assign join_maximum = take && begun_q && maximum_i;
  assign a = added_q ? sum : total_q;
  heddle_fp_add i_add (
      .clk_i(clk_i),
      .en_i ({adding_q[2:0], join_sum}),
      .a_i  (a),
      .b_i  (head),
      .y_o  (sum)
  );
  assign maximum = heddle_fp_pkg::extremum(total_q, head, 1'b0);

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      write_q <= 3'd0;
      read_q <= 3'd0;
      begun_q <= 1'b0;
      adding_q <= 4'd0;
      valid_o <= 1'b0;
    end else begin
      if (push) write_q <= write_q + 3'd1;
      if (take) begin
        read_q <= read_q + 3'd1;
        begun_q <= !head_last;
      end
      adding_q <= {adding_q[2:0], join_sum};
      valid_o <= (valid_i && single_i) || (join_maximum && head_last) || (adding_q[3] && ending_q[3]);
    end
    ending_q <= {ending_q[2:0], head_last};
    if (begin_row) total_q <= head;
    if (join_maximum) total_q <= maximum;
    if (begin_row) added_q <= 1'b0;
    if (join_sum) added_q <= 1'b1;
    if (valid_i && single_i) value_o <= value_i;
    else if (join_maximum) value_o <= maximum;
    else if (adding_q[3]) value_o <= sum;
  end
endmodule
