rtl/common/heddle_ram.sv
