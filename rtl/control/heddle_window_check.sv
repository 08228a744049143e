// Whether an access lies wholly in one of the windows that the host opened. Combinational.
//
// Window i is [base, base + size); bit 63 of its size makes it read-only, a size of zero closes it. An
// access of zero bytes touches nothing and is permitted. Windows based at or beyond 2^48 hold nothing that
// the device can address.
//
// Both ends are compared side by side, each with a single carry: addr >= base, and the room behind the
// access, base + size - addr - bytes, whose four operands are first brought to two without carries.
module heddle_window_check (
    input  logic [4*64-1:0] windows_base_i,
    input  logic [4*64-1:0] windows_size_i,
    input  logic [47:0]     addr_i,
    input  logic [31:0]     bytes_i,
    input  logic            write_i,
    output logic            ok_o
);
  localparam int Bits = 51;  // of the room of a window no longer than 2^49, two's complement

  // The carries of a + b + c, bit by bit. A one enters at the empty lowest place: two of them complete the
  // negations of addr and bytes.
  function automatic logic [Bits-1:0] carries(input logic [Bits-2:0] a, input logic [Bits-2:0] b,
                                              input logic [Bits-2:0] c);
    carries = {(a & b) | (c & (a ^ b)), 1'b1};
  endfunction

  logic [3:0] fits;
  logic [Bits-1:0] not_addr, not_bytes;
  assign not_addr = ~{3'd0, addr_i};
  assign not_bytes = ~{19'd0, bytes_i};

  for (genvar w = 0; w < 4; w++) begin : gen_window
    logic [Bits-1:0] base, size, sum3, carry3, sum4, carry4, room;
    logic            long_window, unused;
    assign base = {3'd0, windows_base_i[64*w+:48]};
    assign size = {2'd0, windows_size_i[64*w+:49]};
    assign sum3 = base ^ size ^ not_addr;
    assign carry3 = carries(base[Bits-2:0], size[Bits-2:0], not_addr[Bits-2:0]);
    assign sum4 = sum3 ^ carry3 ^ not_bytes;
    assign carry4 = carries(sum3[Bits-2:0], carry3[Bits-2:0], not_bytes[Bits-2:0]);
    assign room = sum4 + carry4;
    assign unused = ^room[Bits-2:0];
    assign long_window = |windows_size_i[64*w+49+:14];
    assign fits[w] = (addr_i >= windows_base_i[64*w+:48]) & ~(|windows_base_i[64*w+48+:16]) &
                     (long_window | ~room[Bits-1]) & ~(write_i & windows_size_i[64*w+63]);
  end

  assign ok_o = (bytes_i == 32'd0) | (|fits);
endmodule
