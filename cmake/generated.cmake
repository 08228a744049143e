# What the contract and each configuration generate, in HEDDLE_GENERATED_DIR/<configuration>/, and the check
# that the committed copies are fresh. `cmake --build . --target contract` renews them.
set(HEDDLE_GENERATED_DIR ${CMAKE_BINARY_DIR}/generated)
set(HEDDLE_TEST_CONFIGS tiny edge core server ${CMAKE_SOURCE_DIR}/tests/configs/rect.json)
set(generated_files)
foreach(config ${HEDDLE_TEST_CONFIGS} nano)
  get_filename_component(name ${config} NAME_WE)
  file(MAKE_DIRECTORY ${HEDDLE_GENERATED_DIR}/${name})
  if(IS_ABSOLUTE ${config})
    set(source ${config})
  else()
    set(source ${CMAKE_SOURCE_DIR}/isa/configs/${config}.json)
  endif()
  set(outputs ${HEDDLE_GENERATED_DIR}/${name}/heddle_config_pkg.sv ${HEDDLE_GENERATED_DIR}/${name}/heddle_config.hpp)
  add_custom_command(OUTPUT ${outputs}
    COMMAND heddle_generate config ${source} ${HEDDLE_GENERATED_DIR}/${name}
    DEPENDS heddle_generate ${source} VERBATIM)
  list(APPEND generated_files ${outputs})
endforeach()
add_custom_target(heddle_generated ALL DEPENDS ${generated_files})
add_custom_target(contract COMMAND heddle_generate contract ${CMAKE_SOURCE_DIR} DEPENDS heddle_generate)
