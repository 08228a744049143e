// 64 KiB in 32-bit words, single port: two SB_SPRAM256KA. A word is read (rdata_o a cycle later, kept until the
// next access) or written, bytes as the mask says. What is read after a write without a read is undefined.
module heddle_nano_ram (
    input  logic        clk_i,
    input  logic        valid_i,
    input  logic        write_i,
    input  logic [3:0]  mask_i,
    input  logic [13:0] address_i,
    input  logic [31:0] wdata_i,
    output logic [31:0] rdata_o
);
  for (genvar h = 0; h < 2; h++) begin : gen_half
    SB_SPRAM256KA i_ram (
        .CLOCK(clk_i), .CHIPSELECT(valid_i), .WREN(write_i), .ADDRESS(address_i),
        .MASKWREN({{2{mask_i[2*h+1]}}, {2{mask_i[2*h]}}}), .DATAIN(wdata_i[16*h+:16]),
        .DATAOUT(rdata_o[16*h+:16]), .STANDBY(1'b0), .SLEEP(1'b0), .POWEROFF(1'b1));
  end
endmodule
