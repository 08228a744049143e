// heddle_clock_gate (rtl/common/heddle_clock_gate.sv) on an FPGA: the clock runs on. Gates built of LUTs would skew
// it, and the few clock buffers with an enable are better kept for the platform.
module heddle_clock_gate (
    input  logic clk_i,
    input  logic enable_i,
    output logic clk_o
);
  logic unused;
  assign unused = enable_i;
  assign clk_o = clk_i;
endmodule
