// Whether an access lies wholly in one of the windows that the host opened. Combinational.
//
// Window i is [base, base + size); bit 63 of its size makes it read-only, a size of zero closes it. An
// access of zero bytes touches nothing and is permitted. Windows based at or beyond 2^48 hold nothing that
// the device can address.
module heddle_window_check (
    input  logic [4*64-1:0] windows_base_i,
    input  logic [4*64-1:0] windows_size_i,
    input  logic [47:0]     addr_i,
    input  logic [31:0]     bytes_i,
    input  logic            write_i,
    output logic            ok_o
);
  logic [3:0] fits;

  for (genvar w = 0; w < 4; w++) begin : gen_window
    logic [48:0] offset;  // of the access in the window; bit 48: below it
    logic [48:0] last;    // offset of the first byte after the access
    logic        long_window;
    assign offset = {1'b0, addr_i} - {1'b0, windows_base_i[64*w+:48]};
    assign last = {1'b0, offset[47:0]} + {17'b0, bytes_i};
    assign long_window = |windows_size_i[64*w+49+:14];
    assign fits[w] = ~offset[48] & ~(|windows_base_i[64*w+48+:16]) &
                     (long_window | (last <= windows_size_i[64*w+:49])) &
                     ~(write_i & windows_size_i[64*w+63]);
  end

  assign ok_o = (bytes_i == 32'd0) | (|fits);
endmodule
