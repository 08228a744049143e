# An install carries what the program reads at run time, in the layout of the source tree, so that a user's
# own configuration can be generated, Verilated and cached from there too.
include(GNUInstallDirs)
install(TARGETS heddle_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY isa hls rtl sim boards DESTINATION ${CMAKE_INSTALL_DATADIR}/heddle
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h" PATTERN "*.inc" PATTERN "*.json" PATTERN "*.sv" PATTERN "*.vlt"
        PATTERN "*.f" PATTERN "*.cpp" PATTERN "*.pcf" PATTERN "*.ys"
        PATTERN "*.tcl" PATTERN "*.cfg" PATTERN "*.xml" PATTERN "*.dtsi")
install(DIRECTORY eval third_party DESTINATION ${CMAKE_INSTALL_DATADIR}/heddle
        FILES_MATCHING PATTERN "*.json" PATTERN "*.js" PATTERN "*.css" PATTERN "*.html" PATTERN "LICENSE*")
