// The 16 counting semaphores and their five users: units 0 to 3 and the scalar unit (4).
//
// A waiting user is granted, in the same cycle, when every semaphore of its mask is above zero and no user
// of a lower number that could be granted too wants one of them; the grant takes one from each. A signal
// adds one to each semaphore of its mask and is seen by waiters in the next cycle. overflow_o (one bit for
// each user, same cycle) marks a signal that would lift a semaphore above 255.
module heddle_semaphores (
    input  logic        clk_i,
    input  logic        rst_i,            // also between runs
    input  logic [4:0]  wait_valid_i,
    input  logic [79:0] wait_masks_i,
    output logic [4:0]  wait_grant_o,
    input  logic [4:0]  signal_valid_i,
    input  logic [79:0] signal_masks_i,
    output logic [4:0]  overflow_o
);
  logic [127:0] count_q, count_d;
  logic [15:0] nonzero_q, taken, over;
  logic change;

  always_comb begin
    logic [15:0] claims;  // semaphores that users of lower numbers could take in this cycle
    logic [15:0] mask;
    claims = 16'd0;
    mask = 16'd0;
    taken = 16'd0;
    wait_grant_o = 5'd0;
    if (wait_valid_i != 5'd0) begin
      for (int u = 0; u < 5; u++) begin
        mask = wait_masks_i[16*u+:16];
        if (wait_valid_i[u] && (mask & ~nonzero_q) == 16'd0) begin
          if ((mask & claims) == 16'd0) begin
            wait_grant_o[u] = 1'b1;
            taken = taken | mask;
          end
          claims = claims | mask;
        end
      end
    end
  end

  assign change = (signal_valid_i != 5'd0) | (taken != 16'd0);

  always_comb begin
    logic [8:0] next;
    next = 9'd0;
    count_d = count_q;
    over = 16'd0;
    if (change) begin
      for (int s = 0; s < 16; s++) begin
        next = {1'b0, count_q[8*s+:8]} - {8'd0, taken[s]};
        for (int u = 0; u < 5; u++) begin
          next = next + {8'd0, signal_valid_i[u] & signal_masks_i[16*u+s]};
        end
        count_d[8*s+:8] = next[7:0];
        over[s] = next[8];
      end
    end
  end

  for (genvar u = 0; u < 5; u++) begin : gen_overflow
    assign overflow_o[u] = signal_valid_i[u] & ((signal_masks_i[16*u+:16] & over) != 16'd0);
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      count_q   <= 128'd0;
      nonzero_q <= 16'd0;
    end else if (change) begin
      count_q <= count_d;
      for (int s = 0; s < 16; s++) nonzero_q[s] <= count_d[8*s+:8] != 8'd0;
    end
  end
endmodule
