# What an outside project needs of an install: libheddle.so, heddle.h, a CMake package, a pkg-config file; and the
# programs that the library and `heddle` start by themselves.
include(CMakePackageConfigHelpers)
install(TARGETS heddle_capi EXPORT heddleTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
# The package needs nothing else: the library links all it uses.
install(EXPORT heddleTargets NAMESPACE heddle:: FILE heddleConfig.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/heddle)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/heddleConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/heddleConfigVersion.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/heddle)
# Relative to the file, so that the install may be moved.
file(RELATIVE_PATH HEDDLE_PREFIX_FROM_PKGCONFIG /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/heddle.pc.in ${CMAKE_BINARY_DIR}/heddle.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/heddle.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(program heddle_emulator heddle_xrt_driver heddle_opencl_driver heddle_systemc_driver)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION libexec/heddle)
  endif()
endforeach()
if(TARGET heddle_board)
  install(PROGRAMS $<TARGET_PROPERTY:heddle_board,PROGRAM> DESTINATION libexec/heddle)
endif()
if(TARGET heddle_hwemu)
  install(TARGETS heddle_hwemu LIBRARY DESTINATION libexec/heddle)
endif()
