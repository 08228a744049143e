# Yosys reads the whole RTL, finds no latch and no other problem in it.
file(STRINGS ${ROOT}/rtl/heddle.f files)
list(JOIN files " " files)
execute_process(
  COMMAND ${YOSYS} -q -p "read_verilog -sv ${PACKAGE} ${files}; hierarchy -check -top heddle_top; proc; \
check -assert; select -assert-none t:$dlatch t:$adlatch t:$dlatchsr"
  WORKING_DIRECTORY ${ROOT} COMMAND_ERROR_IS_FATAL ANY)
