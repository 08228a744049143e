// Instruction cache: direct-mapped, with a fill engine that runs ahead of the demand.
//
// Addresses are quads (16 bytes) of device memory. A read takes one cycle; its results hold while ren_i is
// low. Each 64-byte sector of a line is checked against the windows once, when the line is brought in, and
// carries the outcome, as a line carries a bus error: both are reported by the read that needs them, never by
// the prefetch. A line is one request where the windows allow all of it, else one for each piece (a sector,
// or one bus beat where that is more) of which they allow something: nothing else is read.
//
// The engine fetches the line of the last lookup and up to AHEAD lines after it, none past last_line_i, with
// as many requests outstanding. Lines carry the generation of the run that fetched them, so that a start
// invalidates the cache in one cycle; the tags are walked clear after reset and when generations wrap
// (ready_o low meanwhile). It does not keep lines coherent with STORE.
module heddle_icache #(
    parameter int LINE_BYTES = heddle_config_pkg::ICACHE_LINE_BYTES,
    parameter int LINE_BITS  = 48 - $clog2(LINE_BYTES)
) (
    input  logic                 clk_i,
    input  logic                 rst_i,
    input  logic                 start_i,        // forget every line; only while idle
    input  logic                 stop_i,         // level: no new requests
    output logic                 ready_o,
    output logic                 idle_o,         // nothing outstanding on the bus
    input  logic [LINE_BITS-1:0] last_line_i,
    input  logic [4*64-1:0]      windows_base_i,
    input  logic [4*64-1:0]      windows_size_i,
    // Reads.
    input  logic                 ren_i,
    input  logic [43:0]          quad_address_i,
    input  logic                 lookup_i,       // the last read is wanted: its results matter
    output logic                 hit_o,
    output logic                 denied_o,       // outside the windows
    output logic                 error_o,        // the memory answered with an error
    output logic [127:0]         quad_o,
    // Bus.
    output logic                 rd_req_valid_o,
    input  logic                 rd_req_ready_i,
    output logic [47:0]          rd_req_addr_o,
    output logic [8:0]           rd_req_beats_o,
    input  logic                 rd_valid_i,
    input  logic [8*heddle_config_pkg::BUS_BYTES-1:0] rd_data_i,
    input  logic                 rd_last_i,
    input  logic                 rd_error_i
);
  localparam int BusBytes = heddle_config_pkg::BUS_BYTES;
  localparam int Lines = heddle_config_pkg::ICACHE_BYTES / LINE_BYTES;
  localparam int Log2Lines = $clog2(Lines);
  localparam int Log2LineQuads = $clog2(LINE_BYTES / 16);
  localparam int TagBits = LINE_BITS - Log2Lines;
  localparam int Sectors = LINE_BYTES / 64;
  localparam int Beats = LINE_BYTES / BusBytes;
  localparam int BeatBits = Beats > 1 ? $clog2(Beats) : 1;
  localparam int PieceBytes = BusBytes > 64 ? BusBytes : 64;
  localparam int Pieces = LINE_BYTES / PieceBytes;
  localparam int PieceBits = Pieces > 1 ? $clog2(Pieces) : 1;
  localparam int PieceSectors = PieceBytes / 64;
  localparam int PieceBeats = PieceBytes / BusBytes;
  localparam int FillBits = 1 + PieceBits + Sectors + LINE_BITS;
  localparam int GenerationBits = 8;
  localparam int EntryBits = GenerationBits + TagBits + Sectors + 1;
  localparam int Ahead = Lines >= 16 ? 8 : Lines / 2;
  localparam logic [LINE_BITS-1:0] Reach = LINE_BITS'(unsigned'(Ahead)) + 1'b1;
  // Data memory: words of a quad or of a beat, the wider; narrow buses write one bank of the word a beat.
  localparam int WordBytes = BusBytes > 16 ? BusBytes : 16;
  localparam int Banks = WordBytes / BusBytes;
  localparam int LineWords = LINE_BYTES / WordBytes;
  localparam int Log2Words = Log2Lines + $clog2(LineWords);
  localparam int WordQuads = WordBytes / 16;

  typedef enum logic [2:0] {WALK, LOOKUP, COMPARE, CHECK, MARK, REQUEST} state_e;
  state_e state_q;

  logic [GenerationBits-1:0] generation_q;
  logic [Log2Lines-1:0] walk_q;
  logic [43:0] read_address_q;
  logic [LINE_BITS-1:0] read_line, demand_q, candidate_q;
  logic demand_valid_q, miss_q;

  assign ready_o = state_q != WALK;
  assign read_line = read_address_q[43:Log2LineQuads];

  always_ff @(posedge clk_i) begin
    if (ren_i) read_address_q <= quad_address_i;
  end

  // --- tags: {generation, tag, sectors permitted, bus error} ---------------------------------------
  logic tag_wen;
  logic [Log2Lines-1:0] tag_waddr;
  logic [EntryBits-1:0] tag_wdata, read_entry;
  logic [GenerationBits+TagBits-1:0] candidate_entry;

  heddle_icache_ram #(.WIDTH(EntryBits), .LOG2_DEPTH(Log2Lines)) i_read_tags (
      .clk_i(clk_i), .wen_i(tag_wen), .waddr_i(tag_waddr), .wdata_i(tag_wdata),
      .ren_i(ren_i), .raddr_i(quad_address_i[Log2LineQuads+:Log2Lines]), .rdata_o(read_entry));
  heddle_icache_ram #(.WIDTH(GenerationBits + TagBits), .LOG2_DEPTH(Log2Lines)) i_candidate_tags (
      .clk_i(clk_i), .wen_i(tag_wen), .waddr_i(tag_waddr), .wdata_i(tag_wdata[EntryBits-1:Sectors+1]),
      .ren_i(state_q == LOOKUP), .raddr_i(candidate_q[Log2Lines-1:0]), .rdata_o(candidate_entry));

  logic [Sectors-1:0] read_permitted;
  assign hit_o = read_entry[EntryBits-1-:GenerationBits+TagBits] ==
                 {generation_q, read_line[LINE_BITS-1:Log2Lines]};
  assign error_o = read_entry[0];
  assign read_permitted = read_entry[1+:Sectors];
  if (Sectors > 1) begin : gen_sector
    assign denied_o = ~read_permitted[read_address_q[2+:$clog2(Sectors)]];
  end else begin : gen_no_sector
    assign denied_o = ~read_permitted[0];
  end

  logic candidate_present;
  assign candidate_present = candidate_entry ==
                             {generation_q, candidate_q[LINE_BITS-1:Log2Lines]};

  // --- outstanding fills {last of its line, piece, sectors permitted, line}, oldest at entry 0 -------
  logic [Ahead-1:0] fill_valid_q;
  logic [Ahead*FillBits-1:0] fill_q;
  logic [FillBits-1:0] fill_next;
  logic [LINE_BITS-1:0] fill_line;  // of the oldest
  logic [Sectors-1:0] fill_permitted;
  logic [PieceBits-1:0] fill_piece;
  logic fill_last;
  logic [Ahead-1:0] same_line, same_index, same_demand;
  logic fill_pop, fill_push, fill_full;
  logic [BeatBits-1:0] beat_q;
  logic fill_error_q;
  logic [Sectors-1:0] permitted_q;

  // Only where they are looked at, which spares simulators the comparisons.
  always_comb begin
    same_line = '0;
    same_index = '0;
    same_demand = '0;
    if (state_q == COMPARE) begin
      for (int f = 0; f < Ahead; f++) begin
        same_line[f] = fill_valid_q[f] & (fill_q[f*FillBits+:LINE_BITS] == candidate_q);
        same_index[f] =
            fill_valid_q[f] & (fill_q[f*FillBits+:Log2Lines] == candidate_q[Log2Lines-1:0]);
      end
    end
    if (miss_q) begin
      for (int f = 0; f < Ahead; f++)
        same_demand[f] = fill_valid_q[f] & (fill_q[f*FillBits+:LINE_BITS] == demand_q);
    end
  end

  assign fill_pop = rd_valid_i & rd_last_i;
  assign fill_push = rd_req_valid_o & rd_req_ready_i;
  assign fill_full = fill_valid_q[Ahead-1];
  assign {fill_last, fill_piece, fill_permitted, fill_line} = fill_q[FillBits-1:0];

  logic fill_clk;
  heddle_clock_gate i_fill_clock (
      .clk_i(clk_i), .enable_i(rst_i | rd_valid_i | (state_q == REQUEST)), .clk_o(fill_clk));

  for (genvar f = 0; f < Ahead; f++) begin : gen_fill
    // Entry f takes the new fill when it is the first free one after the pop.
    logic above_valid, below_valid, take;
    logic [FillBits-1:0] above;
    if (f == Ahead - 1) begin : gen_last
      assign above_valid = 1'b0;
      assign above = '0;
    end else begin : gen_inner
      assign above_valid = fill_valid_q[f+1];
      assign above = fill_q[(f+1)*FillBits+:FillBits];
    end
    if (f == 0) begin : gen_first
      assign below_valid = 1'b1;
    end else begin : gen_upper
      assign below_valid = fill_valid_q[f-1];
    end
    assign take = fill_push & (fill_pop ? (fill_valid_q[f] & ~above_valid)
                                        : (~fill_valid_q[f] & below_valid));
    always_ff @(posedge fill_clk) begin
      if (rst_i) fill_valid_q[f] <= 1'b0;
      else if (take) fill_valid_q[f] <= 1'b1;
      else if (fill_pop) fill_valid_q[f] <= above_valid;
      if (take) fill_q[f*FillBits+:FillBits] <= fill_next;
      else if (fill_pop) fill_q[f*FillBits+:FillBits] <= above;
    end
  end

  always_ff @(posedge clk_i) begin
    if (rst_i) begin
      beat_q <= '0;
      fill_error_q <= 1'b0;
    end else if (rd_valid_i) begin
      beat_q <= rd_last_i ? '0 : beat_q + 1'b1;
      fill_error_q <= ~(rd_last_i & fill_last) & (fill_error_q | rd_error_i);
    end
  end

  // --- data ----------------------------------------------------------------------------------------
  logic [8*WordBytes-1:0] read_word;
  logic [Log2Words-1:0] data_waddr, data_raddr;
  logic [BeatBits-1:0] line_beat;
  if (Pieces > 1) begin : gen_piece_beat
    assign line_beat = (BeatBits'(fill_piece) << $clog2(PieceBeats)) | beat_q;
  end else begin : gen_line_beat
    assign line_beat = beat_q;
  end
  if (LineWords > 1) begin : gen_line_words
    if (Banks > 1) begin : gen_narrow
      assign data_waddr = {fill_line[Log2Lines-1:0], line_beat[BeatBits-1:$clog2(Banks)]};
    end else begin : gen_wide
      assign data_waddr = {fill_line[Log2Lines-1:0], line_beat};
    end
    assign data_raddr = quad_address_i[$clog2(WordQuads)+:Log2Words];
  end else begin : gen_line_word
    assign data_waddr = fill_line[Log2Lines-1:0];
    assign data_raddr = quad_address_i[Log2LineQuads+:Log2Lines];
  end

  for (genvar b = 0; b < Banks; b++) begin : gen_bank
    logic bank_wen;
    if (Banks > 1) begin : gen_select
      assign bank_wen = rd_valid_i & (beat_q[$clog2(Banks)-1:0] == b);
    end else begin : gen_all
      assign bank_wen = rd_valid_i;
    end
    heddle_icache_ram #(.WIDTH(8 * BusBytes), .LOG2_DEPTH(Log2Words)) i_data (
        .clk_i(clk_i), .wen_i(bank_wen), .waddr_i(data_waddr), .wdata_i(rd_data_i),
        .ren_i(ren_i), .raddr_i(data_raddr), .rdata_o(read_word[8*BusBytes*b+:8*BusBytes]));
  end

  if (WordQuads > 1) begin : gen_quad
    assign quad_o = read_word[128*read_address_q[$clog2(WordQuads)-1:0]+:128];
  end else begin : gen_whole
    assign quad_o = read_word;
  end

  // --- fill engine ---------------------------------------------------------------------------------
  logic [LINE_BITS-1:0] distance;  // of the candidate from the demand
  logic far, complete, restart, last_sector, sector_ok, walk_end, unused;
  logic [2:0] sector_q;
  logic [5:0] sector_bits;  // the sector's place in its line

  assign distance = candidate_q - demand_q;
  assign far = distance > Reach;
  assign complete = (distance == Reach) | (candidate_q > last_line_i);
  // A demanded line that was evicted after the candidate had passed it.
  assign restart = miss_q & (distance != '0) & ~(|same_demand);
  assign last_sector = sector_q == 3'(Sectors - 1);
  assign walk_end = &walk_q;
  assign sector_bits = 6'b0;
  assign unused = &{1'b0, read_address_q[1:0], fill_piece, whole, line_beat};

  logic [47:0] sector_address;
  if (Sectors > 1) begin : gen_sector_address
    assign sector_address = {candidate_q, sector_q[$clog2(Sectors)-1:0], sector_bits};
  end else begin : gen_line_address
    assign sector_address = {candidate_q, sector_bits};
  end

  heddle_window_check i_window (
      .windows_base_i(windows_base_i), .windows_size_i(windows_size_i), .addr_i(sector_address),
      .bytes_i(32'd64), .write_i(1'b0), .ok_o(sector_ok));

  // The next request: the whole line, or the piece.
  logic [PieceBits-1:0] piece_q;
  logic whole, wanted, last_piece;
  assign whole = &permitted_q;
  if (Pieces > 1) begin : gen_pieces
    logic [Sectors-1:0] permitted_from, permitted_after;
    assign permitted_from = permitted_q >> (PieceSectors * piece_q);
    assign permitted_after = permitted_from >> PieceSectors;
    assign wanted = |permitted_from[PieceSectors-1:0];
    assign last_piece = whole | ~(|permitted_after);
    assign rd_req_addr_o = {candidate_q, piece_q, {$clog2(PieceBytes) {1'b0}}};
    assign rd_req_beats_o = whole ? 9'(Beats) : 9'(PieceBeats);
  end else begin : gen_one_piece
    assign wanted = 1'b1;
    assign last_piece = 1'b1;
    assign rd_req_addr_o = {candidate_q, {(48 - LINE_BITS) {1'b0}}};
    assign rd_req_beats_o = 9'(Beats);
  end
  assign rd_req_valid_o = (state_q == REQUEST) & wanted & ~fill_full;
  assign fill_next = {last_piece, piece_q, permitted_q, candidate_q};
  assign idle_o = (state_q != REQUEST) & ~fill_valid_q[0];

  always_comb begin
    tag_wen = 1'b0;
    tag_waddr = candidate_q[Log2Lines-1:0];
    // A line on its way is marked invalid before its first beat; one that is denied whole needs no beat.
    tag_wdata = {(|permitted_q) ? {GenerationBits{1'b0}} : generation_q,
                 candidate_q[LINE_BITS-1:Log2Lines], permitted_q, 1'b0};
    if (state_q == WALK) begin
      tag_wen = 1'b1;
      tag_waddr = walk_q;
      tag_wdata = '0;
    end else if (fill_pop) begin
      tag_wen = fill_last;
      tag_waddr = fill_line[Log2Lines-1:0];
      tag_wdata = {generation_q, fill_line[LINE_BITS-1:Log2Lines], fill_permitted,
                   fill_error_q | rd_error_i};
    end else begin
      tag_wen = state_q == MARK;
    end
  end

  always_ff @(posedge clk_i) begin
    if (lookup_i) begin
      demand_q <= read_line;
      miss_q <= ~hit_o;
    end
    if (rst_i | start_i | stop_i) begin
      demand_valid_q <= 1'b0;
      miss_q <= 1'b0;
    end else if (lookup_i) begin
      demand_valid_q <= 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    unique case (state_q)
      WALK: begin
        walk_q <= walk_q + 1'b1;
        if (walk_end) state_q <= LOOKUP;
      end
      LOOKUP: begin
        if (demand_valid_q && !stop_i) begin
          if (far || restart) candidate_q <= demand_q;
          else if (!complete && !fill_pop) state_q <= COMPARE;
        end
      end
      COMPARE: begin
        sector_q <= 3'd0;
        permitted_q <= '0;
        if (candidate_present || (|same_line)) begin
          candidate_q <= candidate_q + 1'b1;
          state_q <= LOOKUP;
        end else if (|same_index) begin
          state_q <= LOOKUP;  // another line is being filled in this place: let it land first
        end else begin
          state_q <= CHECK;
        end
      end
      CHECK: begin
        permitted_q <= permitted_q | (Sectors'(sector_ok) << sector_q);
        sector_q <= sector_q + 3'd1;
        if (last_sector) state_q <= MARK;
      end
      MARK: begin
        piece_q <= '0;
        if (stop_i) begin
          state_q <= LOOKUP;
        end else if (!fill_pop && !fill_full) begin
          if (|permitted_q) begin
            state_q <= REQUEST;
          end else begin
            candidate_q <= candidate_q + 1'b1;
            state_q <= LOOKUP;
          end
        end
      end
      default: begin  // REQUEST
        if (fill_push || !wanted) begin
          piece_q <= piece_q + 1'b1;
          if (last_piece) begin
            candidate_q <= candidate_q + 1'b1;
            state_q <= LOOKUP;
          end
        end
      end
    endcase
    if (start_i) begin
      generation_q <= (&generation_q) ? GenerationBits'(1) : generation_q + 1'b1;
      if (&generation_q) begin
        walk_q  <= '0;
        state_q <= WALK;
      end
    end
    if (rst_i) begin
      state_q <= WALK;
      walk_q <= '0;
      generation_q <= '0;
    end
  end
endmodule
