rtl/common/heddle_fp_pkg.sv
rtl/common/heddle_fp_mul.sv
rtl/common/heddle_fp_add.sv
rtl/common/heddle_int_to_fp.sv
