rtl/top/heddle_core.sv
rtl/top/heddle_top.sv
