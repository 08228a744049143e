# heddle_cold_code(TARGET ...): in a Release build these are compiled for a short build. They read options and
# files and print; nobody waits for them while they run, and at -O3 they were most of the time of a build.
function(heddle_cold_code)
  foreach(target ${ARGN})
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
  endforeach()
endfunction()
