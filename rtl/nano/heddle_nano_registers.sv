// The register map (isa/registers.hpp) as 256 words of block RAM. It starts with what the read-only registers
// hold; rdata_o comes a cycle after the address, and is undefined when
// that address is written in the same cycle.
module heddle_nano_registers (
    input  logic        clk_i,
    input  logic        write_i,
    input  logic [7:0]  address_i,
    input  logic [31:0] wdata_i,
    output logic [31:0] rdata_o
);
  (* no_rw_check *) logic [31:0] mem[0:255];

  initial begin
    for (int i = 0; i < 256; i++) mem[i] = 32'd0;
    mem[heddle_isa_pkg::REGISTER_MAGIC/4] = heddle_isa_pkg::DEVICE_MAGIC;
    mem[heddle_isa_pkg::REGISTER_VERSION/4] = heddle_isa_pkg::ISA_VERSION;
    mem[heddle_isa_pkg::REGISTER_CONFIG_HASH/4] = heddle_config_pkg::CONFIG_HASH[31:0];
    mem[heddle_isa_pkg::REGISTER_CONFIG_HASH/4+1] = heddle_config_pkg::CONFIG_HASH[63:32];
  end

  always_ff @(posedge clk_i) begin
    if (write_i) mem[address_i] <= wdata_i;
    rdata_o <= mem[address_i];
  end
endmodule
