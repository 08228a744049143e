rtl/common/heddle_fp_zeros.sv
rtl/common/heddle_fp_canonical.sv
rtl/common/heddle_fp_mul.sv
rtl/common/heddle_fp_add.sv
rtl/common/heddle_fp_extremum.sv
rtl/common/heddle_fp_to_int8.sv
rtl/common/heddle_fp_from_int8.sv
rtl/common/heddle_int_to_fp.sv
