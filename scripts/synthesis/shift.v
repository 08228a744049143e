// How Yosys maps an indexed part of a vector (v[i +: n], read or written) to multiplexers; for techmap -map.
// Its own mapping moves the whole vector at every stage, which takes minutes for a register file of some
// thousand bits. Here the highest bit of the amount comes first, so that a stage keeps only what the ones
// after it can reach; stages with a constant bit cost nothing, and a narrow part that is written into a wide
// vector meets only the places where it can stand.
(* techmap_celltype = "$shift $shiftx" *)
module heddle_map_shift (A, B, Y);
  parameter A_SIGNED = 0;
  parameter B_SIGNED = 0;
  parameter A_WIDTH = 1;
  parameter B_WIDTH = 1;
  parameter Y_WIDTH = 1;
  parameter _TECHMAP_CELLTYPE_ = "";
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTMSK_B_ = 0;
  parameter [B_WIDTH-1:0] _TECHMAP_CONSTVAL_B_ = 0;
  (* force_downto *) input [A_WIDTH-1:0] A;
  (* force_downto *) input [B_WIDTH-1:0] B;
  (* force_downto *) output [Y_WIDTH-1:0] Y;

  // Y is A moved down by B; what lies beyond A is zero ($shift) or of no interest ($shiftx).
  localparam FILL = _TECHMAP_CELLTYPE_ == "$shiftx" ? 1'bx : 1'b0;
  localparam LONGER = A_WIDTH > Y_WIDTH ? A_WIDTH : Y_WIDTH;
  localparam NEEDED = LONGER > 1 ? $clog2(LONGER) : 1;
  localparam MAGNITUDE = B_SIGNED ? B_WIDTH - 1 : B_WIDTH;
  localparam BITS = MAGNITUDE < NEEDED ? MAGNITUDE : NEEDED;
  localparam FIRST = Y_WIDTH + 2 ** BITS - 1;
  wire _TECHMAP_FAIL_ = A_SIGNED || MAGNITUDE < 1;

  // A negative amount is -2^BITS plus its low bits: A first moves up by 2^BITS.
  wire negative = B_SIGNED ? B[B_WIDTH-1] : 1'b0;
  wire [FIRST+2**BITS+A_WIDTH-1:0] above = {{(FIRST + 2 ** BITS) {FILL}}, A};
  wire [FIRST+2**BITS+A_WIDTH-1:0] below = {{FIRST{FILL}}, A, {(2 ** BITS) {FILL}}};

  genvar k, c;
  generate
    // Before the move by B[k-1:0].
    for (k = 0; k <= BITS; k = k + 1) begin : stage
      wire [Y_WIDTH+2**k-2:0] x;
    end
    for (c = 0; c < FIRST; c = c + 2 ** BITS) begin : first
      localparam LENGTH = FIRST - c < 2 ** BITS ? FIRST - c : 2 ** BITS;
      localparam SOME = LENGTH < A_WIDTH ? LENGTH : A_WIDTH;
      assign stage[BITS].x[c+:SOME] = negative ? below[c+:SOME] : above[c+:SOME];
      if (SOME < LENGTH) assign stage[BITS].x[c+LENGTH-1:c+SOME] = {(LENGTH - SOME) {FILL}};
    end
    for (k = 0; k < BITS; k = k + 1) begin : move
      localparam KEPT = Y_WIDTH + 2 ** k - 1;
      if (_TECHMAP_CONSTMSK_B_[k]) begin
        assign stage[k].x = stage[k+1].x[(_TECHMAP_CONSTVAL_B_[k] ? 2 ** k : 0)+:KEPT];
      end else if (A_WIDTH >= 2 ** k) begin
        assign stage[k].x = B[k] ? stage[k+1].x[2**k+:KEPT] : stage[k+1].x[0+:KEPT];
      end else begin
        // A can stand at multiples of 2^k only.
        for (c = 0; c < KEPT; c = c + 2 ** k) begin : copy
          localparam LENGTH = KEPT - c < 2 ** k ? KEPT - c : 2 ** k;
          localparam SOME = LENGTH < A_WIDTH ? LENGTH : A_WIDTH;
          assign stage[k].x[c+:SOME] = B[k] ? stage[k+1].x[c+2**k+:SOME] : stage[k+1].x[c+:SOME];
          if (SOME < LENGTH) assign stage[k].x[c+LENGTH-1:c+SOME] = {(LENGTH - SOME) {FILL}};
        end
      end
    end
    if (FILL === 1'b0 && MAGNITUDE > BITS)
      assign Y = B[MAGNITUDE-1:BITS] == {(MAGNITUDE - BITS) {negative}} ? stage[0].x : {Y_WIDTH{1'b0}};
    else assign Y = stage[0].x;
  endgenerate
endmodule
