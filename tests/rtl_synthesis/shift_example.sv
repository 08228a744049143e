// Indexed parts of vectors in the forms that the RTL uses: read and written, with and without constant low
// bits of the index, with an index that may be negative or beyond the end.
module shift_example (
    input  logic        [  5:0] index_i,
    input  logic signed [  6:0] signed_i,
    input  logic        [255:0] words_i,
    input  logic        [  7:0] byte_i,
    output logic        [255:0] written_o,
    output logic        [ 31:0] narrow_o,
    output logic        [ 31:0] read_o,
    output logic        [ 15:0] signed_o,
    output logic        [ 19:0] beyond_o
);
  always_comb begin
    written_o = words_i;
    written_o[8*index_i[4:0]+:8] = byte_i;
    narrow_o = words_i[31:0];
    narrow_o[index_i+:4] = byte_i[3:0];
  end
  assign read_o = words_i[32*index_i[2:0]+:32];
  assign signed_o = words_i[signed_i+:16];
  assign beyond_o = byte_i[index_i+:20];
endmodule
