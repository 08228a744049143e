rtl/common/heddle_clock_gate.sv
rtl/common/heddle_unit_clock.sv
